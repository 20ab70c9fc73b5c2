// Sequences of rows that lie one after another: sequence s owns the rows [offsets[s], offsets[s + 1]). The host does not
// know the offsets, and yet must say how many blocks there are.
#pragma once

#include "faults.cuh"

// Rows of one sequence that a block works on.
struct Tile {
  int sequence;  // -1 before the first sequence, `sequences` after the last
  int begin;     // rows of the sequence
  int end;
  int first;  // of the tile; at `end` or beyond when the tile is empty

  __device__ bool isOutside(int sequences) const { return sequence < 0 || sequence >= sequences; }
};

// Where stretch v begins: stretch 0 lies before the first sequence, stretch `sequences + 1` after the last.
__device__ __forceinline__ int edge(const int* offsets, int sequences, int rows, int v) {
  return v == 0 ? 0 : v <= sequences + 1 ? offsets[v - 1] : rows;
}

// Tile number `t` of at most rows / SIZE + sequences + 2, so many whatever the offsets are: stretch v begins with the tile
// edge(v) / SIZE + v, which leaves room for all tiles of the stretches before it. Some tiles are empty, all are when the
// offsets are wrong.
template <int SIZE>
__device__ __forceinline__ Tile tileOf(const int* offsets, int sequences, int rows, int t) {
  int low = 0;
  int high = sequences + 2;
  while (high - low > 1) {
    int middle = (low + high) / 2;
    if (edge(offsets, sequences, rows, middle) / SIZE + middle <= t) {
      low = middle;
    } else {
      high = middle;
    }
  }
  int begin = edge(offsets, sequences, rows, low);
  int end = edge(offsets, sequences, rows, low + 1);
  if (begin < 0 || end < begin || end > rows) {
    return {-1, 0, 0, 0};
  }
  return {low - 1, begin, end, begin + (t - (begin / SIZE + low)) * SIZE};
}

// The same for all threads of a block, of which one searches. Called by all of them.
template <int SIZE>
__device__ __forceinline__ Tile tileOfBlock(const int* offsets, int sequences, int rows, int t) {
  __shared__ Tile tile;
  __syncthreads();  // all have read the tile before
  if (threadIdx.x == 0) {
    tile = tileOf<SIZE>(offsets, sequences, rows, t);
  }
  __syncthreads();
  return tile;
}

// Reports the first offset that is below the one before it or beyond the rows; called by all threads of one block.
__device__ __forceinline__ void checkOffsets(const int* offsets, int sequences, int rows, FaultWord* fault) {
  for (int i = threadIdx.x; i <= sequences; i += blockDim.x) {
    int offset = offsets[i];
    if (offset < (i == 0 ? 0 : offsets[i - 1]) || offset > rows) {
      reportFault(fault, i, offset);
    }
  }
}
