// Reading and adding by index. The definitions are ReferenceIndexing and ReferenceAlong.
//
// Scattering must add the values of each destination in ascending order. So the indices of each lane were sorted, stably:
// the thread that finds the first of equal ones takes all of them, in their order.
#include "arithmetic.cuh"
#include "axes.cuh"
#include "faults.cuh"

namespace {

// y = x[.., index, ..]: x is walked without its axis, whose step is given; each index serves `each` elements in the
// numbering of errors.
template <class T, class I>
__device__ void gatherAll(const Axes<3>& axes, unsigned n, unsigned each, int size, int step, const T* x,
                          const I* indices, T* y, FaultWord* fault) {
  for (unsigned i = firstElement(); i < n; i += gridStep()) {
    Places<3> places = locate(axes, i);
    long long index = indices[places.at[1]];
    if (index < 0 || index >= size) {
      reportFault(fault, i / each, index);
    } else {
      y[places.at[2]] = x[places.at[0] + (int)index * step];
    }
  }
}

template <class I>
__device__ void checkAll(const Axes<1>& axes, unsigned n, int size, const I* indices, FaultWord* fault) {
  for (unsigned i = firstElement(); i < n; i += gridStep()) {
    long long index = indices[locate(axes, i).at[0]];
    if (index < 0 || index >= size) {
      reportFault(fault, i, index);
    }
  }
}

// How far apart neighbours along the axis are.
struct Steps {
  int values;
  int indices;
  int out;
};

// out[.., index, ..] op= value. A thread takes one of `length` places in the sorted order of one of `lanes` lanes; lanes
// that share their indices share their order: lane l has number l / sharing.
template <class F, class T, class I>
__device__ void scatterAll(const Axes<3>& axes, unsigned lanes, unsigned length, unsigned sharing, Steps step,
                           int afresh, const T* values, const I* indices, const long long* order, T* out,
                           const FaultWord* fault) {
  if (isFaulty(fault)) {
    return;
  }
  unsigned n = lanes * length;
  for (unsigned i = firstElement(); i < n; i += gridStep()) {
    unsigned lane = i % lanes;
    unsigned sorted = i / lanes;
    Places<3> places = locate(axes, lane);
    const long long* of = order + (long long)(lane / sharing) * length;
    const I* own = indices + places.at[1];
    long long index = own[of[sorted] * step.indices];
    if (sorted > 0 && own[of[sorted - 1] * step.indices] == index) {
      continue;
    }
    T* to = out + places.at[2] + index * step.out;
    const T* from = values + places.at[0];
    T result = afresh ? from[of[sorted] * step.values] : F::of(*to, from[of[sorted] * step.values]);
    for (unsigned next = sorted + 1; next < length && own[of[next] * step.indices] == index; next++) {
      result = F::of(result, from[of[next] * step.values]);
    }
    *to = result;
  }
}

}  // namespace

#define GATHER(bits, T, suffix, I)                                                                       \
  extern "C" __global__ void __launch_bounds__(256)                                                      \
      gather_##bits##_##suffix(const __grid_constant__ Axes<3> axes, unsigned n, unsigned each, int size, \
                               int step, const T* x, const I* indices, T* y, FaultWord* fault) {         \
    gatherAll(axes, n, each, size, step, x, indices, y, fault);                                          \
  }

#define BY_INDEX(suffix, I)                                                                              \
  GATHER(8, unsigned char, suffix, I)                                                                    \
  GATHER(16, unsigned short, suffix, I)                                                                  \
  GATHER(32, unsigned, suffix, I)                                                                        \
  GATHER(64, unsigned long long, suffix, I)                                                              \
  extern "C" __global__ void __launch_bounds__(256)                                                      \
      check_##suffix(const __grid_constant__ Axes<1> axes, unsigned n, int size, const I* indices, FaultWord* fault) { \
    checkAll(axes, n, size, indices, fault);                                                             \
  }

BY_INDEX(i32, int)
BY_INDEX(i64, long long)

#define SCATTER(name, F, suffix, T, indexSuffix, I)                                                      \
  extern "C" __global__ void __launch_bounds__(256) name##_##suffix##_##indexSuffix(                     \
      const __grid_constant__ Axes<3> axes, unsigned lanes, unsigned length, unsigned sharing,           \
      int stepValues, int stepIndices, int stepOut, int afresh, const T* values, const I* indices,       \
      const long long* order, T* out, const FaultWord* fault) {                                          \
    scatterAll<F>(axes, lanes, length, sharing, {stepValues, stepIndices, stepOut}, afresh, values, indices, order, out, \
                  fault);                                                                                \
  }

#define SCATTER_BY(suffix, T, indexSuffix, I)            \
  SCATTER(sum, Add, suffix, T, indexSuffix, I)           \
  SCATTER(prod, Mul, suffix, T, indexSuffix, I)          \
  SCATTER(max, Max, suffix, T, indexSuffix, I)           \
  SCATTER(min, Min, suffix, T, indexSuffix, I)

#define SCATTER_OF(suffix, T)           \
  SCATTER_BY(suffix, T, i32, int)       \
  SCATTER_BY(suffix, T, i64, long long)

SCATTER_OF(f32, float)
SCATTER_OF(f64, double)
SCATTER_OF(i32, int)
SCATTER_OF(i64, long long)
SCATTER(sum, Add, bool, Bool, i32, int)
SCATTER(sum, Add, bool, Bool, i64, long long)

// The gradient of a table from the gradients of its rows that were looked up. A block has one place of the sorted order; the
// first place of each index gets the sum of its rows, in their order, the others get zeros.
extern "C" __global__ void __launch_bounds__(256)
    sum_by_index(unsigned count, unsigned width, const int* indices, const long long* order, const float* dy, int* rows,
                 float* values) {
  for (unsigned sorted = blockIdx.x; sorted < count; sorted += gridDim.x) {
    int row = indices[order[sorted]];
    bool first = sorted == 0 || indices[order[sorted - 1]] != row;
    if (threadIdx.x == 0) {
      rows[sorted] = row;
    }
    unsigned end = sorted + 1;
    while (first && end < count && indices[order[end]] == row) {
      end++;
    }
    for (unsigned column = threadIdx.x; column < width; column += blockDim.x) {
      float sum = 0;
      for (unsigned next = sorted; first && next < end; next++) {
        sum += dy[order[next] * width + column];
      }
      values[(long long)sorted * width + column] = sum;
    }
  }
}
