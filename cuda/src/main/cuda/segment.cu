// Means of runs of rows, and their gradients. The definition is ReferenceSegmentMean.
#include "ragged.cuh"
#include "rows.cuh"

namespace {

constexpr int WARPS = ROW_THREADS / WARP;
constexpr int TILE = 32;

}  // namespace

// A block has 128 columns (blockIdx.x) of a segment (blockIdx.y); each warp adds up every eighth row, then the warps are
// added in order.
extern "C" __global__ void __launch_bounds__(256)
    segment_mean(int segments, int rows, int columns, const float* x, const int* offsets, float* y, FaultWord* fault) {
  __shared__ Four<float> parts[WARPS][WARP];
  if (blockIdx.x == 0 && blockIdx.y == 0) {
    checkOffsets(offsets, segments, rows, fault);
  }
  bool fours = inFours(columns, x, y);
  int lane = threadIdx.x % WARP;
  int warp = threadIdx.x / WARP;
  int column = (blockIdx.x * WARP + lane) * 4;
  for (int segment = blockIdx.y; segment < segments; segment += gridDim.y) {
    int begin = offsets[segment];
    int end = offsets[segment + 1];
    bool good = begin >= 0 && begin <= end && end <= rows;
    Four<float> sum = {};
    for (int row = begin + warp; good && row < end && column < columns; row += WARPS) {
      Four<float> four = loadFour(x + (long long)row * columns, column, columns, fours, 0);
#pragma unroll
      for (int i = 0; i < 4; i++) {
        sum.v[i] += four.v[i];
      }
    }
    __syncthreads();
    parts[warp][lane] = sum;
    __syncthreads();
    if (warp == 0 && column < columns) {
      for (int w = 1; w < WARPS; w++) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
          sum.v[i] += parts[w][lane].v[i];
        }
      }
#pragma unroll
      for (int i = 0; i < 4; i++) {
        sum.v[i] = end > begin ? sum.v[i] / (end - begin) : 0;
      }
      storeFour(y + (long long)segment * columns, column, columns, fours, sum);
    }
  }
}

// A block has 128 columns (blockIdx.x) of 32 rows of a segment (blockIdx.y); rows of no segment get 0.
extern "C" __global__ void __launch_bounds__(256)
    segment_mean_backward(int segments, int rows, int columns, int tiles, const float* dy, const int* offsets, float* dx,
                          FaultWord* fault) {
  if (blockIdx.x == 0 && blockIdx.y == 0) {
    checkOffsets(offsets, segments, rows, fault);
  }
  bool fours = inFours(columns, dy, dx);
  int column = (blockIdx.x * WARP + threadIdx.x % WARP) * 4;
  for (int t = blockIdx.y; t < tiles; t += gridDim.y) {
    Tile tile = tileOfBlock<TILE>(offsets, segments, rows, t);
    int row = tile.first + threadIdx.x / WARP;
    int end = min(tile.first + TILE, tile.end);
    if (row >= end || column >= columns) {
      continue;
    }
    Four<float> part = {};
    if (!tile.isOutside(segments)) {
      part = loadFour(dy + (long long)tile.sequence * columns, column, columns, fours, 0);
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
      part.v[i] /= tile.end - tile.begin;
    }
    for (; row < end; row += WARPS) {
      storeFour(dx + (long long)row * columns, column, columns, fours, part);
    }
  }
}
