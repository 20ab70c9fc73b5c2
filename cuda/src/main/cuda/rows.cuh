// Rows of contiguous matrices, each shared by the lanes of a warp or of a whole block.
//
// Lane l of a row has the columns 4 (l + lanes k) and the three after it, for k = 0, 1, ...; lanes are then joined by a
// fixed tree. So the bits of a sum depend on the number of columns alone: not on how many rows there are, nor on whether
// four columns are moved by one instruction (aligned rows) or one by one.
#pragma once

#include "arithmetic.cuh"
#include "axes.cuh"

constexpr int ROW_THREADS = 256;
constexpr int WARP = 32;
constexpr unsigned ALL_LANES = 0xffffffffu;

// Whether rows of so many columns, which begin at these addresses, are all aligned to four columns.
template <class... Pointer>
__device__ __forceinline__ bool inFours(int columns, Pointer... rows) {
  return (((unsigned long long)columns * sizeof(float) | ... | (unsigned long long)rows) % sizeof(Four<float>)) == 0;
}

// Four columns of a row from `column` on, with `beyond` where the row has ended.
__device__ __forceinline__ Four<float> loadFour(const float* row, int column, int columns, bool fours, float beyond) {
  Four<float> four;
  if (fours) {
    four = *reinterpret_cast<const Four<float>*>(row + column);
  } else {
#pragma unroll
    for (int i = 0; i < 4; i++) {
      four.v[i] = column + i < columns ? row[column + i] : beyond;
    }
  }
  return four;
}

__device__ __forceinline__ void storeFour(float* row, int column, int columns, bool fours, const Four<float>& four) {
  if (fours) {
    *reinterpret_cast<Four<float>*>(row + column) = four;
  } else {
#pragma unroll
    for (int i = 0; i < 4; i++) {
      if (column + i < columns) {
        row[column + i] = four.v[i];
      }
    }
  }
}

// The row with which this thread begins, and how far the next one is: a block has as many rows as it has groups of LANES.
template <int LANES>
__device__ __forceinline__ int firstRow() {
  return blockIdx.x * (ROW_THREADS / LANES) + threadIdx.x / LANES;
}

template <int LANES>
__device__ __forceinline__ int rowStep() {
  return gridDim.x * (ROW_THREADS / LANES);
}

// Calls f(k, column) for each four columns of this lane. With QUADS > 0 there are at most so many, and the loop is
// unrolled, so that arrays indexed by k stay in registers.
template <int LANES, int QUADS, class F>
__device__ __forceinline__ void eachFour(int columns, F f) {
  int column = threadIdx.x % LANES * 4;
  if constexpr (QUADS > 0) {
#pragma unroll
    for (int k = 0; k < QUADS; k++, column += 4 * LANES) {
      if (column < columns) {
        f(k, column);
      }
    }
  } else {
#pragma unroll 1
    for (; column < columns; column += 4 * LANES) {
      f(0, column);
    }
  }
}

// This lane's part of a row. With QUADS > 0 it is read once and kept in registers; a longer row (QUADS = 0) is read
// again by each pass, from the caches if they hold it.
template <int LANES, int QUADS>
struct Row {
  const float* row;
  int columns;
  bool fours;
  float beyond;
  Four<float> kept[QUADS > 0 ? QUADS : 1];

  __device__ __forceinline__ Row(const float* row, int columns, bool fours, float beyond)
      : row(row), columns(columns), fours(fours), beyond(beyond) {
    if constexpr (QUADS > 0) {
      eachFour<LANES, QUADS>(columns, [&](int k, int column) { kept[k] = load(column); });
    }
  }

  __device__ __forceinline__ Four<float> load(int column) const { return loadFour(row, column, columns, fours, beyond); }

  __device__ __forceinline__ Four<float> at(int k, int column) const {
    if constexpr (QUADS > 0) {
      return kept[k];
    } else {
      return load(column);
    }
  }

