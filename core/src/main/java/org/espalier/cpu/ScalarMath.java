package org.espalier.cpu;

/// Elementary functions of one float, operation by operation the same as `VectorExp`,
/// `VectorFunctions` and `VectorGelu`, so the bits are equal.
///
/// Polynomials in f32 with fused multiply-adds; the errors stated are in units of the last place of
/// the result, over all floats of the domain that were tried (see the tests). NaN gives NaN;
/// infinities give the limits.
final class ScalarMath {
  /// Above it `exp` overflows: the largest float whose exponential is finite.
  static final float EXP_MAX = 88.72283f;

  /// Below it `exp` gives 0: results under 1.1755e-38 would be denormal.
  static final float EXP_MIN = -87.3365f;

  /// Below it `exp(x) - 1` is -1 in f32.
  static final float EXPM1_MIN = -20f;

  /// The bits of one half.
  static final int HALF_BITS = 0x3F000000;

  static final float LOG2_E = 1.44269504f;

  /// `1.5 * 2^23`: adding it rounds to an integer, which then stands in the low bits.
  static final float ROUND = 12582912f;

  static final int ROUND_BITS = 0x4B400000;

  /// `-log(2)` in two parts, the first exact in few bits (Cody, Waite 1980).
  static final float LN2_HIGH = -0.693145752f;

  static final float LN2_LOW = -1.42860677e-6f;

  // exp(r) = 1 + r + r^2 p(r), |r| <= log(2)/2 (Moshier, Cephes)
  static final float E0 = 5.0000001201e-1f;
  static final float E1 = 1.6666665459e-1f;
  static final float E2 = 4.1665795894e-2f;
  static final float E3 = 8.3334519073e-3f;
  static final float E4 = 1.3981999507e-3f;
  static final float E5 = 1.9875691500e-4f;

  // log(1 + f) = f - f^2/2 + f^3 p(f), sqrt(1/2) <= 1 + f < sqrt(2) (Moshier, Cephes)
  static final float L0 = 3.3333331174e-1f;
  static final float L1 = -2.4999993993e-1f;
  static final float L2 = 2.0000714765e-1f;
  static final float L3 = -1.6668057665e-1f;
  static final float L4 = 1.4249322787e-1f;
  static final float L5 = -1.2420140846e-1f;
  static final float L6 = 1.1676998740e-1f;
  static final float L7 = -1.1514610310e-1f;
  static final float L8 = 7.0376836292e-2f;
  static final int SQRT_HALF_BITS = 0x3F3504F3;
  static final float LOG2_HIGH = 0.693359375f;
  static final float LOG2_LOW = -2.12194440e-4f;
  static final float TWO_23 = 8388608f;

  // tanh(x) = x + x^3 p(x^2), |x| < 0.625 (Moshier, Cephes)
  static final float TANH_SMALL = 0.625f;
  static final float T0 = -3.33332819422e-1f;
  static final float T1 = 1.33314422036e-1f;
  static final float T2 = -5.37397155531e-2f;
  static final float T3 = 2.06390887954e-2f;
  static final float T4 = -5.70498872745e-3f;

  // erf(x) = x p(x^2), |x| < 1: a relative minimax fit of our own, error 4e-8
  static final float ERF_SMALL = 1f;
  static final float R0 = 1.1283791065216064f;
  static final float R1 = -0.37612324953079224f;
  static final float R2 = 0.11280179768800735f;
  static final float R3 = -0.02671131119132042f;
  static final float R4 = 0.004917550832033157f;
  static final float R5 = -0.0005631418898701668f;

  // exp(a^2/2) Phi(-a) = t p(t), t = 1 / (1 + 0.26 a), 0 <= a <= 13.3: a relative minimax fit of
  // our own, error 2e-8
  static final float TAIL = 0.26f;
  static final float TAIL_ERF = 0.36769552621700470f; // 0.26 sqrt(2)
  static final float Q0 = 0.1037621945142746f;
  static final float Q1 = 0.10296492278575897f;
  static final float Q2 = 0.10339142382144928f;
  static final float Q3 = 0.049642130732536316f;
  static final float Q4 = 0.1641533225774765f;
  static final float Q5 = -0.1555372178554535f;
  static final float Q6 = 0.25546780228614807f;
  static final float Q7 = -0.1547408252954483f;
  static final float Q8 = 0.030896220356225967f;

