// Functions of two elements. The definition is ReferenceElementwise; here reals are computed in their own precision and
// integers in theirs, which wraps as 64 bits cut to fewer do. Booleans are bytes of 0 and 1.
#include "arithmetic.cuh"
#include "axes.cuh"
#include "faults.cuh"

namespace {

struct Div {
  static __device__ float of(float a, float b) { return a / b; }
  static __device__ double of(double a, double b) { return a / b; }
  template <class T>
  static __device__ T of(T a, T b) {
    // The smallest integer has no opposite: it stays, as in Java.
    return b == (T)-1 ? (T)(0 - (typename Unsigned<T>::type)a) : a / b;
  }
  static __device__ Bool of(Bool a, Bool) { return a; }
};

struct Pow {
  static __device__ float of(float a, float b) {
    // C gives 1 where Java gives NaN: 1 to the power NaN, and 1 or -1 to an infinite power.
    if (b == 0) {
      return 1;
    }
    if (b != b || (fabsf(a) == 1 && b - b != 0)) {
      return b - b;
    }
    return powf(a, b);
  }
  template <class T>
  static __device__ T of(T a, T b) {
    if (b < 0) {
      return a == 1 ? 1 : a == -1 ? (b & 1 ? -1 : 1) : 0;
    }
    typename Unsigned<T>::type power = 1;
    typename Unsigned<T>::type square = a;
    for (T left = b; left > 0; left >>= 1) {
      if (left & 1) {
        power *= square;
      }
      square *= square;
    }
    return power;
  }
  static __device__ Bool of(Bool a, Bool b) { return b ? a : 1; }
};

struct Equal {
  template <class T>
  static __device__ Bool of(T a, T b) {
    return a == b;
  }
};

struct NotEqual {
  template <class T>
  static __device__ Bool of(T a, T b) {
    return a != b;
  }
};

struct Less {
  template <class T>
  static __device__ Bool of(T a, T b) {
    return a < b;
  }
};

struct LessOrEqual {
  template <class T>
  static __device__ Bool of(T a, T b) {
    return a <= b;
  }
};

template <class F, class T, class R>
__device__ void strided(const Axes<3>& axes, unsigned n, const T* a, const T* b, R* c) {
  for (unsigned i = firstElement(); i < n; i += gridStep()) {
    Places<3> places = locate(axes, i);
    c[places.at[2]] = F::of(a[places.at[0]], b[places.at[1]]);
  }
}

// All contiguous and aligned to four elements.
template <class F, class T, class R>
__device__ void flat(unsigned n, const T* a, const T* b, R* c) {
  for (unsigned i = firstElement(); i < n / 4; i += gridStep()) {
    Four<T> left = reinterpret_cast<const Four<T>*>(a)[i];
    Four<T> right = reinterpret_cast<const Four<T>*>(b)[i];
    Four<R> result;
#pragma unroll
    for (int k = 0; k < 4; k++) {
      result.v[k] = F::of(left.v[k], right.v[k]);
    }
    reinterpret_cast<Four<R>*>(c)[i] = result;
  }
  for (unsigned i = n / 4 * 4 + firstElement(); i < n; i += gridStep()) {
    c[i] = F::of(a[i], b[i]);
  }
}

}  // namespace

#define STRIDED(name, F, suffix, T, R)                                                                   \
  extern "C" __global__ void __launch_bounds__(256) name##_##suffix(                                     \
      const __grid_constant__ Axes<3> axes, unsigned n, const T* a, const T* b, R* c) {                  \
    strided<F>(axes, n, a, b, c);                                                                        \
  }

// Leaves everything as it is when the operands were found to be outside the domain.
#define CHECKED(name, F, suffix, T)                                                                      \
  extern "C" __global__ void __launch_bounds__(256) name##_##suffix(                                     \
      const __grid_constant__ Axes<3> axes, unsigned n, const T* a, const T* b, T* c, const FaultWord* fault) { \
    if (!isFaulty(fault)) {                                                                              \
      strided<F>(axes, n, a, b, c);                                                                      \
    }                                                                                                    \
  }

#define FLAT(name, F, R)                                                                                 \
  extern "C" __global__ void __launch_bounds__(256)                                                      \
      name##_f32_flat(unsigned n, const float* a, const float* b, R* c) {                                \
    flat<F>(n, a, b, c);                                                                                 \
  }

#define ARITHMETIC(name, F)             \
  STRIDED(name, F, f32, float, float)   \
  STRIDED(name, F, f64, double, double) \
  FLAT(name, F, float)

#define TOTAL(name, F)                        \
  ARITHMETIC(name, F)                         \
  STRIDED(name, F, i32, int, int)             \
  STRIDED(name, F, i64, long long, long long) \
  STRIDED(name, F, bool, Bool, Bool)

#define PARTIAL(name, F)          \
  CHECKED(name, F, i32, int)      \
  CHECKED(name, F, i64, long long) \
  CHECKED(name, F, bool, Bool)

#define COMPARISON(name, F)              \
  STRIDED(name, F, f32, float, Bool)     \
  STRIDED(name, F, f64, double, Bool)    \
  STRIDED(name, F, i32, int, Bool)       \
  STRIDED(name, F, i64, long long, Bool) \
  STRIDED(name, F, bool, Bool, Bool)     \
  FLAT(name, F, Bool)

TOTAL(add, Add)
TOTAL(sub, Sub)
TOTAL(mul, Mul)
TOTAL(max, Max)
TOTAL(min, Min)
ARITHMETIC(div, Div)
PARTIAL(div, Div)
STRIDED(pow, Pow, f32, float, float)
FLAT(pow, Pow, float)
PARTIAL(pow, Pow)
COMPARISON(equal, Equal)
COMPARISON(not_equal, NotEqual)
COMPARISON(less, Less)
COMPARISON(less_or_equal, LessOrEqual)

// Where an integer is divided by zero: the place, and what is divided.
#define DIVISION_DOMAIN(suffix, T)                                                                       \
  extern "C" __global__ void __launch_bounds__(256) check_div_##suffix(                                  \
      const __grid_constant__ Axes<2> axes, unsigned n, const T* a, const T* b, FaultWord* fault) {      \
    for (unsigned i = firstElement(); i < n; i += gridStep()) {                                          \
      Places<2> places = locate(axes, i);                                                                \
      if (b[places.at[1]] == 0) {                                                                        \
        reportFault(fault, i, a[places.at[0]]);                                                          \
      }                                                                                                  \
    }                                                                                                    \
  }

// Where zero is raised to a negative power: the place, and the power.
#define POWER_DOMAIN(suffix, T)                                                                          \
  extern "C" __global__ void __launch_bounds__(256) check_pow_##suffix(                                  \
      const __grid_constant__ Axes<2> axes, unsigned n, const T* a, const T* b, FaultWord* fault) {      \
    for (unsigned i = firstElement(); i < n; i += gridStep()) {                                          \
      Places<2> places = locate(axes, i);                                                                \
      if (a[places.at[0]] == 0 && b[places.at[1]] < 0) {                                                 \
        reportFault(fault, i, b[places.at[1]]);                                                          \
      }                                                                                                  \
    }                                                                                                    \
  }

DIVISION_DOMAIN(i32, int)
DIVISION_DOMAIN(i64, long long)
DIVISION_DOMAIN(bool, Bool)
POWER_DOMAIN(i32, int)
POWER_DOMAIN(i64, long long)
