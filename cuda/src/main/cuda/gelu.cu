// Gaussian error linear units and their gradients. The definition is ReferenceGelu.
#include "rows.cuh"

namespace {

struct Slope {
  float cdf;
  float density;
};

// The normal distribution function and its density.
struct Exact {
  // Not through erff, which would leave no digits of the tail.
  static __device__ float cdf(float x) { return normcdff(x); }

  static __device__ Slope slope(float x) {
    float square = x * x;
    // What rounding took from the square, which the exponential would magnify.
    float rest = fmaf(x, x, -square);
    float density = expf(-0.5f * square) * 0.3989422804014327f;
    return {cdf(x), density == 0 ? 0 : fmaf(-0.5f * rest, density, density)};
  }
};

// (1 + tanh u) / 2 = sigmoid(2 u) with u = sqrt(2 / pi) (x + 0.044715 x^3): keeps its digits where tanh is close to -1.
struct Approximate {
  static constexpr float TWICE = 2 * 0.7978845608028654f;
  static constexpr float CUBIC = 0.044715f;

  static __device__ float cdf(float x) {
    float u = TWICE * fmaf(CUBIC * x * x, x, x);
    float e = expf(-fabsf(u));
    return (u >= 0 ? 1 : e) / (1 + e);
  }

  static __device__ Slope slope(float x) {
    float u = TWICE * fmaf(CUBIC * x * x, x, x);
    float e = expf(-fabsf(u));
    float rest = 1 / (1 + e);
    // cdf (1 - cdf), where 1 - cdf is never a difference.
    float product = e * rest * rest;
    return {(u >= 0 ? 1 : e) * rest, product == 0 ? 0 : product * TWICE * fmaf(3 * CUBIC * x, x, 1.f)};
  }
};

template <class Cdf>
struct Forward {
  static __device__ float of(float x, float) { return x * Cdf::cdf(x); }
};

template <class Cdf>
struct Backward {
  static __device__ float of(float x, float dy) {
    Slope slope = Cdf::slope(x);
    // Far out the density is 0 and outweighs any x, even an infinite one.
    return dy * (slope.density == 0 ? slope.cdf : fmaf(x, slope.density, slope.cdf));
  }
};

// y = f(x, g), four elements at a time where all are aligned; y may be x or g. Without a gradient g is null.
template <class F, bool GRADIENT>
__device__ void apply(unsigned n, const float* x, const float* g, float* y) {
  unsigned quads = inFours(4, x, g, y) ? n / 4 : 0;
  for (unsigned i = firstElement(); i < quads; i += gridStep()) {
    Four<float> in = reinterpret_cast<const Four<float>*>(x)[i];
    Four<float> out = in;
    if (GRADIENT) {
      out = reinterpret_cast<const Four<float>*>(g)[i];
    }
#pragma unroll
    for (int k = 0; k < 4; k++) {
      out.v[k] = F::of(in.v[k], out.v[k]);
    }
    reinterpret_cast<Four<float>*>(y)[i] = out;
  }
  for (unsigned i = 4 * quads + firstElement(); i < n; i += gridStep()) {
    y[i] = F::of(x[i], GRADIENT ? g[i] : 0);
  }
}

}  // namespace

#define GELU(name, Cdf)                                                                                  \
  extern "C" __global__ void __launch_bounds__(256) name(unsigned n, const float* x, float* y) {         \
    apply<Forward<Cdf>, false>(n, x, nullptr, y);                                                        \
  }                                                                                                      \
  extern "C" __global__ void __launch_bounds__(256)                                                      \
      name##_backward(unsigned n, const float* x, const float* dy, float* dx) {                          \
    apply<Backward<Cdf>, true>(n, x, dy, dx);                                                            \
  }

GELU(gelu, Exact)
GELU(gelu_tanh, Approximate)
