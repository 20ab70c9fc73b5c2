package org.espalier.cuda.device;

import static org.espalier.cuda.device.Probe.Result.BITS16;
import static org.espalier.cuda.device.Probe.Result.BITS32;
import static org.espalier.cuda.device.Probe.Result.BITS64;
import static org.espalier.cuda.device.Probe.Result.F32;
import static org.espalier.cuda.device.Probe.Result.F64;
import static org.espalier.cuda.device.Probe.Result.PREDICATE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/// Floating-point instructions against Java's arithmetic, on all triples of edge values.
final class FloatInstructionsTest {
  private static final float[] EDGES = {
    0f,
    -0f,
    1f,
    -1f,
    0.1f,
    -2.5f,
    3.5f,
    1e-40f,
    1e30f,
    -1e38f,
    65519f,
    255.5f,
    2147483648f,
    -9.3e18f,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.NaN
  };

  @AutoClose private final RawDriver driver = new RawDriver();
  private final Probe probe = new Probe(driver);

  private interface OfFloats {
    float of(float a, float b, float c);
  }

  private interface OfDoubles {
    double of(double a, double b, double c);
  }

  private static float f(long bits) {
    return Float.intBitsToFloat((int) bits);
  }

  private static double d(long bits) {
    return Double.longBitsToDouble(bits);
  }

  private static long[] floats() {
    var bits = new long[EDGES.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(EDGES[i]) & 0xffff_ffffL;
    }
    return bits;
  }

  private static long[] doubles() {
    var bits = new long[EDGES.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Double.doubleToRawLongBits(EDGES[i] * 1.000000001);
    }
    return bits;
  }

  private void check32(String instructions, OfFloats expected) {
    probe.check(
        instructions,
        F32,
        (a, b, c) -> Float.floatToRawIntBits(expected.of(f(a), f(b), f(c))),
        floats());
  }

  private void check64(String instructions, OfDoubles expected) {
    probe.check(
        instructions,
        F64,
        (a, b, c) -> Double.doubleToRawLongBits(expected.of(d(a), d(b), d(c))),
        doubles());
  }

  @Test
  void arithmeticRoundsToNearest() {
    check32("add.f32 %f0, %f1, %f2;", (a, b, _) -> a + b);
    check32("sub.rn.f32 %f0, %f1, %f2;", (a, b, _) -> a - b);
    check32("mul.f32 %f0, %f1, %f2;", (a, b, _) -> a * b);
    check32("div.rn.f32 %f0, %f1, %f2;", (a, b, _) -> a / b);
    check32("fma.rn.f32 %f0, %f1, %f2, %f3;", Math::fma);
    check32("sqrt.rn.f32 %f0, %f1;", (a, _, _) -> (float) Math.sqrt(a));
    check32("rcp.rn.f32 %f0, %f1;", (a, _, _) -> 1 / a);
    check64("add.f64 %g0, %g1, %g2;", (a, b, _) -> a + b);
    check64("mul.rn.f64 %g0, %g1, %g2;", (a, b, _) -> a * b);
    check64("div.rn.f64 %g0, %g1, %g2;", (a, b, _) -> a / b);
    check64("fma.rn.f64 %g0, %g1, %g2, %g3;", Math::fma);
    check64("sqrt.rn.f64 %g0, %g1;", (a, _, _) -> Math.sqrt(a));
  }

  @Test
  void signsAndExtremesTreatNanAndZeroAsDocumented() {
    check32("neg.f32 %f0, %f1;", (a, _, _) -> -a);
    check32("abs.f32 %f0, %f1;", (a, _, _) -> Math.abs(a));
    check32(
        "copysign.f32 %f0, %f1, %f2;",
        (a, b, _) -> Float.isNaN(b) ? b : Math.copySign(b, Float.isNaN(a) ? 1f : a));
    check32(
        "min.f32 %f0, %f1, %f2;",
        (a, b, _) -> Float.isNaN(a) ? b : Float.isNaN(b) ? a : Math.min(a, b));
    check32(
        "max.f32 %f0, %f1, %f2;",
        (a, b, _) -> Float.isNaN(a) ? b : Float.isNaN(b) ? a : Math.max(a, b));
    check32("max.NaN.f32 %f0, %f1, %f2;", (a, b, _) -> Math.max(a, b));
    check64(
        "min.f64 %g0, %g1, %g2;",
        (a, b, _) -> Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.min(a, b));
  }

