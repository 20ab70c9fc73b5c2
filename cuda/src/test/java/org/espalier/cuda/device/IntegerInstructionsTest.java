package org.espalier.cuda.device;

import static org.espalier.cuda.device.Probe.Result.BITS16;
import static org.espalier.cuda.device.Probe.Result.BITS32;
import static org.espalier.cuda.device.Probe.Result.BITS64;
import static org.espalier.cuda.device.Probe.Result.PREDICATE;

import org.espalier.cuda.device.Probe.Expected;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/// Integer instructions against Java's arithmetic, on all triples of edge values.
final class IntegerInstructionsTest {
  private static final long[] EDGES = {
    0,
    1,
    2,
    7,
    31,
    33,
    -1,
    -2,
    0x7fff,
    0x8000,
    0xffff,
    0x7fff_ffffL,
    0x8000_0000L,
    0x1234_5678_9abc_def0L,
    Long.MIN_VALUE,
    Long.MAX_VALUE
  };

  @AutoClose private final RawDriver driver = new RawDriver();
  private final Probe probe = new Probe(driver);

  private void check(String instructions, Probe.Result result, Expected expected) {
    probe.check(instructions, result, expected, EDGES);
  }

  private static long u32(long a) {
    return a & 0xffff_ffffL;
  }

  @Test
  void sumsAndProductsWrap() {
    check("add.s32 %r0, %r1, %r2;", BITS32, (a, b, _) -> a + b);
    check("sub.u32 %r0, %r1, %r2;", BITS32, (a, b, _) -> a - b);
    check("mul.lo.s32 %r0, %r1, %r2;", BITS32, (a, b, _) -> a * b);
    check("mad.lo.s32 %r0, %r1, %r2, %r3;", BITS32, (a, b, c) -> a * b + c);
    check("add.s64 %d0, %d1, %d2;", BITS64, (a, b, _) -> a + b);
    check("mad.lo.s64 %d0, %d1, %d2, %d3;", BITS64, (a, b, c) -> a * b + c);
    check("add.s16 %h0, %h1, %h2;", BITS16, (a, b, _) -> a + b);
    check("mul.lo.u16 %h0, %h1, %h2;", BITS16, (a, b, _) -> a * b);
    check("neg.s32 %r0, %r1;", BITS32, (a, _, _) -> -a);
    check("abs.s64 %d0, %d1;", BITS64, (a, _, _) -> Math.abs(a));
  }

  @Test
  void productsHaveHighAndWideForms() {
    check("mul.hi.s32 %r0, %r1, %r2;", BITS32, (a, b, _) -> ((long) (int) a * (int) b) >> 32);
    check("mul.hi.u32 %r0, %r1, %r2;", BITS32, (a, b, _) -> (u32(a) * u32(b)) >>> 32);
    check("mul.hi.s64 %d0, %d1, %d2;", BITS64, (a, b, _) -> Math.multiplyHigh(a, b));
    check("mul.hi.u64 %d0, %d1, %d2;", BITS64, (a, b, _) -> Math.unsignedMultiplyHigh(a, b));
    check("mul.wide.s32 %d0, %r1, %r2;", BITS64, (a, b, _) -> (long) (int) a * (int) b);
    check("mul.wide.u32 %d0, %r1, %r2;", BITS64, (a, b, _) -> u32(a) * u32(b));
    check("mul.wide.s16 %r0, %h1, %h2;", BITS32, (a, b, _) -> (short) a * (short) b);
    check("mad.wide.u32 %d0, %r1, %r2, %d3;", BITS64, (a, b, c) -> u32(a) * u32(b) + c);
    check(
        "mad.hi.s32 %r0, %r1, %r2, %r3;",
        BITS32, (a, b, c) -> (((long) (int) a * (int) b) >> 32) + c);
  }

  @Test
  void quotientsFollowTheSignsAndZeroDoesNotTrap() {
    check("div.s32 %r0, %r1, %r2;", BITS32, (a, b, _) -> (int) b == 0 ? -1 : (int) a / (int) b);
    check("rem.s32 %r0, %r1, %r2;", BITS32, (a, b, _) -> (int) b == 0 ? a : (int) a % (int) b);
    check("div.u32 %r0, %r1, %r2;", BITS32, (a, b, _) -> u32(b) == 0 ? -1 : u32(a) / u32(b));
    check("rem.u64 %d0, %d1, %d2;", BITS64, (a, b, _) -> b == 0 ? a : Long.remainderUnsigned(a, b));
    check("div.s64 %d0, %d1, %d2;", BITS64, (a, b, _) -> b == 0 ? -1 : a / b);
    check(
        "div.u16 %h0, %h1, %h2;",
        BITS16, (a, b, _) -> (b & 0xffff) == 0 ? -1 : (a & 0xffff) / (b & 0xffff));
  }

