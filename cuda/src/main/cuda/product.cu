// Matrix products that cuBLAS does not do: of integers, and in double. The definition is ReferenceMatmul: each element is
// one chain in increasing inner index that begins at its start. Single precision is cuBLAS's.
#include "arithmetic.cuh"
#include "axes.cuh"

namespace {

constexpr int TILE = 16;

// How far apart rows and columns are.
struct Steps {
  long long rows;
  long long columns;
};

template <class T>
__device__ T multiplyAdd(T a, T b, T sum) {
  return Add::of(Mul::of(a, b), sum);
}

template <>
__device__ double multiplyAdd(double a, double b, double sum) {
  return fma(a, b, sum);
}

// c = start + a b for the matrices at the places of blockIdx.z: of a, b, start, c.
template <class T>
__device__ void multiplyAll(const Axes<4>& batch, int m, int n, int k, Steps stepA, Steps stepB, Steps stepStart,
                            Steps stepC, const T* a, const T* b, const T* start, T* c) {
  __shared__ T tileA[TILE][TILE + 1];
  __shared__ T tileB[TILE][TILE + 1];
  Places<4> places = locate(batch, blockIdx.z);
  a += places.at[0];
  b += places.at[1];
  int i = blockIdx.y * TILE + threadIdx.y;
  int j = blockIdx.x * TILE + threadIdx.x;
  bool inside = i < m && j < n;
  T sum = 0;
  if (inside && start) {
    sum = start[places.at[2] + i * stepStart.rows + j * stepStart.columns];
  }
  for (int begin = 0; begin < k; begin += TILE) {
    int p = begin + threadIdx.x;
    int q = begin + threadIdx.y;
    tileA[threadIdx.y][threadIdx.x] = i < m && p < k ? a[i * stepA.rows + p * stepA.columns] : 0;
    tileB[threadIdx.y][threadIdx.x] = q < k && j < n ? b[q * stepB.rows + j * stepB.columns] : 0;
    __syncthreads();
    for (int t = 0; t < min(TILE, k - begin); t++) {
      sum = multiplyAdd(tileA[threadIdx.y][t], tileB[t][threadIdx.x], sum);
    }
    __syncthreads();
  }
  if (inside) {
    c[places.at[3] + i * stepC.rows + j * stepC.columns] = sum;
  }
}

}  // namespace

#define PRODUCT(suffix, T)                                                                               \
  extern "C" __global__ void __launch_bounds__(256)                                                      \
      multiply_##suffix(const __grid_constant__ Axes<4> batch, int m, int n, int k, long long rowA,      \
                        long long columnA, long long rowB, long long columnB, long long rowStart,        \
                        long long columnStart, long long rowC, long long columnC, const T* a, const T* b, \
                        const T* start, T* c) {                                                          \
    multiplyAll(batch, m, n, k, {rowA, columnA}, {rowB, columnB}, {rowStart, columnStart}, {rowC, columnC}, a, b, start, \
                c);                                                                                      \
  }

PRODUCT(i32, int)
PRODUCT(i64, long long)
PRODUCT(f64, double)
