// A step of AdamW (Loshchilov, Hutter 2019) on many tensors. The definition is ReferenceAdamW; here in single precision.
#include "faults.cuh"

namespace {

constexpr int THREADS = 256;
constexpr int CHUNK = 2048;
constexpr int MOST_SLOTS = 64;

// The numbers of a step, the same for all tensors.
struct Step {
  float gradientScale;
  float decay;
  float beta1;
  float rest1;  // 1 - beta1
  float beta2;
  float rest2;
  float stepSize;
  float correction2;
  float eps;
};

struct Slot {
  float* parameter;
  const float* gradient;
  float* firstMoment;
  float* secondMoment;
  unsigned elements;
  unsigned firstBlock;
};

struct Slots {
  long long count;
  Slot slot[MOST_SLOTS];
};

__device__ __forceinline__ void move(const Step& step, float* p, float gradient, float* m, float* v) {
  float g = gradient * step.gradientScale;
  float first = step.beta1 * *m + step.rest1 * g;
  float second = step.beta2 * *v + step.rest2 * g * g;
  *m = first;
  *v = second;
  *p = *p * step.decay - step.stepSize * first / (sqrtf(second * step.correction2) + step.eps);
}

// The last slot that begins at this block or before.
__device__ __forceinline__ int slotOf(const Slots& slots, unsigned block) {
  int low = 0;
  int high = (int)slots.count;
  while (high - low > 1) {
    int middle = (low + high) / 2;
    if (slots.slot[middle].firstBlock <= block) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

// Each block moves a chunk of one tensor, unless an index of another one was found to be wrong.
extern "C" __global__ void __launch_bounds__(256)
    adamw_dense(const __grid_constant__ Slots slots, const __grid_constant__ Step step, const FaultWord* fault) {
  if (fault && isFaulty(fault)) {
    return;
  }
  const Slot& slot = slots.slot[slotOf(slots, blockIdx.x)];
  unsigned begin = (blockIdx.x - slot.firstBlock) * CHUNK;
  unsigned end = min(begin + CHUNK, slot.elements);
  for (unsigned i = begin + threadIdx.x; i < end; i += THREADS) {
    move(step, slot.parameter + i, slot.gradient[i], slot.firstMoment + i, slot.secondMoment + i);
  }
}

// Moves the rows that are named, and those that are named several times as often, in order: `order` sorts the names, and
// the block that finds the first of equal ones takes all.
extern "C" __global__ void __launch_bounds__(256)
    adamw_rows(const __grid_constant__ Step step, unsigned count, unsigned width, const int* rows, const long long* order,
               const float* gradient, float* parameter, float* firstMoment, float* secondMoment, const FaultWord* fault) {
  if (isFaulty(fault)) {
    return;
  }
  for (unsigned sorted = blockIdx.x; sorted < count; sorted += gridDim.x) {
    int row = rows[order[sorted]];
    if (sorted > 0 && rows[order[sorted - 1]] == row) {
      continue;
    }
    for (unsigned next = sorted; next < count && rows[order[next]] == row; next++) {
      const float* from = gradient + order[next] * width;
      for (unsigned column = threadIdx.x; column < width; column += THREADS) {
        long long at = (long long)row * width + column;
        move(step, parameter + at, from[column], firstMoment + at, secondMoment + at);
      }
    }
  }
}
