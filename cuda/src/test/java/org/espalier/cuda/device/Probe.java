package org.espalier.cuda.device;

import static org.espalier.cuda.device.RawDriver.SUCCESS;
import static org.junit.jupiter.api.Assertions.assertEquals;

/// Runs a few instructions of PTX on every triple of given values.
///
/// The instructions find three sources in registers of each kind: `%r1 %r2 %r3` (32 bits), `%d1...`
/// (64 bits), `%h1...` (16 bits), `%f1...` and `%g1...` (the bits as f32 and f64), `%p1...` (the
/// lowest bit). They leave the result in the register 0 of a kind.
final class Probe {
  /// What the result lies in.
  enum Result {
    PREDICATE("selp.u64 %d0, 1, 0, %p0;"),
    BITS16("cvt.u64.u16 %d0, %h0;"),
    BITS32("cvt.u64.u32 %d0, %r0;"),
    BITS64(""),
    F32("mov.b32 %r0, %f0; cvt.u64.u32 %d0, %r0;"),
    F64("mov.b64 %d0, %g0;");

    private final String widen;

    Result(String widen) {
      this.widen = widen;
    }
  }

  /// What an instruction should give for three sources, as bits.
  interface Expected {
    long of(long a, long b, long c);
  }

  private static final int THREADS = 128;

  private final RawDriver driver;

  Probe(RawDriver driver) {
    this.driver = driver;
  }

  /// Runs the instructions for every triple of `values`; returns the results, the last source
  /// fastest.
  long[] run(String instructions, Result result, long... values) {
    String ptx =
        """
        .version 8.0
        .target sm_80
        .address_size 64
        .visible .entry probe(.param .u64 out, .param .u64 values, .param .u32 count)
        {
          .reg .pred %%p<9>;
          .reg .b16 %%h<9>;
          .reg .b32 %%r<29>;
          .reg .f32 %%f<9>;
          .reg .b64 %%d<29>;
          .reg .f64 %%g<9>;
          ld.param.u64 %%d10, [out];
          ld.param.u64 %%d11, [values];
          ld.param.u32 %%r10, [count];
          cvta.to.global.u64 %%d10, %%d10;
          cvta.to.global.u64 %%d11, %%d11;
          mov.u32 %%r11, %%ctaid.x;
          mov.u32 %%r12, %%ntid.x;
          mov.u32 %%r13, %%tid.x;
          mad.lo.u32 %%r14, %%r11, %%r12, %%r13;
          mul.lo.u32 %%r15, %%r10, %%r10;
          mul.lo.u32 %%r16, %%r15, %%r10;
          setp.ge.u32 %%p8, %%r14, %%r16;
          @%%p8 bra DONE;
          div.u32 %%r17, %%r14, %%r15;
          div.u32 %%r18, %%r14, %%r10;
          rem.u32 %%r18, %%r18, %%r10;
          rem.u32 %%r19, %%r14, %%r10;
          mul.wide.u32 %%d12, %%r17, 8;
          add.s64 %%d12, %%d11, %%d12;
          ld.global.u64 %%d1, [%%d12];
          mul.wide.u32 %%d12, %%r18, 8;
          add.s64 %%d12, %%d11, %%d12;
          ld.global.u64 %%d2, [%%d12];
          mul.wide.u32 %%d12, %%r19, 8;
          add.s64 %%d12, %%d11, %%d12;
          ld.global.u64 %%d3, [%%d12];
          %s
          %s
          %s
          mul.wide.u32 %%d12, %%r14, 8;
          add.s64 %%d12, %%d10, %%d12;
          st.global.u64 [%%d12], %%d0;
        DONE:
          ret;
        }
        """
            .formatted(sources(), instructions, result.widen);
    int count = values.length * values.length * values.length;
    long out = driver.allocate(8L * count);
    long function = driver.function(driver.moduleOf(ptx), "probe");
    int blocks = (count + THREADS - 1) / THREADS;
    int code = driver.run(function, blocks, THREADS, out, driver.upload(values), values.length);
    assertEquals(SUCCESS, code, () -> driver.device.describe());
    return driver.longs(out, count);
  }

  /// Compares the results with what they should be, bit for bit; any NaN equals any other.
  void check(String instructions, Result result, Expected expected, long... values) {
    long[] got = run(instructions, result, values);
    int n = 0;
    for (long a : values) {
      for (long b : values) {
        for (long c : values) {
          long want = expected.of(a, b, c) & mask(result);
          long have = got[n++];
          if (!(isNaN(want, result) && isNaN(have, result))) {
            assertEquals(
                Long.toHexString(want),
                Long.toHexString(have),
                () -> "%s of %x, %x, %x".formatted(instructions, a, b, c));
          }
        }
      }
    }
  }

  private static String sources() {
    var text = new StringBuilder();
    for (int i = 1; i <= 3; i++) {
      text.append(
          """
          cvt.u32.u64 %%r%1$d, %%d%1$d;
          cvt.u16.u64 %%h%1$d, %%d%1$d;
          mov.b32 %%f%1$d, %%r%1$d;
          mov.b64 %%g%1$d, %%d%1$d;
          and.b32 %%r%2$d, %%r%1$d, 1;
          setp.ne.u32 %%p%1$d, %%r%2$d, 0;
          """
              .formatted(i, 20 + i));
    }
    return text.toString();
  }

  private static long mask(Result result) {
    return switch (result) {
      case PREDICATE -> 1;
      case BITS16 -> 0xffff;
      case BITS32, F32 -> 0xffff_ffffL;
      case BITS64, F64 -> -1;
    };
  }

  private static boolean isNaN(long bits, Result result) {
    return switch (result) {
      case F32 -> Float.isNaN(Float.intBitsToFloat((int) bits));
      case F64 -> Double.isNaN(Double.longBitsToDouble(bits));
      default -> false;
    };
  }
}
