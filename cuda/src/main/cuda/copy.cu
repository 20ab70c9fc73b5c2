// Moving elements: copies and conversions between views of one shape, filling, choosing by a condition. The definition is
// ReferenceElementwise.
#include "axes.cuh"
#include "convert.cuh"

namespace {

template <class X, class Y>
__device__ void convertAll(const Axes<2>& axes, unsigned n, const X* x, Y* y) {
  for (unsigned i = firstElement(); i < n; i += gridStep()) {
    Places<2> places = locate(axes, i);
    y[places.at[1]] = Convert<Y>::from(x[places.at[0]]);
  }
}

template <class T>
__device__ void moveAll(const Axes<2>& axes, unsigned n, const T* x, T* y) {
  for (unsigned i = firstElement(); i < n; i += gridStep()) {
    Places<2> places = locate(axes, i);
    y[places.at[1]] = x[places.at[0]];
  }
}

// The sides of the tile that transposes turn in shared memory, so that both reads and writes run along rows.
constexpr int TILE = 32;
constexpr int TILE_ROWS = 8;

// y[batch, j, i] = x[batch, i, j], where rows of x and of y are contiguous.
template <class T>
__device__ void transposeAll(int rows, int columns, long long rowX, long long batchX, long long rowY, long long batchY,
                             const T* x, T* y) {
  __shared__ T tile[TILE][TILE + 1];  // one more, so that a column does not lie in one bank
  int column = blockIdx.x * TILE + threadIdx.x;
  int row = blockIdx.y * TILE + threadIdx.y;
  const T* from = x + blockIdx.z * batchX;
  for (int k = 0; k < TILE; k += TILE_ROWS) {
    if (column < columns && row + k < rows) {
      tile[threadIdx.y + k][threadIdx.x] = from[(row + k) * rowX + column];
    }
  }
  __syncthreads();
  int toColumn = blockIdx.y * TILE + threadIdx.x;
  int toRow = blockIdx.x * TILE + threadIdx.y;
  T* to = y + blockIdx.z * batchY;
  for (int k = 0; k < TILE; k += TILE_ROWS) {
    if (toColumn < rows && toRow + k < columns) {
      to[(toRow + k) * rowY + toColumn] = tile[threadIdx.x][threadIdx.y + k];
    }
  }
}

template <class T>
__device__ void fillAll(const Axes<1>& axes, unsigned n, T value, T* y) {
  for (unsigned i = firstElement(); i < n; i += gridStep()) {
    y[locate(axes, i).at[0]] = value;
  }
}

template <class T>
__device__ void selectAll(const Axes<4>& axes, unsigned n, const Bool* condition, const T* a, const T* b, T* y) {
  for (unsigned i = firstElement(); i < n; i += gridStep()) {
    Places<4> places = locate(axes, i);
    y[places.at[3]] = condition[places.at[0]] ? a[places.at[1]] : b[places.at[2]];
  }
}

}  // namespace

#define CONVERT(from, X, to, Y)                                                                          \
  extern "C" __global__ void __launch_bounds__(256)                                                      \
      convert_##from##_##to(const __grid_constant__ Axes<2> axes, unsigned n, const X* x, Y* y) {        \
    convertAll(axes, n, x, y);                                                                           \
  }

CONVERT(bool, Bool, i32, int)
CONVERT(bool, Bool, i64, long long)
CONVERT(bool, Bool, f16, Half)
CONVERT(bool, Bool, bf16, Bfloat)
CONVERT(bool, Bool, f32, float)
CONVERT(bool, Bool, f64, double)
CONVERT(i32, int, bool, Bool)
CONVERT(i32, int, i64, long long)
CONVERT(i32, int, f16, Half)
CONVERT(i32, int, bf16, Bfloat)
CONVERT(i32, int, f32, float)
CONVERT(i32, int, f64, double)
CONVERT(i64, long long, bool, Bool)
CONVERT(i64, long long, i32, int)
CONVERT(i64, long long, f16, Half)
CONVERT(i64, long long, bf16, Bfloat)
CONVERT(i64, long long, f32, float)
CONVERT(i64, long long, f64, double)
CONVERT(f16, Half, bool, Bool)
CONVERT(f16, Half, i32, int)
CONVERT(f16, Half, i64, long long)
CONVERT(f16, Half, bf16, Bfloat)
CONVERT(f16, Half, f32, float)
CONVERT(f16, Half, f64, double)
CONVERT(bf16, Bfloat, bool, Bool)
CONVERT(bf16, Bfloat, i32, int)
CONVERT(bf16, Bfloat, i64, long long)
CONVERT(bf16, Bfloat, f16, Half)
CONVERT(bf16, Bfloat, f32, float)
CONVERT(bf16, Bfloat, f64, double)
CONVERT(f32, float, bool, Bool)
CONVERT(f32, float, i32, int)
CONVERT(f32, float, i64, long long)
CONVERT(f32, float, f16, Half)
CONVERT(f32, float, bf16, Bfloat)
CONVERT(f32, float, f64, double)
CONVERT(f64, double, bool, Bool)
CONVERT(f64, double, i32, int)
CONVERT(f64, double, i64, long long)
CONVERT(f64, double, f16, Half)
CONVERT(f64, double, bf16, Bfloat)
CONVERT(f64, double, f32, float)

// What does not look at its elements needs to know their width alone.
#define BY_WIDTH(bits, T)                                                                                \
  extern "C" __global__ void __launch_bounds__(256)                                                      \
      move_##bits(const __grid_constant__ Axes<2> axes, unsigned n, const T* x, T* y) {                  \
    moveAll(axes, n, x, y);                                                                              \
  }                                                                                                      \
  extern "C" __global__ void __launch_bounds__(256) transpose_##bits(                                    \
      int rows, int columns, long long rowX, long long batchX, long long rowY, long long batchY, const T* x, T* y) { \
    transposeAll(rows, columns, rowX, batchX, rowY, batchY, x, y);                                       \
  }                                                                                                      \
  extern "C" __global__ void __launch_bounds__(256)                                                      \
      fill_##bits(const __grid_constant__ Axes<1> axes, unsigned n, unsigned long long value, T* y) {    \
    fillAll(axes, n, (T)value, y);                                                                       \
  }                                                                                                      \
  extern "C" __global__ void __launch_bounds__(256) select_##bits(                                       \
      const __grid_constant__ Axes<4> axes, unsigned n, const Bool* condition, const T* a, const T* b, T* y) { \
    selectAll(axes, n, condition, a, b, y);                                                              \
  }

BY_WIDTH(8, unsigned char)
BY_WIDTH(16, unsigned short)
BY_WIDTH(32, unsigned)
BY_WIDTH(64, unsigned long long)