  // Calls f(column, four) for each four columns of this lane.
  template <class F>
  __device__ __forceinline__ void each(F f) const {
    eachFour<LANES, QUADS>(columns, [&](int k, int column) { f(column, at(k, column)); });
  }
};

// Joins a number of each lane of a row; all lanes get the result. Lanes exchange in pairs, then warps are joined in order.
template <int LANES, class F>
__device__ __forceinline__ float joinLanes(float value) {
#pragma unroll
  for (int distance = WARP / 2; distance > 0; distance /= 2) {
    value = F::of(value, __shfl_xor_sync(ALL_LANES, value, distance));
  }
  if constexpr (LANES > WARP) {
    __shared__ float warps[LANES / WARP];
    __syncthreads();  // what the call before wrote has been read by all
    if (threadIdx.x % WARP == 0) {
      warps[threadIdx.x / WARP] = value;
    }
    __syncthreads();
    value = warps[0];
#pragma unroll
    for (int warp = 1; warp < LANES / WARP; warp++) {
      value = F::of(value, warps[warp]);
    }
  }
  return value;
}

// The largest element of a row, and the sum of e^(element - largest).
struct Peak {
  float largest;
  float sum;
};

__device__ __forceinline__ float largestOf(const Four<float>& x) {
  return Max::of(Max::of(x.v[0], x.v[1]), Max::of(x.v[2], x.v[3]));
}

__device__ __forceinline__ float sumOf(const Four<float>& x) {
  return (x.v[0] + x.v[1]) + (x.v[2] + x.v[3]);
}

__device__ __forceinline__ float sumOfExp(const Four<float>& x, float largest) {
  return (expf(x.v[0] - largest) + expf(x.v[1] - largest)) + (expf(x.v[2] - largest) + expf(x.v[3] - largest));
}

// Of a row that is minus infinity beyond its end. A row that is kept is looked at twice. Of a longer one, which would have
// to be read twice, each lane adds up relative to the largest that it has seen so far (Milakov, Gimelshein 2018).
template <int LANES, int QUADS>
__device__ __forceinline__ Peak peakOf(const Row<LANES, QUADS>& row) {
  const float lowest = Extremes<float>::smallest();
  float largest = lowest;
  float sum = 0;
  if constexpr (QUADS > 0) {
    row.each([&](int, const Four<float>& x) { largest = Max::of(largest, largestOf(x)); });
    largest = joinLanes<LANES, Max>(largest);
    row.each([&](int, const Four<float>& x) { sum += sumOfExp(x, largest); });
    return {largest, joinLanes<LANES, Add>(sum)};
  } else {
    row.each([&](int, const Four<float>& x) {
      float higher = Max::of(largest, largestOf(x));
      if (higher != lowest) {  // else e^(-infinity + infinity) would be NaN
        sum = (higher == largest ? sum : sum * expf(largest - higher)) + sumOfExp(x, higher);
        largest = higher;
      }
    });
    float all = joinLanes<LANES, Max>(largest);
    float mine = largest == lowest ? 0 : sum * expf(largest - all);
    return {all, joinLanes<LANES, Add>(mine)};
  }
}

// A kernel of rows in four versions: `_warp2` and `_warp8` for rows of up to 256 and 1024 columns, eight rows a block;
// `_block8` for up to 8192 columns, a block each; `_long` for any number.
#define ROW_KERNEL(name, version, PARAMETERS, call, LANES, QUADS) \
  extern "C" __global__ void __launch_bounds__(256) name##_##version PARAMETERS { call(LANES, QUADS); }
#define ROW_KERNELS(name, PARAMETERS, call)             \
  ROW_KERNEL(name, warp2, PARAMETERS, call, 32, 2)      \
  ROW_KERNEL(name, warp8, PARAMETERS, call, 32, 8)      \
  ROW_KERNEL(name, block8, PARAMETERS, call, 256, 8)    \
  ROW_KERNEL(name, long, PARAMETERS, call, 256, 0)
