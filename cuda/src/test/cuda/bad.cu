// Kernels that are wrong, each in one way: what the software device must not let pass.

#define KERNEL extern "C" __global__ void __launch_bounds__(256)

// Reads what another warp writes, with no barrier between.
KERNEL missing_barrier(float* x) {
  __shared__ float part[256];
  part[threadIdx.x] = x[threadIdx.x];
  x[threadIdx.x] = part[blockDim.x - 1 - threadIdx.x];
}

// The second round overwrites what slow warps of the first still read.
KERNEL missing_second_barrier(float* sums, const float* x) {
  __shared__ float first;
  for (int round = 0; round < 2; round++) {
    if (threadIdx.x == 0) first = x[round];
    __syncthreads();
    sums[round * blockDim.x + threadIdx.x] = first;
  }
}

KERNEL reads_past_end(float* out, const float* x, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i <= n) out[0] += x[i];
}

KERNEL writes_past_end(float* out, int n) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i <= n) out[i] = i;
}

KERNEL writes_past_shared(float* out) {
  __shared__ float first[32];
  __shared__ float second[32];
  second[threadIdx.x] = 1.f;
  first[threadIdx.x + 1] = 2.f;
  __syncthreads();
  out[threadIdx.x] = second[threadIdx.x] + first[threadIdx.x];
}

KERNEL writes_past_dynamic(float* out, int n) {
  extern __shared__ float part[];
  part[n] = 1.f;
  __syncthreads();
  out[threadIdx.x] = part[threadIdx.x];
}

// Adds to memory that no one has set.
KERNEL accumulates(float* sums, const float* x) { sums[threadIdx.x] += x[threadIdx.x]; }

// The same with shared memory.
KERNEL accumulates_shared(float* out, const float* x) {
  __shared__ float sums[32];
  sums[threadIdx.x] += x[threadIdx.x];
  __syncthreads();
  out[threadIdx.x] = sums[threadIdx.x];
}

// Half of a warp waits for the other half at a barrier in another place.
KERNEL divergent_barrier(float* out) {
  if (threadIdx.x % 2) {
    __syncthreads();
    out[threadIdx.x] = 1.f;
  } else {
    out[threadIdx.x] = 2.f;
    __syncthreads();
    out[threadIdx.x] = 3.f;
  }
}

// A shuffle asks for lanes that are elsewhere.
KERNEL shuffle_in_branch(float* out) {
  float value = threadIdx.x;
  if (threadIdx.x < 16) value += __shfl_xor_sync(0xffffffffu, value, 1);
  else value -= __shfl_xor_sync(0xffffffffu, value, 1);
  out[threadIdx.x] = value;
}

KERNEL never_ends(volatile int* flag) {
  while (*flag == 0) {
  }
}

KERNEL misaligned(float* out, const char* bytes) { out[0] = *(const float*)(bytes + 1); }

KERNEL follows_address(float* out, const long long* addresses) { out[0] = *(const float*)addresses[0]; }

// The last block to come adds up what the others have written; this one does not wait for them.
KERNEL counts_on_order(float* out) {
  if (blockIdx.x == gridDim.x - 1 && threadIdx.x == 0) {
    float sum = 0.f;
    for (int block = 0; block < gridDim.x - 1; block++) sum += out[block];
    out[gridDim.x - 1] = sum;
  } else if (threadIdx.x == 0) {
    out[blockIdx.x] = 1.f;
  }
}

KERNEL stops_itself(int* x) {
  if (x[0] == 0) __trap();
}
