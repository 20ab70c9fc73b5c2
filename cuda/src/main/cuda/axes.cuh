// How the elements of several views of one shape lie in memory. Written by the class Axes in Java, which drops axes of
// size 1 and joins neighbours that need not be apart.
#pragma once

constexpr int MOST_AXES = 8;

template <int VIEWS>
struct Axes {
  int rank;
  unsigned size[MOST_AXES];   // innermost first
  unsigned magic[MOST_AXES];  // x / size = (mulhi(x, magic) + x) >> shift (Granlund, Montgomery 1994)
  unsigned shift[MOST_AXES];
  int stride[VIEWS][MOST_AXES];
};

// Where an element lies in each view, counted from the view's first element.
template <int VIEWS>
struct Places {
  int at[VIEWS];
};

// The places of element number `i` in row-major order.
template <int VIEWS>
__device__ __forceinline__ Places<VIEWS> locate(const Axes<VIEWS>& axes, unsigned i) {
  Places<VIEWS> places = {};
  unsigned rest = i;
  // Not unrolled: the sizes come from the constant bank, which may be indexed, and need no registers.
#pragma unroll 1
  for (int axis = 0; axis < axes.rank; axis++) {
    unsigned outer = (__umulhi(rest, axes.magic[axis]) + rest) >> axes.shift[axis];
    int index = rest - outer * axes.size[axis];
    rest = outer;
#pragma unroll
    for (int view = 0; view < VIEWS; view++) {
      places.at[view] += index * axes.stride[view][axis];
    }
  }
  return places;
}

// The number of this thread in the grid, and of all threads: kernels take elements in steps of the grid.
__device__ __forceinline__ unsigned firstElement() {
  return blockIdx.x * blockDim.x + threadIdx.x;
}

__device__ __forceinline__ unsigned gridStep() {
  return gridDim.x * blockDim.x;
}

// Four neighbours, moved by one instruction.
template <class T>
struct alignas(4 * sizeof(T)) Four {
  T v[4];
};
