// A step of AdamW (Loshchilov, Hutter 2019) on many tensors. The definition is ReferenceAdamW; here in single precision.
#include "faults.cuh"

namespace {

constexpr int THREADS = 256;
constexpr int CHUNK = 2048;
constexpr int MOST_SLOTS = 64;

// What differs from step to step, and may from tensor to tensor.
struct Numbers {
  float gradientScale;
  float decay;
  float stepSize;
  float correction2;
};

// The numbers of a step; those of the optimiser are the same for all tensors.
struct Step {
  Numbers numbers;
  float beta1;
  float rest1;  // 1 - beta1
  float beta2;
  float rest2;
  float eps;
};

struct Slot {
  float* parameter;
  const float* gradient;
  float* firstMoment;
  float* secondMoment;
  unsigned elements;
  unsigned firstBlock;
  unsigned number;  // among all slots of the step
  unsigned unused;
};

struct Slots {
  long long count;
  Slot slot[MOST_SLOTS];
};

// The numbers of a slot: those of the launch, or where there are `numbers`, the three of the slot and the scale there, which
// were computed in double and are rounded as the host rounds.
__device__ __forceinline__ Numbers numbersOf(const Step& step, unsigned slot, const double* numbers, const double* scale) {
  if (numbers) {
    return {(float)*scale, (float)numbers[3 * slot], (float)numbers[3 * slot + 1], (float)numbers[3 * slot + 2]};
  }
  return step.numbers;
}

__device__ __forceinline__ void move(const Step& step, const Numbers& own, float* p, float gradient, float* m, float* v) {
  float g = gradient * own.gradientScale;
  float first = step.beta1 * *m + step.rest1 * g;
  float second = step.beta2 * *v + step.rest2 * g * g;
  *m = first;
  *v = second;
  *p = *p * own.decay - own.stepSize * first / (sqrtf(second * own.correction2) + step.eps);
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
    adamw_dense(const __grid_constant__ Slots slots, const __grid_constant__ Step step, const double* numbers,
                const double* scale, const FaultWord* fault) {
  if (fault && isFaulty(fault)) {
    return;
  }
  const Slot& slot = slots.slot[slotOf(slots, blockIdx.x)];
  Numbers own = numbersOf(step, slot.number, numbers, scale);
  unsigned begin = (blockIdx.x - slot.firstBlock) * CHUNK;
  unsigned end = min(begin + CHUNK, slot.elements);
  for (unsigned i = begin + threadIdx.x; i < end; i += THREADS) {
    move(step, own, slot.parameter + i, slot.gradient[i], slot.firstMoment + i, slot.secondMoment + i);
  }
}

// Moves the rows that are named, those that are named several times by the sum of their gradients: `order` sorts the names,
// and the block that finds the first of equal ones takes all.
extern "C" __global__ void __launch_bounds__(256)
    adamw_rows(const __grid_constant__ Step step, unsigned slot, const double* numbers, const double* scale, unsigned count,
               unsigned width, const int* rows, const long long* order, const float* gradient, float* parameter,
               float* firstMoment, float* secondMoment, const FaultWord* fault) {
  if (isFaulty(fault)) {
    return;
  }
  Numbers own = numbersOf(step, slot, numbers, scale);
  for (unsigned sorted = blockIdx.x; sorted < count; sorted += gridDim.x) {
    int row = rows[order[sorted]];
    if (sorted > 0 && rows[order[sorted - 1]] == row) {
      continue;
    }
    for (unsigned column = threadIdx.x; column < width; column += THREADS) {
      float sum = gradient[order[sorted] * width + column];
      for (unsigned next = sorted + 1; next < count && rows[order[next]] == row; next++) {
        sum += gradient[order[next] * width + column];
      }
      long long at = (long long)row * width + column;
      move(step, own, parameter + at, sum, firstMoment + at, secondMoment + at);
    }
  }
}

// The norm of all gradients from the squares of their norms, added in order as the host adds them, and the factor that
// clips it (Pascanu, Mikolov, Bengio 2013).
extern "C" __global__ void __launch_bounds__(32) joint_norm(int count, double maxNorm, const double* squares, double* out) {
  if (threadIdx.x != 0) {
    return;
  }
  double sum = 0;
  for (int i = 0; i < count; i++) {
    sum += squares[i];
  }
  double norm = sqrt(sum);
  out[0] = norm;
  out[1] = norm > maxNorm ? maxNorm / (norm + 1e-6) : 1;
}