  @Test
  void saturationClampsToOneAndNanToZero() {
    check32(
        "add.sat.f32 %f0, %f1, %f2;",
        (a, b, _) -> Float.isNaN(a + b) ? 0f : Math.clamp(a + b, 0f, 1f) + 0f);
    check32(
        "cvt.sat.f32.f32 %f0, %f1;", (a, _, _) -> Float.isNaN(a) ? 0f : Math.clamp(a, 0f, 1f) + 0f);
  }

  @Test
  void otherRoundingsAreExactToTheBit() {
    probe.check(
        "add.rz.f32 %f0, %f1, %f2;",
        F32, (a, b, _) -> rounded(f(a), f(b), RoundingMode.DOWN), finite());
    probe.check(
        "add.rm.f32 %f0, %f1, %f2;",
        F32, (a, b, _) -> rounded(f(a), f(b), RoundingMode.FLOOR), finite());
    probe.check(
        "add.rp.f32 %f0, %f1, %f2;",
        F32, (a, b, _) -> rounded(f(a), f(b), RoundingMode.CEILING), finite());
  }

  private static long[] finite() {
    return DoubleStream.of(1, -1, 0.1, -0.3, 3e7, -1.7e-9, 12345.678, 1e-12)
        .mapToLong(x -> Float.floatToRawIntBits((float) x) & 0xffff_ffffL)
        .toArray();
  }

  /// The exact sum, rounded to a float in one direction. Sums of zero are +0, or -0 downwards.
  private static long rounded(float a, float b, RoundingMode mode) {
    BigDecimal exact = new BigDecimal(a).add(new BigDecimal(b));
    if (exact.signum() == 0) {
      return mode == RoundingMode.FLOOR ? 0x8000_0000L : 0;
    }
    float near = exact.floatValue();
    int side = new BigDecimal(near).compareTo(exact);
    boolean down = mode == RoundingMode.FLOOR || (mode == RoundingMode.DOWN && exact.signum() > 0);
    float result = near;
    if (down && side > 0) {
      result = Math.nextDown(near);
    } else if (!down && side < 0) {
      result = Math.nextUp(near);
    }
    return Float.floatToRawIntBits(result);
  }

  @Test
  void flushedSubnormalsAreZero() {
    check32("add.ftz.f32 %f0, %f1, %f2;", (a, b, _) -> flush(flush(a) + flush(b)));
    check32("mul.ftz.f32 %f0, %f1, %f2;", (a, b, _) -> flush(flush(a) * flush(b)));
  }

  private static float flush(float a) {
    return Math.abs(a) < Float.MIN_NORMAL ? Math.copySign(0f, a) : a;
  }

  @Test
  void comparisonsKnowUnorderedNumbers() {
    probe.check(
        "setp.lt.f32 %p0, %f1, %f2;", PREDICATE, (a, b, _) -> f(a) < f(b) ? 1 : 0, floats());
    probe.check(
        "setp.ne.f32 %p0, %f1, %f2;",
        PREDICATE, (a, b, _) -> f(a) < f(b) || f(a) > f(b) ? 1 : 0, floats());
    probe.check(
        "setp.neu.f32 %p0, %f1, %f2;", PREDICATE, (a, b, _) -> f(a) != f(b) ? 1 : 0, floats());
    probe.check(
        "setp.geu.f32 %p0, %f1, %f2;", PREDICATE, (a, b, _) -> f(a) < f(b) ? 0 : 1, floats());
    probe.check(
        "setp.gt.f64 %p0, %g1, %g2;", PREDICATE, (a, b, _) -> d(a) > d(b) ? 1 : 0, doubles());
    probe.check(
        "setp.nan.f32 %p0, %f1, %f2;",
        PREDICATE, (a, b, _) -> Float.isNaN(f(a)) || Float.isNaN(f(b)) ? 1 : 0, floats());
    probe.check(
        "setp.num.f64 %p0, %g1, %g2;",
        PREDICATE, (a, b, _) -> Double.isNaN(d(a)) || Double.isNaN(d(b)) ? 0 : 1, doubles());
    probe.check(
        "testp.infinite.f32 %p0, %f1;",
        PREDICATE, (a, _, _) -> Float.isInfinite(f(a)) ? 1 : 0, floats());
    probe.check(
        "testp.finite.f64 %p0, %g1;",
        PREDICATE, (a, _, _) -> Double.isFinite(d(a)) ? 1 : 0, doubles());
  }