  /// Beyond it `Phi(-a)` is 0 in f32; keeps squares finite.
  static final float PHI_END = 16f;

  /// Below it `1 + exp(-x)` is `exp(-x)` in f32.
  static final float SILU_TAIL = -64f;

  static final float INV_SQRT_2PI = 0.3989422804f;

  // -2u of the tanh form: x (G0 + G1 x^2), and its derivative G0 + 3 G1 x^2
  static final float G0 = -1.5957691216f;
  static final float G1 = -0.0713548162726f;
  static final float G1_TIMES_3 = -0.2140644488178f;

  private ScalarMath() {}

  /// `e^x`, within 1.01 ulp; 0 below [#EXP_MIN].
  static float exp(float x) {
    if (!(x <= EXP_MAX)) {
      return x + Float.POSITIVE_INFINITY;
    }
    if (x < EXP_MIN) {
      return 0;
    }
    float t = Math.fma(x, LOG2_E, ROUND);
    float n = t - ROUND;
    float r = Math.fma(n, LN2_LOW, Math.fma(n, LN2_HIGH, x));
    float p = Math.fma(r, E5, E4);
    p = Math.fma(p, r, E3);
    p = Math.fma(p, r, E2);
    p = Math.fma(p, r, E1);
    p = Math.fma(p, r, E0);
    p = Math.fma(p, r * r, r) + 1;
    return Float.intBitsToFloat(Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(t) << 23));
  }

  /// Natural logarithm, under 1 ulp, denormals included.
  static float log(float x) {
    if (!(x < Float.POSITIVE_INFINITY)) {
      return x;
    }
    if (!(x > 0)) {
      return x == 0 ? Float.NEGATIVE_INFINITY : Float.NaN;
    }
    boolean tiny = x < Float.MIN_NORMAL;
    int bits = Float.floatToRawIntBits(tiny ? x * TWO_23 : x);
    int e = (bits - SQRT_HALF_BITS) >> 23;
    float f = Float.intBitsToFloat(bits - (e << 23)) - 1;
    float n = Float.intBitsToFloat(e + ROUND_BITS) - (tiny ? ROUND + 23 : ROUND);
    float z = f * f;
    float p = Math.fma(f, L8, L7);
    p = Math.fma(p, f, L6);
    p = Math.fma(p, f, L5);
    p = Math.fma(p, f, L4);
    p = Math.fma(p, f, L3);
    p = Math.fma(p, f, L2);
    p = Math.fma(p, f, L1);
    p = Math.fma(p, f, L0);
    p = Math.fma(n, LOG2_LOW, p * f * z);
    return Math.fma(n, LOG2_HIGH, Math.fma(z, -0.5f, p) + f);
  }

  /// `log(1 + x)`, under 2 ulp: what the sum `1 + x` has lost is made good to first order.
  static float log1p(float x) {
    float u = 1 + x;
    float lost = u - 1 - x;
    float y = log(u);
    return u > 0 && x < Float.POSITIVE_INFINITY && x != 0 ? y - lost / u : x == 0 ? x : y;
  }

  /// `e^x - 1`, under 2 ulp: `exp` before its 1 is added and its power of two multiplied.
  static float expm1(float x) {
    float a = Math.max(x, EXPM1_MIN);
    float t = Math.fma(a, LOG2_E, ROUND);
    float n = t - ROUND;
    float r = Math.fma(n, LN2_LOW, Math.fma(n, LN2_HIGH, a));
    float p = Math.fma(r, E5, E4);
    p = Math.fma(p, r, E3);
    p = Math.fma(p, r, E2);
    p = Math.fma(p, r, E1);
    p = Math.fma(p, r, E0);
    p = Math.fma(p, r * r, r);
    // half of the power, which exists also where the power itself would overflow
    float half = Float.intBitsToFloat((Float.floatToRawIntBits(t) << 23) + HALF_BITS);
    float y = Math.fma(half, p, half - 0.5f) * 2;
    y = x <= EXP_MAX ? y : x + Float.POSITIVE_INFINITY;
    return x == 0 ? x : y;
  }

  /// Hyperbolic tangent, under 2 ulp.
  static float tanh(float x) {
    float a = Math.abs(x);
    float y;
    if (a < TANH_SMALL) {
      float z = a * a;
      float p = Math.fma(z, T4, T3);
      p = Math.fma(p, z, T2);
      p = Math.fma(p, z, T1);
      p = Math.fma(p, z, T0);
      y = Math.fma(p * z, a, a);
    } else {
      y = 1 - 2 / (exp(a + a) + 1);
    }
    return withSignOf(x, y);
  }

  /// Logistic function, under 3 ulp where the result is normal.
  static float sigmoid(float x) {
    return 1 / (exp(-x) + 1);
  }

  /// `x / (1 + exp(-x))`, within 4 ulp where the result is normal, its far tail included; NaN at
  /// negative infinity, as the product of `x` with the logistic function.
  static float silu(float x) {
    if (x < SILU_TAIL) {
      float root = exp(x * 0.5f); // exp(-x) overflows from -88.7 on, exp(x) is 0 from -87.3 on
      return x * root * root;
    }
    return x / (exp(-x) + 1);
  }

  /// Gauss error function, within 2.5 ulp.
  static float erf(float x) {
    float a = Math.abs(x);
    float y;
    if (a < ERF_SMALL) {
      float z = a * a;
      float p = Math.fma(z, R5, R4);
      p = Math.fma(p, z, R3);
      p = Math.fma(p, z, R2);
      p = Math.fma(p, z, R1);
      p = Math.fma(p, z, R0);
      y = p * a;
    } else {
      float t = 1 / Math.fma(a, TAIL_ERF, 1f);
      y = Math.fma(tail(t), exp(-(a * a)) * -2, 1f);
    }
    return withSignOf(x, y);
  }

  /// `t p(t)`: the normal tail without its exponential.
  private static float tail(float t) {
    float p = Math.fma(t, Q8, Q7);
    p = Math.fma(p, t, Q6);
    p = Math.fma(p, t, Q5);
    p = Math.fma(p, t, Q4);
    p = Math.fma(p, t, Q3);
    p = Math.fma(p, t, Q2);
    p = Math.fma(p, t, Q1);
    p = Math.fma(p, t, Q0);
    return p * t;
  }

  /// `exp(-x^2/2)`, the rounding of the square made good; 0 beyond 13.2.
  private static float bell(float x) {
    float a = Math.abs(x);
    a = a > PHI_END ? PHI_END : a;
    float s = a * a;
    float lost = Math.fma(a, a, -s);
    float e = exp(s * -0.5f);
    return Math.fma(e, lost * -0.5f, e);
  }

  private static float phi(float x, float bell) {
    float a = Math.abs(x);
    a = a > PHI_END ? PHI_END : a;
    float q = tail(1 / Math.fma(a, TAIL, 1f)) * bell;
    return x < 0 ? q : 1 - q;
  }

  /// `x Phi(x)`, within 8 ulp where the result is normal, its far tail included.
  static float gelu(float x) {
    return phi(x, bell(x)) * x;
  }

  /// `Phi(x) + x phi(x)`.
  static float geluSlope(float x) {
    float bell = bell(x);
    return Math.fma(x * INV_SQRT_2PI, bell, phi(x, bell));
  }

  /// `x / (1 + exp(-2u))`.
  static float geluTanh(float x) {
    return x / (exp(Math.fma(x * x, G1, G0) * x) + 1);
  }

  /// `s + x s (1 - s) 2u'`, `s = 1 / (1 + e)`, `e = exp(-2u)`, and `1 - s = s e` without
  /// cancellation.
  static float geluTanhSlope(float x) {
    float z = x * x;
    float e = exp(Math.fma(z, G1, G0) * x);
    float s = 1 / (e + 1);
    float rest = s * s * e;
    float product = Math.fma(z, G1_TIMES_3, G0) * -x * rest;
    return rest > 0 ? s + product : s;
  }

  private static float withSignOf(float x, float magnitude) {
    return Float.intBitsToFloat(
        Float.floatToRawIntBits(magnitude) | (Float.floatToRawIntBits(x) & Integer.MIN_VALUE));
  }
}