  @Test
  void extremesKnowTheirSigns() {
    check("min.s32 %r0, %r1, %r2;", BITS32, (a, b, _) -> Math.min((int) a, (int) b));
    check("max.u32 %r0, %r1, %r2;", BITS32, (a, b, _) -> Math.max(u32(a), u32(b)));
    check("min.s64 %d0, %d1, %d2;", BITS64, (a, b, _) -> Math.min(a, b));
    check("max.u16 %h0, %h1, %h2;", BITS16, (a, b, _) -> Math.max(a & 0xffff, b & 0xffff));
    check(
        "add.sat.s32 %r0, %r1, %r2;",
        BITS32,
        (a, b, _) -> Math.clamp((long) (int) a + (int) b, Integer.MIN_VALUE, Integer.MAX_VALUE));
  }

  @Test
  void logicWorksOnBitsAndOnPredicates() {
    check("and.b32 %r0, %r1, %r2;", BITS32, (a, b, _) -> a & b);
    check("or.b64 %d0, %d1, %d2;", BITS64, (a, b, _) -> a | b);
    check("xor.b16 %h0, %h1, %h2;", BITS16, (a, b, _) -> a ^ b);
    check("not.b32 %r0, %r1;", BITS32, (a, _, _) -> ~a);
    check("cnot.b32 %r0, %r1;", BITS32, (a, _, _) -> u32(a) == 0 ? 1 : 0);
    check("and.pred %p0, %p1, %p2;", PREDICATE, (a, b, _) -> a & b);
    check("xor.pred %p0, %p1, %p2;", PREDICATE, (a, b, _) -> a ^ b);
    check("not.pred %p0, %p1;", PREDICATE, (a, _, _) -> ~a);
    check("lop3.b32 %r0, %r1, %r2, %r3, 0x96;", BITS32, (a, b, c) -> a ^ b ^ c);
    check("lop3.b32 %r0, %r1, %r2, %r3, 0xe8;", BITS32, (a, b, c) -> (a & b) | (b & c) | (a & c));
  }

  @Test
  void shiftsByTheWidthOrMoreLeaveZerosOrSigns() {
    check("shl.b32 %r0, %r1, %r2;", BITS32, (a, b, _) -> u32(b) > 31 ? 0 : a << b);
    check("shr.u32 %r0, %r1, %r2;", BITS32, (a, b, _) -> u32(b) > 31 ? 0 : u32(a) >>> b);
    check("shr.s32 %r0, %r1, %r2;", BITS32, (a, b, _) -> (int) a >> Math.min(u32(b), 31));
    check("shr.u64 %d0, %d1, %r2;", BITS64, (a, b, _) -> u32(b) > 63 ? 0 : a >>> b);
    check(
        "shf.l.wrap.b32 %r0, %r1, %r2, %r3;",
        BITS32, (a, b, c) -> (u32(b) << 32 | u32(a)) << (c & 31) >>> 32);
    check(
        "shf.r.clamp.b32 %r0, %r1, %r2, %r3;",
        BITS32, (a, b, c) -> (u32(b) << 32 | u32(a)) >>> Math.min(u32(c), 32));
  }

  @Test
  void bitFieldsAreTakenAndPut() {
    check("bfe.u32 %r0, %r1, 5, 9;", BITS32, (a, _, _) -> a >>> 5 & 0x1ff);
    check("bfe.s32 %r0, %r1, 5, 9;", BITS32, (a, _, _) -> (int) a << 18 >> 23);
    check("bfe.s32 %r0, %r1, 28, 9;", BITS32, (a, _, _) -> (int) a >> 28);
    check("bfe.u64 %d0, %d1, 60, 9;", BITS64, (a, _, _) -> a >>> 60);
    check("bfi.b32 %r0, %r1, %r2, 8, 4;", BITS32, (a, b, _) -> (b & ~0xf00) | ((a & 15) << 8));
    check("bfi.b64 %d0, %d1, %d2, 32, 32;", BITS64, (a, b, _) -> u32(b) | (a << 32));
    check("prmt.b32 %r0, %r1, %r2, 0x5410;", BITS32, (a, b, _) -> (a & 0xffff) | (b << 16));
    check(
        "prmt.b32 %r0, %r1, %r2, 0xb3b3;",
        BITS32, (a, _, _) -> (((int) a >> 31 & 0xff00L) | (u32(a) >>> 24)) * 0x10001L);
  }

