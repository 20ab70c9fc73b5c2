// Cross-entropy of rows of logits against class indices, with label smoothing. The definition is ReferenceCrossEntropy.
#include "faults.cuh"
#include "rows.cuh"

namespace {

// The target distribution: `hit` on the target and `each` on all classes.
struct Smoothing {
  float hit;   // 1 - s
  float each;  // s / classes
};

// loss = log(sum) - sum over j of q_j (x_j - largest). Relative to the largest, so that no digits are lost where all
// logits are large.
template <int LANES, int QUADS>
__device__ void crossEntropy(int rows, int classes, Smoothing q, const float* logits, const int* targets, int ignoreIndex,
                             float* loss, float* sums, FaultWord* fault) {
  bool fours = inFours(classes, logits);
  for (int r = firstRow<LANES>(); r < rows; r += rowStep<LANES>()) {
    const float* x = logits + (long long)r * classes;
    Row<LANES, QUADS> row(x, classes, fours, Extremes<float>::smallest());
    Peak peak = peakOf(row);
    float distances = 0;
    if (q.each > 0) {
      row.each([&](int column, Four<float> four) {
#pragma unroll
        for (int i = 0; i < 4; i++) {
          four.v[i] = column + i < classes ? four.v[i] - peak.largest : 0;
        }
        distances += sumOf(four);
      });
      distances = joinLanes<LANES, Add>(distances);
    }
    if (threadIdx.x % LANES == 0) {
      sums[2 * r] = peak.largest;
      sums[2 * r + 1] = peak.sum;
      int target = targets[r];
      if (target == ignoreIndex) {
        loss[r] = 0;
      } else if (target < 0 || target >= classes) {
        reportFault(fault, r, target);
      } else {
        float expected = q.hit * (x[target] - peak.largest);
        if (q.each > 0) {
          expected = fmaf(q.each, distances, expected);
        }
        loss[r] = logf(peak.sum) - expected;
      }
    }
  }
}

// dlogits = (e^(x - largest) / sum - q) rowScale, 0 in rows that are ignored; dlogits may be logits. One pass, so a row of
// any length is read once.
template <int LANES>
__device__ void crossEntropyBackward(int rows, int classes, Smoothing q, const float* logits, const int* targets,
                                     int ignoreIndex, const float* sums, const float* rowScale, float* dlogits,
                                     FaultWord* fault) {
  bool fours = inFours(classes, logits, dlogits);
  for (int r = firstRow<LANES>(); r < rows; r += rowStep<LANES>()) {
    long long begin = (long long)r * classes;
    int target = targets[r];
    bool ignored = target == ignoreIndex;
    if (!ignored && (target < 0 || target >= classes)) {
      if (threadIdx.x % LANES == 0) {
        reportFault(fault, r, target);
      }
      continue;
    }
    float largest = sums[2 * r];
    float factor = 1 / sums[2 * r + 1];
    float scale = rowScale[r];
    Row<LANES, 0> row(logits + begin, classes, fours, 0);
    row.each([&](int column, Four<float> four) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        float goal = column + i == target ? q.each + q.hit : q.each;
        four.v[i] = ignored ? 0 : (expf(four.v[i] - largest) * factor - goal) * scale;
      }
      storeFour(dlogits + begin, column, classes, fours, four);
    });
  }
}

}  // namespace

#define FORWARD_PARAMETERS                                                                                    \
  (int rows, int classes, float hit, float each, const float* logits, const int* targets, int ignoreIndex,    \
   float* loss, float* sums, FaultWord* fault)
#define FORWARD(LANES, QUADS) \
  crossEntropy<LANES, QUADS>(rows, classes, {hit, each}, logits, targets, ignoreIndex, loss, sums, fault)
ROW_KERNELS(cross_entropy, FORWARD_PARAMETERS, FORWARD)

#define BACKWARD(version, LANES)                                                                              \
  extern "C" __global__ void __launch_bounds__(256) cross_entropy_backward_##version(                         \
      int rows, int classes, float hit, float each, const float* logits, const int* targets, int ignoreIndex, \
      const float* sums, const float* rowScale, float* dlogits, FaultWord* fault) {                           \
    crossEntropyBackward<LANES>(rows, classes, {hit, each}, logits, targets, ignoreIndex, sums, rowScale,     \
                                dlogits, fault);                                                              \
  }

BACKWARD(warp, 32)
BACKWARD(block, 256)
