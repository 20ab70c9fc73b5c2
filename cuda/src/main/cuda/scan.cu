// Running sums along an axis. The definition is ReferenceAlong: each sum is carried in double, in long for integers, and
// rounded when it is stored. A block takes a lane of the tensor piece by piece.
#include "arithmetic.cuh"
#include "axes.cuh"

namespace {

constexpr int THREADS = 256;

template <class A, class T>
__device__ T rounded(A sum) {
  return (T)sum;
}

template <>
__device__ Bool rounded<long long, Bool>(long long sum) {
  return sum != 0;
}

// Step `i` of the axis is `i` counted from the end when `reverse`.
template <class A, class T>
__device__ void scanAll(const Axes<2>& lanes, unsigned count, int length, int stepX, int stepOut, int reverse, const T* x,
                        T* out) {
  __shared__ A sums[2][THREADS];
  for (unsigned lane = blockIdx.x; lane < count; lane += gridDim.x) {
    Places<2> places = locate(lanes, lane);
    A carried = 0;
    for (int begin = 0; begin < length; begin += THREADS) {
      int i = begin + threadIdx.x;
      int step = reverse ? length - 1 - i : i;
      int from = 0;
      sums[0][threadIdx.x] = i < length ? (A)x[places.at[0] + step * stepX] : 0;
      __syncthreads();
      // After the round with distance d each place holds the sum of 2 d elements up to it (Hillis, Steele 1986).
      for (int distance = 1; distance < THREADS; distance *= 2) {
        A sum = sums[from][threadIdx.x];
        if (threadIdx.x >= distance) {
          sum = Add::of(sums[from][threadIdx.x - distance], sum);
        }
        from ^= 1;
        sums[from][threadIdx.x] = sum;
        __syncthreads();
      }
      if (i < length) {
        out[places.at[1] + step * stepOut] = rounded<A, T>(Add::of(carried, sums[from][threadIdx.x]));
      }
      carried = Add::of(carried, sums[from][THREADS - 1]);
      __syncthreads();
    }
  }
}

}  // namespace

#define SCAN(suffix, T, A)                                                                               \
  extern "C" __global__ void __launch_bounds__(256)                                                      \
      cumulate_##suffix(const __grid_constant__ Axes<2> lanes, unsigned count, int length, int stepX,    \
                        int stepOut, int reverse, const T* x, T* out) {                                  \
    scanAll<A>(lanes, count, length, stepX, stepOut, reverse, x, out);                                   \
  }

SCAN(f32, float, double)
SCAN(f64, double, double)
SCAN(i32, int, long long)
SCAN(i64, long long, long long)
SCAN(bool, Bool, long long)
