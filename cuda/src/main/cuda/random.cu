// Random numbers by place: the generator Philox 4x32-10 (Salmon, Moraes, Dror, Shaw 2011) and the bits that the class
// Philox in Java gives: the same operations in double, none of them contracted.
#include "axes.cuh"
#include "convert.cuh"

namespace {

typedef unsigned long long Word64;

struct Words {
  unsigned v[4];
};

__device__ Words philox(Word64 seed, Word64 stream, Word64 block) {
  unsigned c0 = (unsigned)block;
  unsigned c1 = (unsigned)(block >> 32);
  unsigned c2 = (unsigned)stream;
  unsigned c3 = (unsigned)(stream >> 32);
  unsigned k0 = (unsigned)seed;
  unsigned k1 = (unsigned)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    Word64 p0 = (Word64)0xD2511F53u * c0;
    Word64 p1 = (Word64)0xCD9E8D57u * c2;
    c0 = (unsigned)(p1 >> 32) ^ c1 ^ k0;
    c2 = (unsigned)(p0 >> 32) ^ c3 ^ k1;
    c1 = (unsigned)p1;
    c3 = (unsigned)p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}

// Word `place` of four, without an array that is indexed.
__device__ unsigned choose(const Words& words, unsigned place) {
  unsigned low = place & 1 ? words.v[1] : words.v[0];
  unsigned high = place & 1 ? words.v[3] : words.v[2];
  return place & 2 ? high : low;
}

// The logarithm of a positive normal number as 2 artanh((m - 1) / (m + 1)) + e log 2.
__device__ double seriesLog(double x) {
  long long bits = __double_as_longlong(x);
  long long exponent = (bits - 0x3FE6A09E667F3BCDll) >> 52;
  double m = __longlong_as_double(bits - (exponent << 52));
  double s = (m - 1) / (m + 1);
  double z = s * s;
  double sum = 1 / 15.0 + z / 17;
  sum = 1 / 13.0 + z * sum;
  sum = 1 / 11.0 + z * sum;
  sum = 1 / 9.0 + z * sum;
  sum = 1 / 7.0 + z * sum;
  sum = 1 / 5.0 + z * sum;
  sum = 1 / 3.0 + z * sum;
  sum = 1 + z * sum;
  return 2 * s * sum + exponent * 0.6931471805599453;
}

// Box and Muller's (1958) cosine number of two words, or the sine one.
__device__ double normal(unsigned first, unsigned second, bool sine) {
  double radius = sqrt(-2 * seriesLog((first + 0.5) * 0x1p-32));
  // The turn in quarters, the nearest of them, and what is left.
  unsigned quarter = (second + 0x20000000u) >> 30;
  double angle = (int)(second - (quarter << 30)) * (0x1p-31 * 3.141592653589793);
  double z = angle * angle;
  double trig;
  if ((quarter & 1) == (sine ? 1u : 0u)) {
    double sum = 1 / 479001600.0 - z / 87178291200.0;
    sum = -1 / 3628800.0 + z * sum;
    sum = 1 / 40320.0 + z * sum;
    sum = -1 / 720.0 + z * sum;
    sum = 1 / 24.0 + z * sum;
    sum = -1 / 2.0 + z * sum;
    trig = 1 + z * sum;
  } else {
    double sum = -1 / 39916800.0 + z / 6227020800.0;
    sum = 1 / 362880.0 + z * sum;
    sum = -1 / 5040.0 + z * sum;
    sum = 1 / 120.0 + z * sum;
    sum = -1 / 6.0 + z * sum;
    trig = angle * (1 + z * sum);
  }
  bool negative = sine ? quarter >= 2 : quarter == 1 || quarter == 2;
  return radius * (negative ? -trig : trig);
}

struct Uniform {
  static __device__ float of(const Words& words, unsigned place) { return (choose(words, place) >> 8) * 0x1p-24f; }
};

struct Normal {
  static __device__ double of(const Words& words, unsigned place) {
    return normal(choose(words, place & 2), choose(words, place | 1), place & 1);
  }
};

template <class F, class T>
__device__ void fillRandom(const Axes<1>& axes, unsigned n, Word64 seed, Word64 stream, Word64 position, T* y) {
  for (unsigned i = firstElement(); i < n; i += gridStep()) {
    Word64 number = position + i;
    y[locate(axes, i).at[0]] = Convert<T>::from(F::of(philox(seed, stream, number >> 2), (unsigned)number & 3));
  }
}

}  // namespace

#define RANDOM(name, F, suffix, T)                                                                       \
  extern "C" __global__ void __launch_bounds__(256)                                                      \
      name##_##suffix(const __grid_constant__ Axes<1> axes, unsigned n, Word64 seed, Word64 stream,      \
                      Word64 position, T* y) {                                                           \
    fillRandom<F>(axes, n, seed, stream, position, y);                                                   \
  }

#define RANDOM_IN(suffix, T)        \
  RANDOM(uniform, Uniform, suffix, T) \
  RANDOM(normal, Normal, suffix, T)

RANDOM_IN(f32, float)
RANDOM_IN(f64, double)
RANDOM_IN(f16, Half)
RANDOM_IN(bf16, Bfloat)