  @Test
  void conversionsToIntegersClampAndNanIsZero() {
    probe.check("cvt.rzi.s32.f32 %r0, %f1;", BITS32, (a, _, _) -> (int) f(a), floats());
    probe.check("cvt.rni.s32.f32 %r0, %f1;", BITS32, (a, _, _) -> (int) Math.rint(f(a)), floats());
    probe.check("cvt.rmi.s32.f32 %r0, %f1;", BITS32, (a, _, _) -> (int) Math.floor(f(a)), floats());
    probe.check(
        "cvt.rpi.s64.f64 %d0, %g1;",
        BITS64,
        (a, _, _) -> Double.isNaN(d(a)) ? Long.MIN_VALUE : (long) Math.ceil(d(a)),
        doubles());
    probe.check(
        "cvt.rzi.u32.f32 %r0, %f1;",
        BITS32, (a, _, _) -> Math.clamp((long) f(a), 0, 0xffff_ffffL), floats());
    probe.check(
        "cvt.rzi.u8.f32 %r0, %f1;", BITS32, (a, _, _) -> Math.clamp((long) f(a), 0, 255), floats());
  }

  @Test
  void conversionsToFloatsRound() {
    long[] integers = {
      0,
      1,
      -1,
      16777217,
      -16777219,
      0x7fff_ffffL,
      0x8000_0001L,
      Long.MAX_VALUE,
      0x1234_5678_9abc_def1L
    };
    probe.check(
        "cvt.rn.f32.s32 %f0, %r1;", F32, (a, _, _) -> Float.floatToRawIntBits((int) a), integers);
    probe.check(
        "cvt.rn.f32.u32 %f0, %r1;",
        F32, (a, _, _) -> Float.floatToRawIntBits((float) (a & 0xffff_ffffL)), integers);
    probe.check(
        "cvt.rn.f32.s64 %f0, %d1;", F32, (a, _, _) -> Float.floatToRawIntBits((float) a), integers);
    probe.check(
        "cvt.rn.f64.s64 %g0, %d1;",
        F64, (a, _, _) -> Double.doubleToRawLongBits((double) a), integers);
    probe.check(
        "cvt.rz.f32.s32 %f0, %r1;",
        F32, (a, _, _) -> Float.floatToRawIntBits(towardsZero((int) a)), integers);
    probe.check(
        "cvt.rn.f32.f64 %f0, %g1;",
        F32, (a, _, _) -> Float.floatToRawIntBits((float) d(a)), doubles());
    probe.check(
        "cvt.f64.f32 %g0, %f1;", F64, (a, _, _) -> Double.doubleToRawLongBits(f(a)), floats());
    check32("cvt.rni.f32.f32 %f0, %f1;", (a, _, _) -> (float) Math.rint(a));
    check32("cvt.rmi.f32.f32 %f0, %f1;", (a, _, _) -> (float) Math.floor(a));
  }

  private static float towardsZero(int a) {
    float near = a;
    return Math.abs((double) near) > Math.abs((double) a)
        ? near > 0 ? Math.nextDown(near) : Math.nextUp(near)
        : near;
  }

