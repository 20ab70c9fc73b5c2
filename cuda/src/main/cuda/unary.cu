// Functions of one element. The definition is ReferenceElementwise; here reals are computed in their own precision.
#include "axes.cuh"
#include "trigonometry.cuh"

namespace {

struct Neg {
  template <class T>
  static __device__ T of(T x) {
    return -x;
  }
  static __device__ int of(int x) { return 0u - x; }
  static __device__ long long of(long long x) { return 0ull - x; }
};

struct Abs {
  static __device__ float of(float x) { return fabsf(x); }
  static __device__ double of(double x) { return fabs(x); }
  template <class T>
  static __device__ T of(T x) {
    return x < 0 ? Neg::of(x) : x;
  }
};

struct Square {
  static __device__ float of(float x) { return x * x; }
  static __device__ double of(double x) { return x * x; }
  static __device__ int of(int x) { return (unsigned)x * (unsigned)x; }
  static __device__ long long of(long long x) { return (unsigned long long)x * (unsigned long long)x; }
};

struct Relu {
  template <class T>
  static __device__ T of(T x) {
    return x > 0 || x != x ? x : 0;  // NaN stays
  }
};

struct Sign {
  template <class T>
  static __device__ T of(T x) {
    return x > 0 ? 1 : x < 0 ? -1 : x;  // zeros and NaN stay
  }
};

struct Exp {
  static __device__ float of(float x) { return expf(x); }
};

struct Log {
  static __device__ float of(float x) { return logf(x); }
};

struct Sqrt {
  static __device__ float of(float x) { return sqrtf(x); }
  static __device__ double of(double x) { return sqrt(x); }
};

struct Rsqrt {
  static __device__ float of(float x) { return 1 / sqrtf(x); }
  static __device__ double of(double x) { return 1 / sqrt(x); }
};

struct Reciprocal {
  template <class T>
  static __device__ T of(T x) {
    return 1 / x;
  }
};

struct Tanh {
  static __device__ float of(float x) { return tanhf(x); }
};

struct Sigmoid {
  static __device__ float of(float x) {
    float e = expf(-fabsf(x));  // never overflows, and keeps its digits where the result is tiny
    return (x >= 0 ? 1 : e) / (1 + e);
  }
};

struct Silu {
  static __device__ float of(float x) { return x * Sigmoid::of(x); }
};

struct ErrorFunction {
  static __device__ float of(float x) { return erff(x); }
};

struct Log1p {
  static __device__ float of(float x) { return log1pf(x); }
};

struct Expm1 {
  static __device__ float of(float x) { return expm1f(x); }
};

struct Sin {
  static __device__ float of(float x) { return sine(x); }
};

struct Cos {
  static __device__ float of(float x) { return cosine(x); }
};

struct Floor {
  static __device__ float of(float x) { return floorf(x); }
  static __device__ double of(double x) { return floor(x); }
};

struct Ceil {
  static __device__ float of(float x) { return ceilf(x); }
  static __device__ double of(double x) { return ceil(x); }
};

struct Round {
  static __device__ float of(float x) { return rintf(x); }
  static __device__ double of(double x) { return rint(x); }
};

template <class F, class T>
__device__ void strided(const Axes<2>& axes, unsigned n, const T* x, T* y) {
  for (unsigned i = firstElement(); i < n; i += gridStep()) {
    Places<2> places = locate(axes, i);
    y[places.at[1]] = F::of(x[places.at[0]]);
  }
}

// Both contiguous and aligned to four elements.
template <class F, class T>
__device__ void flat(unsigned n, const T* x, T* y) {
  for (unsigned i = firstElement(); i < n / 4; i += gridStep()) {
    Four<T> four = reinterpret_cast<const Four<T>*>(x)[i];
#pragma unroll
    for (int k = 0; k < 4; k++) {
      four.v[k] = F::of(four.v[k]);
    }
    reinterpret_cast<Four<T>*>(y)[i] = four;
  }
  for (unsigned i = n / 4 * 4 + firstElement(); i < n; i += gridStep()) {
    y[i] = F::of(x[i]);
  }
}

}  // namespace

#define STRIDED(name, F, suffix, T)                                                                      \
  extern "C" __global__ void __launch_bounds__(256)                                                      \
      name##_##suffix(const __grid_constant__ Axes<2> axes, unsigned n, const T* x, T* y) {              \
    strided<F>(axes, n, x, y);                                                                           \
  }

#define FLAT(name, F)                                                                                    \
  extern "C" __global__ void __launch_bounds__(256) name##_f32_flat(unsigned n, const float* x, float* y) { \
    flat<F>(n, x, y);                                                                                    \
  }

#define REAL(name, F)          \
  STRIDED(name, F, f32, float) \
  FLAT(name, F)

#define ALL_REALS(name, F) \
  REAL(name, F)            \
  STRIDED(name, F, f64, double)

#define ALL_NUMBERS(name, F)   \
  ALL_REALS(name, F)           \
  STRIDED(name, F, i32, int)   \
  STRIDED(name, F, i64, long long)

ALL_NUMBERS(neg, Neg)
ALL_NUMBERS(abs, Abs)
ALL_NUMBERS(square, Square)
ALL_NUMBERS(relu, Relu)
ALL_NUMBERS(sign, Sign)
ALL_REALS(sqrt, Sqrt)
ALL_REALS(rsqrt, Rsqrt)
ALL_REALS(reciprocal, Reciprocal)
ALL_REALS(floor, Floor)
ALL_REALS(ceil, Ceil)
ALL_REALS(round, Round)
REAL(exp, Exp)
REAL(log, Log)
REAL(tanh, Tanh)
REAL(sigmoid, Sigmoid)
REAL(silu, Silu)
REAL(erf, ErrorFunction)
REAL(log1p, Log1p)
REAL(expm1, Expm1)
REAL(sin, Sin)
REAL(cos, Cos)
