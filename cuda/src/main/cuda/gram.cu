// Inner products of many vectors that lie in parts, accumulated in double. Each block takes a chunk of one part and four by
// four of the vectors; its sixteen sums are a row, and the rows are then a sum of reduce.cu. Which elements a block adds,
// and in which order, depends on the sizes of the parts alone.

namespace {

constexpr int THREADS = 256;
constexpr int WARP = 32;
constexpr int CHUNK = 8192;
constexpr int SIDE = 4;
constexpr unsigned ALL_LANES = 0xffffffffu;

// The same part of four vectors on the left and of four on the right; null where there is none.
struct Part {
  const void* left[SIDE];
  const void* right[SIDE];
  unsigned elements;
  unsigned firstBlock;
};

}  // namespace

constexpr int MOST_PARTS = 54;

// Not in the unnamed namespace: the names of a kernel's shared memory would not be the same from one compilation to the
// next.
struct GramParts {
  int count;
  int square;  // whether the vectors on the right are those on the left
  Part part[MOST_PARTS];
};

namespace {

// The last part that begins at this block or before.
__device__ __forceinline__ int partOf(const GramParts& parts, unsigned block) {
  int low = 0;
  int high = parts.count;
  while (high - low > 1) {
    int middle = (low + high) / 2;
    if (parts.part[middle].firstBlock <= block) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

template <class T>
__device__ void gramChunk(const GramParts& parts, double* rows) {
  __shared__ double warps[THREADS / WARP][SIDE * SIDE];
  const Part& part = parts.part[partOf(parts, blockIdx.x)];
  unsigned begin = (blockIdx.x - part.firstBlock) * CHUNK;
  unsigned end = min(begin + CHUNK, part.elements);
  double sums[SIDE][SIDE] = {};
  for (unsigned i = begin + threadIdx.x; i < end; i += THREADS) {
    double left[SIDE];
    double right[SIDE];
#pragma unroll
    for (int v = 0; v < SIDE; v++) {
      left[v] = part.left[v] ? ((const T*)part.left[v])[i] : 0;
      right[v] = left[v];
      if (!parts.square) {
        right[v] = part.right[v] ? ((const T*)part.right[v])[i] : 0;
      }
    }
#pragma unroll
    for (int a = 0; a < SIDE; a++) {
#pragma unroll
      for (int b = 0; b < SIDE; b++) {
        sums[a][b] = fma(left[a], right[b], sums[a][b]);
      }
    }
  }
#pragma unroll
  for (int a = 0; a < SIDE; a++) {
#pragma unroll
    for (int b = 0; b < SIDE; b++) {
      double sum = sums[a][b];
#pragma unroll
      for (int distance = WARP / 2; distance > 0; distance /= 2) {
        sum += __shfl_xor_sync(ALL_LANES, sum, distance);
      }
      if (threadIdx.x % WARP == 0) {
        warps[threadIdx.x / WARP][a * SIDE + b] = sum;
      }
    }
  }
  __syncthreads();
  if (threadIdx.x < SIDE * SIDE) {
    double sum = 0;
    for (int warp = 0; warp < THREADS / WARP; warp++) {
      sum += warps[warp][threadIdx.x];
    }
    rows[(long long)blockIdx.x * SIDE * SIDE + threadIdx.x] = sum;
  }
}

}  // namespace

#define GRAM(suffix, T)                                                                                  \
  extern "C" __global__ void __launch_bounds__(256)                                                      \
      gram_##suffix(const __grid_constant__ GramParts parts, double* rows) {                             \
    gramChunk<T>(parts, rows);                                                                           \
  }

GRAM(f32, float)
GRAM(f64, double)
