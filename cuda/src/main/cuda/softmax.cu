// Softmax along the last axis, its logarithm, and their gradients. The definition is ReferenceSoftmax.
#include "rows.cuh"

namespace {

// y = e^(x - largest) / sum, or its logarithm; y may be x.
template <int LANES, int QUADS, bool LOG>
__device__ void softmax(int rows, int columns, const float* x, float* y) {
  bool fours = inFours(columns, x, y);
  for (int r = firstRow<LANES>(); r < rows; r += rowStep<LANES>()) {
    long long begin = (long long)r * columns;
    Row<LANES, QUADS> row(x + begin, columns, fours, Extremes<float>::smallest());
    Peak peak = peakOf(row);
    float factor = 1 / peak.sum;
    float logarithm = logf(peak.sum);
    row.each([&](int column, Four<float> four) {
#pragma unroll
      for (int i = 0; i < 4; i++) {
        float shifted = four.v[i] - peak.largest;
        four.v[i] = LOG ? shifted - logarithm : expf(shifted) * factor;
      }
      storeFour(y + begin, column, columns, fours, four);
    });
  }
}

// dx = y (dy - sum of y dy), or of the logarithm dx = dy - e^y sum of dy; dx may be dy.
template <int LANES, int QUADS, bool LOG>
__device__ void softmaxBackward(int rows, int columns, const float* y, const float* dy, float* dx) {
  bool fours = inFours(columns, y, dy, dx);
  for (int r = firstRow<LANES>(); r < rows; r += rowStep<LANES>()) {
    long long begin = (long long)r * columns;
    Row<LANES, QUADS> out(y + begin, columns, fours, 0);
    Row<LANES, QUADS> gradient(dy + begin, columns, fours, 0);
    float sum = 0;
    eachFour<LANES, QUADS>(columns, [&](int k, int column) {
      Four<float> g = gradient.at(k, column);
      if (!LOG) {
        Four<float> p = out.at(k, column);
#pragma unroll
        for (int i = 0; i < 4; i++) {
          g.v[i] *= p.v[i];
        }
      }
      sum += sumOf(g);
    });
    sum = joinLanes<LANES, Add>(sum);
    eachFour<LANES, QUADS>(columns, [&](int k, int column) {
      Four<float> g = gradient.at(k, column);
      Four<float> p = out.at(k, column);
#pragma unroll
      for (int i = 0; i < 4; i++) {
        g.v[i] = LOG ? fmaf(-expf(p.v[i]), sum, g.v[i]) : p.v[i] * (g.v[i] - sum);
      }
      storeFour(dx + begin, column, columns, fours, g);
    });
  }
}

}  // namespace

#define FORWARD_PARAMETERS (int rows, int columns, const float* x, float* y)
#define SOFTMAX(LANES, QUADS) softmax<LANES, QUADS, false>(rows, columns, x, y)
#define LOG_SOFTMAX(LANES, QUADS) softmax<LANES, QUADS, true>(rows, columns, x, y)
ROW_KERNELS(softmax, FORWARD_PARAMETERS, SOFTMAX)
ROW_KERNELS(log_softmax, FORWARD_PARAMETERS, LOG_SOFTMAX)

#define BACKWARD_PARAMETERS (int rows, int columns, const float* y, const float* dy, float* dx)
#define SOFTMAX_BACKWARD(LANES, QUADS) softmaxBackward<LANES, QUADS, false>(rows, columns, y, dy, dx)
#define LOG_SOFTMAX_BACKWARD(LANES, QUADS) softmaxBackward<LANES, QUADS, true>(rows, columns, y, dy, dx)
ROW_KERNELS(softmax_backward, BACKWARD_PARAMETERS, SOFTMAX_BACKWARD)
ROW_KERNELS(log_softmax_backward, BACKWARD_PARAMETERS, LOG_SOFTMAX_BACKWARD)
