// Arithmetic that several families share. Integers wrap, as in Java; of reals, NaN wins over everything.
#pragma once

typedef unsigned char Bool;

template <class T>
struct Unsigned {
  typedef T type;
};
template <>
struct Unsigned<int> {
  typedef unsigned type;
};
template <>
struct Unsigned<long long> {
  typedef unsigned long long type;
};

// The largest and the smallest number of a dtype.
template <class T>
struct Extremes;
template <>
struct Extremes<float> {
  static __device__ float largest() { return __int_as_float(0x7f800000); }
  static __device__ float smallest() { return -largest(); }
};
template <>
struct Extremes<double> {
  static __device__ double largest() { return __longlong_as_double(0x7ff0000000000000ll); }
  static __device__ double smallest() { return -largest(); }
};
template <>
struct Extremes<int> {
  static __device__ int largest() { return 0x7fffffff; }
  static __device__ int smallest() { return -0x7fffffff - 1; }
};
template <>
struct Extremes<long long> {
  static __device__ long long largest() { return 0x7fffffffffffffffll; }
  static __device__ long long smallest() { return -0x7fffffffffffffffll - 1; }
};
template <>
struct Extremes<Bool> {
  static __device__ Bool largest() { return 1; }
  static __device__ Bool smallest() { return 0; }
};

struct Add {
  // What changes nothing.
  template <class T>
  static __device__ T identity() {
    return 0;
  }
  template <class T>
  static __device__ T of(T a, T b) {
    return (typename Unsigned<T>::type)a + (typename Unsigned<T>::type)b;
  }
  static __device__ Bool of(Bool a, Bool b) { return a | b; }
};

struct Sub {
  template <class T>
  static __device__ T of(T a, T b) {
    return (typename Unsigned<T>::type)a - (typename Unsigned<T>::type)b;
  }
  static __device__ Bool of(Bool a, Bool b) { return a ^ b; }
};

struct Mul {
  // What changes nothing.
  template <class T>
  static __device__ T identity() {
    return 1;
  }
  template <class T>
  static __device__ T of(T a, T b) {
    return (typename Unsigned<T>::type)a * (typename Unsigned<T>::type)b;
  }
  static __device__ Bool of(Bool a, Bool b) { return a & b; }
};

struct Max {
  template <class T>
  static __device__ T identity() {
    return Extremes<T>::smallest();
  }
  static __device__ float of(float a, float b) { return a != a ? a : b != b ? b : fmaxf(a, b); }
  static __device__ double of(double a, double b) { return a != a ? a : b != b ? b : fmax(a, b); }
  template <class T>
  static __device__ T of(T a, T b) {
    return a > b ? a : b;
  }
};

struct Min {
  template <class T>
  static __device__ T identity() {
    return Extremes<T>::largest();
  }
  static __device__ float of(float a, float b) { return a != a ? a : b != b ? b : fminf(a, b); }
  static __device__ double of(double a, double b) { return a != a ? a : b != b ? b : fmin(a, b); }
  template <class T>
  static __device__ T of(T a, T b) {
    return a < b ? a : b;
  }
};