  @Test
  void bitsAreCountedAndReversed() {
    check("popc.b32 %r0, %r1;", BITS32, (a, _, _) -> Integer.bitCount((int) a));
    check("popc.b64 %r0, %d1;", BITS32, (a, _, _) -> Long.bitCount(a));
    check("clz.b32 %r0, %r1;", BITS32, (a, _, _) -> Integer.numberOfLeadingZeros((int) a));
    check("clz.b64 %r0, %d1;", BITS32, (a, _, _) -> Long.numberOfLeadingZeros(a));
    check("brev.b32 %r0, %r1;", BITS32, (a, _, _) -> Integer.reverse((int) a));
    check("bfind.u32 %r0, %r1;", BITS32, (a, _, _) -> 31 - Integer.numberOfLeadingZeros((int) a));
  }

  @Test
  void comparisonsCombineAndChoose() {
    check("setp.lt.s32 %p0, %r1, %r2;", PREDICATE, (a, b, _) -> (int) a < (int) b ? 1 : 0);
    check("setp.hi.u32 %p0, %r1, %r2;", PREDICATE, (a, b, _) -> u32(a) > u32(b) ? 1 : 0);
    check(
        "setp.ge.u64 %p0, %d1, %d2;",
        PREDICATE, (a, b, _) -> Long.compareUnsigned(a, b) >= 0 ? 1 : 0);
    check(
        "setp.eq.and.s16 %p0, %h1, %h2, %p3;",
        PREDICATE, (a, b, c) -> (short) a == (short) b ? c : 0);
    check(
        "setp.ne.or.b32 %p0, %r1, %r2, !%p3;", PREDICATE, (a, b, c) -> (int) a != (int) b ? 1 : ~c);
    check("setp.gt.s64 %p4|%p0, %d1, %d2;", PREDICATE, (a, b, _) -> a > b ? 0 : 1);
    check("selp.b32 %r0, %r1, %r2, %p3;", BITS32, (a, b, c) -> (c & 1) != 0 ? a : b);
    check("set.le.u32.s32 %r0, %r1, %r2;", BITS32, (a, b, _) -> (int) a <= (int) b ? -1 : 0);
    check("slct.b32.s32 %r0, %r1, %r2, %r3;", BITS32, (a, b, c) -> (int) c >= 0 ? a : b);
  }

  @Test
  void conversionsCutAndExtend() {
    check("cvt.s64.s32 %d0, %r1;", BITS64, (a, _, _) -> (int) a);
    check("cvt.u64.u16 %d0, %h1;", BITS64, (a, _, _) -> a & 0xffff);
    check("cvt.s32.s8 %r0, %r1;", BITS32, (a, _, _) -> (byte) a);
    check("cvt.u32.u8 %r0, %h1;", BITS32, (a, _, _) -> a & 0xff);
    check("cvt.s16.s8 %h0, %d1;", BITS16, (a, _, _) -> (byte) a);
    check("cvt.u16.u32 %h0, %r1;", BITS16, (a, _, _) -> a);
    check("cvt.sat.s8.s32 %r0, %r1;", BITS32, (a, _, _) -> Math.clamp((long) (int) a, -128, 127));
    check("cvt.sat.u32.s64 %r0, %d1;", BITS32, (a, _, _) -> Math.clamp(a, 0, 0xffff_ffffL));
  }

  @Test
  void registersArePackedAndUnpacked() {
    check("mov.b64 %d0, {%r1, %r2};", BITS64, (a, b, _) -> u32(a) | (b << 32));
    check("mov.b64 {%r4, %r0}, %d1;", BITS32, (a, _, _) -> a >>> 32);
    check("mov.b32 %r0, {%h1, %h2};", BITS32, (a, b, _) -> (a & 0xffff) | (b << 16));
    check("mov.b32 {%h0, _}, %r1;", BITS16, (a, _, _) -> a);
  }
}
