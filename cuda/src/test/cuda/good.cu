// Kernels that are right: what the software device must compute as hardware would.

#define KERNEL extern "C" __global__ void __launch_bounds__(256)

KERNEL axpy(float* y, const float* x, float a, long long n) {
  long long stride = (long long)gridDim.x * blockDim.x;
  for (long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += stride) y[i] += a * x[i];
}

// A sum in two steps: shuffles within a warp, shared memory between warps.
KERNEL block_sum(float* sums, const float* x, int n) {
  __shared__ float partial[8];
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  float sum = i < n ? x[i] : 0.f;
  for (int step = 16; step > 0; step >>= 1) sum += __shfl_xor_sync(0xffffffffu, sum, step);
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = sum;
  __syncthreads();
  if (threadIdx.x < 32) {
    sum = threadIdx.x < blockDim.x / 32 ? partial[threadIdx.x] : 0.f;
    for (int step = 4; step > 0; step >>= 1) sum += __shfl_down_sync(0xffffffffu, sum, step);
    if (threadIdx.x == 0) sums[blockIdx.x] = sum;
  }
}

// A tile of 16 x 16, padded against bank conflicts. Blocks are 16 x 16 too.
KERNEL transpose(float* out, const float* in, int rows, int columns) {
  __shared__ float tile[16][17];
  int column = blockIdx.x * 16 + threadIdx.x;
  int row = blockIdx.y * 16 + threadIdx.y;
  if (row < rows && column < columns) tile[threadIdx.y][threadIdx.x] = in[row * columns + column];
  __syncthreads();
  column = blockIdx.y * 16 + threadIdx.x;
  row = blockIdx.x * 16 + threadIdx.y;
  if (row < columns && column < rows) out[row * rows + column] = tile[threadIdx.x][threadIdx.y];
}

// Reverses each block's part in dynamic shared memory.
KERNEL reverse(float* x) {
  extern __shared__ float part[];
  part[threadIdx.x] = x[blockIdx.x * blockDim.x + threadIdx.x];
  __syncthreads();
  x[blockIdx.x * blockDim.x + threadIdx.x] = part[blockDim.x - 1 - threadIdx.x];
}

KERNEL histogram(unsigned* bins, const unsigned char* values, int n) {
  __shared__ unsigned counts[16];
  if (threadIdx.x < 16) counts[threadIdx.x] = 0;
  __syncthreads();
  for (int i = threadIdx.x; i < n; i += blockDim.x) atomicAdd(&counts[values[i] & 15], 1u);
  __syncthreads();
  if (threadIdx.x < 16) atomicAdd(&bins[threadIdx.x], counts[threadIdx.x]);
}

// Each lane loops as often as its number says: lanes leave one by one and meet again behind the loop.
KERNEL collatz(int* steps, const int* start, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  long long value = start[i];
  int count = 0;
  while (value != 1) {
    value = value % 2 ? 3 * value + 1 : value / 2;
    count++;
  }
  steps[i] = count + (__popc(__activemask()) > 0 ? 0 : 1000);
}

// Many ways to go: a table of branches.
KERNEL choose(float* out, const int* which, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  float x = i + 1.f;
  switch (which[i]) {
    case 0: out[i] = sqrtf(x); break;
    case 1: out[i] = x / 3.f; break;
    case 2: out[i] = expf(-x); break;
    case 3: out[i] = logf(x); break;
    case 4: out[i] = sinf(x); break;
    case 5: out[i] = tanhf(x / 10.f); break;
    case 6: out[i] = powf(x, 1.5f); break;
    default: out[i] = -1.f;
  }
}

__device__ __noinline__ float horner(float x, const float* coefficients, int count) {
  if (count == 0) return 0.f;
  float sum = 0.f;
  for (int i = count - 1; i >= 0; i--) sum = sum * x + coefficients[i];
  return sum;
}

__constant__ float coefficients[4] = {1.f, -2.f, 0.5f, 0.25f};
__device__ int calls = 7;

// A function that is called, a table in constant memory and a variable of the module's.
KERNEL polynomial(float* out, const float* x, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) out[i] = horner(x[i], coefficients, 4) + horner(x[i], coefficients, i % 2 * 2);
  if (i == 0) atomicAdd(&calls, 1);
}

// Addresses local memory by a number that is known only when it runs.
KERNEL permute(int* out, const int* order, int n) {
  int local[8];
  for (int k = 0; k < 8; k++) local[order[k] & 7] = k * k;
  int i = threadIdx.x;
  if (i < n) out[i] = local[i & 7];
}

KERNEL votes(unsigned* out, const int* x) {
  int value = x[threadIdx.x];
  int count = __syncthreads_count(value > 0);
  int all = __syncthreads_and(value > -100);
  int any = __syncthreads_or(value == 12345);
  unsigned ballot = __ballot_sync(0xffffffffu, value > 0);
  unsigned same = __match_any_sync(0xffffffffu, value);
  out[threadIdx.x * 3] = count * 100 + all * 10 + any;
  out[threadIdx.x * 3 + 1] = ballot;
  out[threadIdx.x * 3 + 2] = same;
}

KERNEL wide(double* sums, const float4* x, const long long* index, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  float4 v = x[index[i]];
  sums[i] = (double)v.x * v.y + (double)v.z / v.w;
}