  @Test
  void halvesRoundOnceAndWiden() {
    probe.check(
        "cvt.rn.f16.f32 %h0, %f1;",
        BITS16, (a, _, _) -> Float.isNaN(f(a)) ? 0x7fff : Float.floatToFloat16(f(a)), floats());
    probe.check("cvt.rn.bf16.f32 %h0, %f1;", BITS16, (a, _, _) -> toBrain(f(a)), floats());
    long[] halves = {
      0, 0x8000, 0x3c00, 0xbc00, 0x0001, 0x03ff, 0x7bff, 0x7c00, 0xfc00, 0x3555, 0x6400
    };
    probe.check(
        "cvt.f32.f16 %f0, %h1;",
        F32, (a, _, _) -> Float.floatToRawIntBits(Float.float16ToFloat((short) a)), halves);
    probe.check("cvt.f32.bf16 %f0, %h1;", F32, (a, _, _) -> a << 16, halves);
    probe.check(
        "add.f16 %h0, %h1, %h2;",
        BITS16,
        (a, b, _) -> half(Float.float16ToFloat((short) a) + Float.float16ToFloat((short) b)),
        halves);
    probe.check(
        "mul.bf16 %h0, %h1, %h2;", BITS16, (a, b, _) -> toBrain(f(a << 16) * f(b << 16)), halves);
    probe.check(
        "max.f16 %h0, %h1, %h2;",
        BITS16,
        (a, b, _) ->
            half(Math.max(Float.float16ToFloat((short) a), Float.float16ToFloat((short) b))),
        halves);
    probe.check("neg.bf16 %h0, %h1;", BITS16, (a, _, _) -> a ^ 0x8000, halves);
    probe.check(
        "setp.lt.f16 %p0, %h1, %h2;",
        PREDICATE,
        (a, b, _) -> Float.float16ToFloat((short) a) < Float.float16ToFloat((short) b) ? 1 : 0,
        halves);
    probe.check(
        "cvt.rn.bf16x2.f32 %r0, %f1, %f2;",
        BITS32, (a, b, _) -> toBrain(f(a)) << 16 | toBrain(f(b)), floats());
  }

  private static long half(float a) {
    return Float.isNaN(a) ? 0x7fff : Float.floatToFloat16(a) & 0xffff;
  }

  /// To bfloat16: the upper half, ties to even.
  private static long toBrain(float a) {
    int bits = Float.floatToRawIntBits(a);
    return Float.isNaN(a) ? 0x7fff : (bits + 0x7fff + (bits >>> 16 & 1)) >>> 16;
  }

  @Test
  void pairsOfHalvesComputeSideBySide() {
    long[] pairs = {0x3c00_4000L, 0x3555_bc00L, 0x0000_7c00L, 0x6400_0001L};
    probe.check(
        "fma.rn.f16x2 %r0, %r1, %r2, %r3;",
        BITS32,
        (a, b, c) ->
            fused((short) a, (short) b, (short) c)
                | fused((short) (a >> 16), (short) (b >> 16), (short) (c >> 16)) << 16,
        pairs);
  }

  private static long fused(short a, short b, short c) {
    double exact =
        Math.fma(
            (double) Float.float16ToFloat(a),
            (double) Float.float16ToFloat(b),
            (double) Float.float16ToFloat(c));
    return half((float) exact);
  }

  @Test
  void approximatedFunctionsAreClose() {
    long[] values =
        DoubleStream.of(0.001, 0.3, 1, 2.5, 7)
            .mapToLong(x -> Float.floatToRawIntBits((float) x))
            .toArray();
    String[] names = {"ex2", "lg2", "sin", "cos", "rsqrt", "sqrt", "rcp"};
    OfDoubles[] functions = {
      (a, _, _) -> Math.pow(2, a),
      (a, _, _) -> Math.log(a) / Math.log(2),
      (a, _, _) -> Math.sin(a),
      (a, _, _) -> Math.cos(a),
      (a, _, _) -> 1 / Math.sqrt(a),
      (a, _, _) -> Math.sqrt(a),
      (a, _, _) -> 1 / a
    };
    for (int i = 0; i < names.length; i++) {
      long[] got = probe.run(names[i] + ".approx.ftz.f32 %f0, %f1;", F32, values);
      for (int n = 0; n < values.length; n++) {
        double expected = functions[i].of(f(values[n]), 0, 0);
        assertEquals(expected, f(got[n * 25]), 1e-6 * Math.max(1, Math.abs(expected)), names[i]);
      }
    }
    long[] got = probe.run("tanh.approx.f32 %f0, %f1;", F32, values);
    assertEquals(Math.tanh(0.3), f(got[25]), 1e-3);
  }
}
