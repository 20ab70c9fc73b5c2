// Sine and cosine in single precision over the whole range.
//
// The compiler's own reduce large angles through an array in local memory; here the digits of 2/pi that matter are taken
// from constants (Payne, Hanek 1983), so that nothing leaves the registers.
#pragma once

// The binary digits of 2 / pi after the point, 32 at a time.
__constant__ unsigned TWO_OVER_PI[8] = {0xA2F9836E, 0x4E441529, 0xFC2757D1, 0xF534DDC0,
                                        0xDB629599, 0x3C439041, 0xFE5163AB, 0xDEBBC561};

// An angle as a number of quarter turns, and what is left of it in radians, within an eighth of a turn.
struct Reduced {
  int quarter;
  float rest;
};

// For finite x with |x| >= 1/4.
__device__ __forceinline__ Reduced reduceAngle(float x) {
  unsigned bits = __float_as_uint(fabsf(x));
  int exponent = (int)(bits >> 23) - 150;  // |x| = mantissa * 2^exponent
  unsigned long long mantissa = (bits & 0x7fffff) | 0x800000;
  // Digits that only add whole turns are left out: those of weight 4 and more after the multiplication.
  int skip = exponent > 2 ? exponent - 2 : 0;
  int word = skip >> 5;
  unsigned a = __funnelshift_l(TWO_OVER_PI[word + 1], TWO_OVER_PI[word], skip);
  unsigned b = __funnelshift_l(TWO_OVER_PI[word + 2], TWO_OVER_PI[word + 1], skip);
  unsigned c = __funnelshift_l(TWO_OVER_PI[word + 3], TWO_OVER_PI[word + 2], skip);
  // The product of 24 and 96 bits, in two halves of 64.
  unsigned long long low = mantissa * c;
  unsigned long long middle = mantissa * b + (low >> 32);
  unsigned long long high = mantissa * a + (middle >> 32);
  unsigned long long lower = middle << 32 | (low & 0xffffffff);
  int shift = 34 - (exponent > 2 ? 2 : exponent);
  // Two digits of whole quarters, 62 after the point.
  unsigned long long turns = high << (64 - shift) | lower >> shift;
  unsigned long long rounded = turns + (1ull << 61);
  long long fraction = (long long)(turns << 2) >> 2;
  Reduced reduced;
  reduced.quarter = (int)(rounded >> 62);
  reduced.rest = (float)((double)fraction * (1.5707963267948966 * 0x1p-62));
  if (x < 0) {
    reduced.quarter = -reduced.quarter;
    reduced.rest = -reduced.rest;
  }
  return reduced;
}

__device__ __forceinline__ float sineNearZero(float x) {
  float z = x * x;
  float p = fmaf(z, 1 / 362880.f, -1 / 5040.f);
  p = fmaf(z, p, 1 / 120.f);
  p = fmaf(z, p, -1 / 6.f);
  return fmaf(x * z, p, x);
}

__device__ __forceinline__ float cosineNearZero(float x) {
  float z = x * x;
  float p = fmaf(z, -1 / 3628800.f, 1 / 40320.f);
  p = fmaf(z, p, -1 / 720.f);
  p = fmaf(z, p, 1 / 24.f);
  p = fmaf(z, p, -0.5f);
  return fmaf(z, p, 1.f);
}

// The sine of `x` plus so many quarter turns.
__device__ __forceinline__ float sineFrom(float x, int quarters) {
  if (fabsf(x) >= 0.25f) {
    if (x - x != 0) {
      return x - x;  // NaN for infinities and NaN
    }
    Reduced reduced = reduceAngle(x);
    quarters += reduced.quarter;
    x = reduced.rest;
  }
  float y = quarters & 1 ? cosineNearZero(x) : sineNearZero(x);
  return quarters & 2 ? -y : y;
}

__device__ __forceinline__ float sine(float x) {
  return sineFrom(x, 0);
}

__device__ __forceinline__ float cosine(float x) {
  return sineFrom(x, 1);
}
