// Layer norm and RMS norm along the last axis, and their gradients. The definitions are ReferenceLayerNorm and
// ReferenceRmsNorm: RMS norm is layer norm with a mean of 0 and without a bias.
#include "rows.cuh"

namespace {

// The rows whose parts of the gradients of weight and bias are added up first; then these sums are, in order.
constexpr int BLOCK_ROWS = 64;

// y = (x - mean) rstd weight + bias.
template <int LANES, int QUADS, bool CENTRED>
__device__ void norm(int rows, int columns, float eps, const float* x, const float* weight, const float* bias, float* y,
                     float* means, float* rstds) {
  bool fours = inFours(columns, x, weight, bias, y);
  for (int r = firstRow<LANES>(); r < rows; r += rowStep<LANES>()) {
    long long begin = (long long)r * columns;
    Row<LANES, QUADS> row(x + begin, columns, fours, 0);
    float mean = 0;
    if (CENTRED) {
      float sum = 0;
      row.each([&](int, const Four<float>& four) { sum += sumOf(four); });
      mean = joinLanes<LANES, Add>(sum) / columns;
    }
    // In a second pass over the registers: the mean of squares minus the square of the mean would lose all digits of
    // rows that are far from zero.
    float squares = 0;
    row.each([&](int column, Four<float> four) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        float centred = column + i < columns ? four.v[i] - mean : 0;
        squares = fmaf(centred, centred, squares);
      }
    });
    float rstd = 1 / sqrtf(joinLanes<LANES, Add>(squares) / columns + eps);
    row.each([&](int column, Four<float> four) {
      Four<float> w = loadFour(weight, column, columns, fours, 0);
      Four<float> b = {};
      if (CENTRED) {
        b = loadFour(bias, column, columns, fours, 0);
      }
#pragma unroll
      for (int i = 0; i < 4; i++) {
        four.v[i] = fmaf((four.v[i] - mean) * rstd, w.v[i], b.v[i]);
      }
      storeFour(y + begin, column, columns, fours, four);
    });
    if (threadIdx.x % LANES == 0) {
      rstds[r] = rstd;
      if (CENTRED) {
        means[r] = mean;
      }
    }
  }
}

// What a backward pass reads and writes.
struct Backward {
  const float* dy;
  const float* x;
  const float* means;
  const float* rstds;
  const float* weight;
  float* dx;
  float* dweights;  // [blocks, columns]
  float* dbiases;   // [blocks, columns]
};

// With h = (x - mean) rstd and g = dy weight: dx = rstd (g - mean of g - h mean of g h). Calls f(k, dy, h) for the
// elements of the row, for the other gradients.
template <int LANES, int QUADS, bool CENTRED, class F>
__device__ __forceinline__ void backwardRow(const Backward& b, int r, int columns, bool fours, F f) {
  long long begin = (long long)r * columns;
  Row<LANES, QUADS> in(b.x + begin, columns, fours, 0);
  Row<LANES, QUADS> gradient(b.dy + begin, columns, fours, 0);
  float mean = CENTRED ? b.means[r] : 0;
  float rstd = b.rstds[r];
  float sumG = 0;
  float sumGh = 0;
  eachFour<LANES, QUADS>(columns, [&](int k, int column) {
    Four<float> d = gradient.at(k, column);
    Four<float> h = in.at(k, column);
    Four<float> w = loadFour(b.weight, column, columns, fours, 0);
#pragma unroll
    for (int i = 0; i < 4; i++) {
      h.v[i] = (h.v[i] - mean) * rstd;
      float g = d.v[i] * w.v[i];
      sumG += g;
      sumGh = fmaf(g, h.v[i], sumGh);
    }
    f(k, d, h);
  });
  float meanG = CENTRED ? joinLanes<LANES, Add>(sumG) / columns : 0;
  float meanGh = joinLanes<LANES, Add>(sumGh) / columns;
  eachFour<LANES, QUADS>(columns, [&](int k, int column) {
    Four<float> d = gradient.at(k, column);
    Four<float> x = in.at(k, column);
    Four<float> w = loadFour(b.weight, column, columns, fours, 0);
#pragma unroll
    for (int i = 0; i < 4; i++) {
      float h = (x.v[i] - mean) * rstd;
      d.v[i] = rstd * (fmaf(d.v[i], w.v[i], -meanG) - h * meanGh);
    }
    storeFour(b.dx + begin, column, columns, fours, d);
  });
}

// Adds up four columns of the eight warps of a block, in order, and stores the sums.
__device__ __forceinline__ void storeBlock(const Four<float>& mine, int from, int columns, float* out) {
  __shared__ Four<float> parts[ROW_THREADS / WARP][WARP];
  __syncthreads();
  parts[threadIdx.x / WARP][threadIdx.x % WARP] = mine;
  __syncthreads();
  if (threadIdx.x < 4 * WARP && from + threadIdx.x < columns) {
    float sum = 0;
#pragma unroll
    for (int warp = 0; warp < ROW_THREADS / WARP; warp++) {
      sum += parts[warp][threadIdx.x / 4].v[threadIdx.x % 4];
    }
    out[from + threadIdx.x] = sum;
  }
}

// All gradients of 64 rows a block: each warp takes every eighth of them and adds up its part of dweight and dbias in
// registers, so x and dy are read once. Few blocks are enough to keep the memory busy, because each lane has all loads of
// two rows under way at once.
template <int QUADS, bool CENTRED>
__device__ void normBackward(int rows, int columns, const Backward& b) {
  bool fours = inFours(columns, b.dy, b.x, b.weight, b.dx);
  Four<float> dweight[QUADS] = {};
  Four<float> dbias[QUADS] = {};
  int end = min((blockIdx.x + 1) * BLOCK_ROWS, rows);
  for (int r = blockIdx.x * BLOCK_ROWS + threadIdx.x / WARP; r < end; r += ROW_THREADS / WARP) {
    backwardRow<WARP, QUADS, CENTRED>(b, r, columns, fours, [&](int k, const Four<float>& d, const Four<float>& h) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        dweight[k].v[i] = fmaf(d.v[i], h.v[i], dweight[k].v[i]);
        dbias[k].v[i] += d.v[i];
      }
    });
  }
  long long out = (long long)blockIdx.x * columns;
