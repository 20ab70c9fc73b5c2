// Inner products, accumulated in double. Each block adds up a chunk; the chunks are then a sum of reduce.cu, so the order
// depends on the length alone.
namespace {

constexpr int THREADS = 256;

template <class T>
__device__ void dotChunk(unsigned n, unsigned chunk, const T* a, const T* b, double* sums) {
  __shared__ double lanes[THREADS];
  unsigned begin = blockIdx.x * chunk;
  unsigned end = min(begin + chunk, n);
  double sum = 0;
  for (unsigned i = begin + threadIdx.x; i < end; i += THREADS) {
    sum = fma((double)a[i], (double)b[i], sum);
  }
  lanes[threadIdx.x] = sum;
  __syncthreads();
  for (int half = THREADS / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) {
      lanes[threadIdx.x] += lanes[threadIdx.x + half];
    }
    __syncthreads();
  }
  if (threadIdx.x == 0) {
    sums[blockIdx.x] = lanes[0];
  }
}

}  // namespace

#define DOT(suffix, T)                                                                                   \
  extern "C" __global__ void __launch_bounds__(256)                                                      \
      dot_##suffix(unsigned n, unsigned chunk, const T* a, const T* b, double* sums) {                   \
    dotChunk(n, chunk, a, b, sums);                                                                      \
  }

DOT(f32, float)
DOT(f64, double)
