// Conversions between dtypes as Java has them: real to integer truncates, stops at the ends of the range and makes NaN
// zero; a longer integer loses its upper bits; anything but zero is true. To 16 bits everything is rounded once.
#pragma once

#include "arithmetic.cuh"

// Sixteen bits of IEEE half precision.
struct Half {
  unsigned short bits;
};

// The upper half of a float.
struct Bfloat {
  unsigned short bits;
};

__device__ __forceinline__ float widen(Half x) {
  float y;
  asm("cvt.f32.f16 %0, %1;" : "=f"(y) : "h"(x.bits));
  return y;
}

__device__ __forceinline__ float widen(Bfloat x) {
  return __uint_as_float((unsigned)x.bits << 16);
}

__device__ __forceinline__ Half toHalf(float x) {
  Half y;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(y.bits) : "f"(x));
  return y;
}

__device__ __forceinline__ Bfloat toBfloat(float x) {
  unsigned bits = __float_as_uint(x);
  unsigned rounded = bits + 0x7fff + (bits >> 16 & 1);
  Bfloat y;
  y.bits = (x != x ? bits | 0x400000 : rounded) >> 16;
  return y;
}

// A float from which rounding on to 16 bits gives what rounding at once would: towards zero, with the last bit set when
// something was cut off (Boldo, Melquiond 2008).
__device__ __forceinline__ float roundToOdd(double x) {
  float cut = __double2float_rz(x);
  return (double)cut == x || x != x ? cut : __uint_as_float(__float_as_uint(cut) | 1);
}

__device__ __forceinline__ float roundToOdd(long long x) {
  float cut = __ll2float_rz(x);
  return (long long)cut == x ? cut : __uint_as_float(__float_as_uint(cut) | 1);
}

template <class Y>
struct Convert {
  template <class X>
  static __device__ __forceinline__ Y from(X x) {
    return (Y)x;
  }
  static __device__ __forceinline__ Y from(Half x) { return from(widen(x)); }
  static __device__ __forceinline__ Y from(Bfloat x) { return from(widen(x)); }
  static __device__ __forceinline__ Y from(float x) { return (Y)x; }
};

template <>
struct Convert<Bool> {
  template <class X>
  static __device__ __forceinline__ Bool from(X x) {
    return x != 0;
  }
  static __device__ __forceinline__ Bool from(Half x) { return widen(x) != 0; }
  static __device__ __forceinline__ Bool from(Bfloat x) { return widen(x) != 0; }
};

template <>
struct Convert<int> {
  static __device__ __forceinline__ int from(Bool x) { return x; }
  static __device__ __forceinline__ int from(long long x) { return (int)x; }
  static __device__ __forceinline__ int from(float x) { return x != x ? 0 : __float2int_rz(x); }
  static __device__ __forceinline__ int from(double x) { return x != x ? 0 : __double2int_rz(x); }
  static __device__ __forceinline__ int from(Half x) { return from(widen(x)); }
  static __device__ __forceinline__ int from(Bfloat x) { return from(widen(x)); }
};

template <>
struct Convert<long long> {
  static __device__ __forceinline__ long long from(Bool x) { return x; }
  static __device__ __forceinline__ long long from(int x) { return x; }
  static __device__ __forceinline__ long long from(float x) { return x != x ? 0 : __float2ll_rz(x); }
  static __device__ __forceinline__ long long from(double x) { return x != x ? 0 : __double2ll_rz(x); }
  static __device__ __forceinline__ long long from(Half x) { return from(widen(x)); }
  static __device__ __forceinline__ long long from(Bfloat x) { return from(widen(x)); }
};

template <>
struct Convert<Half> {
  static __device__ __forceinline__ Half from(float x) { return toHalf(x); }
  static __device__ __forceinline__ Half from(double x) { return toHalf(roundToOdd(x)); }
  static __device__ __forceinline__ Half from(Bfloat x) { return toHalf(widen(x)); }
  template <class X>
  static __device__ __forceinline__ Half from(X x) {
    return toHalf(roundToOdd((long long)x));
  }
};

template <>
struct Convert<Bfloat> {
  static __device__ __forceinline__ Bfloat from(float x) { return toBfloat(x); }
  static __device__ __forceinline__ Bfloat from(double x) { return toBfloat(roundToOdd(x)); }
  static __device__ __forceinline__ Bfloat from(Half x) { return toBfloat(widen(x)); }
  template <class X>
  static __device__ __forceinline__ Bfloat from(X x) {
    return toBfloat(roundToOdd((long long)x));
  }
};