#pragma unroll
  for (int k = 0; k < QUADS; k++) {
    storeBlock(dweight[k], k * 4 * WARP, columns, b.dweights + out);
    if (CENTRED) {
      storeBlock(dbias[k], k * 4 * WARP, columns, b.dbiases + out);
    }
  }
}

// dx alone, of rows that no warp can keep.
template <bool CENTRED>
__device__ void normBackwardLong(int rows, int columns, const Backward& b) {
  bool fours = inFours(columns, b.dy, b.x, b.weight, b.dx);
  for (int r = blockIdx.x; r < rows; r += gridDim.x) {
    backwardRow<ROW_THREADS, 0, CENTRED>(b, r, columns, fours, [](int, const Four<float>&, const Four<float>&) {});
  }
}

// dweight and dbias of 32 columns (blockIdx.x) in 64 rows (blockIdx.y), for rows that no warp can keep.
template <bool CENTRED>
__device__ void normWeightsLong(int rows, int columns, const Backward& b) {
  __shared__ float weights[ROW_THREADS / WARP][WARP];
  __shared__ float biases[ROW_THREADS / WARP][WARP];
  int lane = threadIdx.x % WARP;
  int warp = threadIdx.x / WARP;
  int column = blockIdx.x * WARP + lane;
  int end = min((blockIdx.y + 1) * BLOCK_ROWS, rows);
  float dweight = 0;
  float dbias = 0;
  for (int r = blockIdx.y * BLOCK_ROWS + warp; column < columns && r < end; r += ROW_THREADS / WARP) {
    long long at = (long long)r * columns + column;
    float d = b.dy[at];
    float h = (b.x[at] - (CENTRED ? b.means[r] : 0)) * b.rstds[r];
    dweight = fmaf(d, h, dweight);
    dbias += d;
  }
  weights[warp][lane] = dweight;
  biases[warp][lane] = dbias;
  __syncthreads();
  if (warp < (CENTRED ? 2 : 1) && column < columns) {
    float sum = 0;
#pragma unroll
    for (int w = 0; w < ROW_THREADS / WARP; w++) {
      sum += warp == 0 ? weights[w][lane] : biases[w][lane];
    }
    (warp == 0 ? b.dweights : b.dbiases)[(long long)blockIdx.y * columns + column] = sum;
  }
}

}  // namespace

#define LAYER_PARAMETERS                                                                                \
  (int rows, int columns, float eps, const float* x, const float* weight, const float* bias, float* y,  \
   float* mean, float* rstd)
#define LAYER_NORM(LANES, QUADS) norm<LANES, QUADS, true>(rows, columns, eps, x, weight, bias, y, mean, rstd)
ROW_KERNELS(layer_norm, LAYER_PARAMETERS, LAYER_NORM)

#define RMS_PARAMETERS (int rows, int columns, float eps, const float* x, const float* weight, float* y, float* rstd)
#define RMS_NORM(LANES, QUADS) \
  norm<LANES, QUADS, false>(rows, columns, eps, x, weight, nullptr, y, nullptr, rstd)
ROW_KERNELS(rms_norm, RMS_PARAMETERS, RMS_NORM)

#define BACKWARD(name, version, call, CENTRED)                                                              \
  extern "C" __global__ void __launch_bounds__(256) name##_backward_##version(                              \
      int rows, int columns, const float* dy, const float* x, const float* mean, const float* rstd,         \
      const float* weight, float* dx, float* dweights, float* dbiases) {                                    \
    call(rows, columns, Backward{dy, x, mean, rstd, weight, dx, dweights, dbiases});                        \
  }
#define BACKWARDS(name, CENTRED)                                           \
  BACKWARD(name, warp2, (normBackward<2, CENTRED>), CENTRED)               \
  BACKWARD(name, warp8, (normBackward<8, CENTRED>), CENTRED)               \
  BACKWARD(name, long, normBackwardLong<CENTRED>, CENTRED)                 \
  BACKWARD(name, weights_long, normWeightsLong<CENTRED>, CENTRED)

BACKWARDS(layer_norm, true)
BACKWARDS(rms_norm, false)

// Adds up the sums of all blocks of rows for 32 columns (blockIdx.x) of dweight or dbias (blockIdx.y): each warp takes
// every eighth of them, and the warps are added in order.
extern "C" __global__ void __launch_bounds__(256) add_blocks(int blocks, int columns, const float* dweights,
                                                             const float* dbiases, float* dweight, float* dbias) {
  __shared__ float parts[ROW_THREADS / WARP][WARP];
  const float* in = blockIdx.y == 0 ? dweights : dbiases;
  int lane = threadIdx.x % WARP;
  int warp = threadIdx.x / WARP;
  int column = blockIdx.x * WARP + lane;
  float sum = 0;
  for (int block = warp; column < columns && block < blocks; block += ROW_THREADS / WARP) {
    sum += in[(long long)block * columns + column];
  }
  parts[warp][lane] = sum;
  __syncthreads();
  if (warp == 0 && column < columns) {
    sum = 0;
#pragma unroll
    for (int w = 0; w < ROW_THREADS / WARP; w++) {
      sum += parts[w][lane];
    }
    (blockIdx.y == 0 ? dweight : dbias)[column] = sum;
  }
}
