// Products of matrices in bfloat16 with sums in single precision, on tensor cores (capability 8.0): mma.sync.m16n8k16 and
// ldmatrix, as "Warp Level Matrix Instructions" of NVIDIA's PTX manual lays out their fragments.
//
// A warp has 16 rows of a product. With group = lane / 4 and pair = lane % 4, a thread holds of each eight columns of sums
// the columns 2 pair and 2 pair + 1, of the row `group` in the first two registers and of the row group + 8 in the others.
#pragma once

#include "attention.cuh"

constexpr int WARP = 32;

// Rows that a warp has, and columns of one instruction's sums.
constexpr int WARP_ROWS = 16;
constexpr int COLUMNS = 8;

// What one instruction adds up: columns of the left factor, rows of the right one.
constexpr int DEPTH = 16;

typedef unsigned short Bfloat16;  // its bits

// Softmax is computed by powers of two.
constexpr float LOG2_E = 1.4426950408889634f;
constexpr float LN_2 = 0.6931471805599453f;

// A row of a tile: eight columns more than there are, so that the eight rows which ldmatrix reads at once begin in
// different banks.
template <int DIM>
struct alignas(16) RoundedRow {
  Bfloat16 at[DIM + 8];
};

// Two numbers rounded to the nearest, the first in the low half.
__device__ __forceinline__ unsigned roundedPair(float low, float high) {
  unsigned pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
  return pair;
}

// 2^x within two units of the last digit: far more than bfloat16 has.
__device__ __forceinline__ float powerOfTwo(float x) {
  float power;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(x));
  return power;
}

// Copies `rows` rows and `columns` columns of a matrix into a tile of ROWS rows and DIM columns, rounded; the rest becomes
// 0, which adds nothing to any product.
template <int ROWS, int DIM>
__device__ __forceinline__ void loadRounded(RoundedRow<DIM>* tile, const float* from, int step, int rows,
                                            int columns, bool quads) {
  for (int i = threadIdx.x; i < ROWS * (DIM / 4); i += blockDim.x) {
    int row = i / (DIM / 4);
    int column = i % (DIM / 4) * 4;
    Quad quad = {};
    if (row < rows) {
      quad = loadQuad(from + (long long)row * step, column, columns, quads);
    }
    uint2 rounded = {roundedPair(quad.v[0], quad.v[1]), roundedPair(quad.v[2], quad.v[3])};
    *reinterpret_cast<uint2*>(&tile[row].at[column]) = rounded;
  }
}

// Four matrices of eight rows and columns: each lane names a row of one, lanes 8 m to 8 m + 7 those of matrix m.
__device__ __forceinline__ void loadMatrices(unsigned (&words)[4], const Bfloat16* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3])
               : "r"((unsigned)__cvta_generic_to_shared(row))
               : "memory");
}

__device__ __forceinline__ void loadTransposed(unsigned (&words)[4], const Bfloat16* row) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3])
               : "r"((unsigned)__cvta_generic_to_shared(row))
               : "memory");
}

// sums += left right, of 16 x 16 and 16 x 8.
__device__ __forceinline__ void multiply(float (&sums)[4], const unsigned (&left)[4], unsigned right0, unsigned right1) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
      : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "r"(right0), "r"(right1));
}

// The columns from 16 step on of 16 rows as a left factor: the rows from `first` on and, as the other eight, those from
// first + apart on.
template <int DIM>
__device__ __forceinline__ void loadLeft(unsigned (&left)[4], const RoundedRow<DIM>* tile, int first,
                                         int apart, int step) {
  int lane = threadIdx.x % WARP;
  loadMatrices(left, &tile[first + lane % 8 + lane / 8 % 2 * apart].at[DEPTH * step + lane / 16 * 8]);
}

// The 16 columns from 16 step on of left rows, times those of the ROWS rows of a tile: sums of left tile'.
template <int ROWS, int DIM>
__device__ __forceinline__ void addRowProducts(float (&sums)[ROWS / COLUMNS][4], const unsigned (&left)[4],
                                               const RoundedRow<DIM>* tile, int step) {
  int lane = threadIdx.x % WARP;
#pragma unroll
  for (int n = 0; n < ROWS / COLUMNS; n += 2) {
    unsigned right[4];
    loadMatrices(right, &tile[COLUMNS * n + lane % 8 + lane / 16 * 8].at[DEPTH * step + lane / 8 % 2 * 8]);
    multiply(sums[n], left, right[0], right[1]);
    multiply(sums[n + 1], left, right[2], right[3]);
  }
}

// sums += weights tile, with weights as the sums of another product hold them: they are rounded here.
template <int ROWS, int DIM>
__device__ __forceinline__ void addWeightedRows(float (&sums)[DIM / COLUMNS][4],
                                                const float (&weights)[ROWS / COLUMNS][4],
                                                const RoundedRow<DIM>* tile) {
  int lane = threadIdx.x % WARP;
#pragma unroll
  for (int step = 0; step < ROWS / DEPTH; step++) {
    const float(&low)[4] = weights[2 * step];
    const float(&high)[4] = weights[2 * step + 1];
    unsigned left[4] = {roundedPair(low[0], low[1]), roundedPair(low[2], low[3]), roundedPair(high[0], high[1]),
                        roundedPair(high[2], high[3])};
#pragma unroll
    for (int n = 0; n < DIM / COLUMNS; n += 2) {
      unsigned right[4];
      loadTransposed(right, &tile[DEPTH * step + lane % 8 + lane / 8 % 2 * 8].at[COLUMNS * n + lane / 16 * 8]);
      multiply(sums[n], left, right[0], right[1]);
      multiply(sums[n + 1], left, right[2], right[3]);
    }
  }
}

// Joins the four lanes that share a row; all get the result.
__device__ __forceinline__ float joinPairs(float x) {
  x += __shfl_xor_sync(WHOLE_WARP, x, 1);
  return x + __shfl_xor_sync(WHOLE_WARP, x, 2);
}

__device__ __forceinline__ float largestOfPairs(float x) {
  x = fmaxf(x, __shfl_xor_sync(WHOLE_WARP, x, 1));
  return fmaxf(x, __shfl_xor_sync(WHOLE_WARP, x, 2));
}

// Stores what a thread has of one row of sums, times a factor: registers `at` and at + 1 of each eight columns.
template <int DIM>
__device__ __forceinline__ void storeRow(float* row, const float (&sums)[DIM / COLUMNS][4], int at, float factor,
                                         int columns, bool quads) {
  int pair = threadIdx.x % 4;
#pragma unroll
  for (int n = 0; n < DIM / COLUMNS; n++) {
    int column = COLUMNS * n + 2 * pair;
    float2 two = {sums[n][at] * factor, sums[n][at + 1] * factor};
    if (quads && column < columns) {
      *reinterpret_cast<float2*>(row + column) = two;
    } else if (!quads) {
      if (column < columns) {
        row[column] = two.x;
      }
      if (column + 1 < columns) {
        row[column + 1] = two.y;
      }
    }
  }
}
