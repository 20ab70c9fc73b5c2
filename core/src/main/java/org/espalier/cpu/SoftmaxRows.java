package org.espalier.cpu;

/// Softmax and log-softmax of contiguous rows, and their gradients.
final class SoftmaxRows {
  private SoftmaxRows() {}

  /// `y = exp(x - max) / sum`; `y` may be `x`.
  static void forward(int rows, int n, float[] x, int xo, float[] y, int yo) {
    RowKernels k = Rows.KERNELS;
    Ranges.run(
        rows,
        n,
        (from, to) -> {
          for (int r = from; r < to; r++) {
            int at = yo + r * n;
            float sum = k.expSum(x, xo + r * n, y, at, n, 1, k.max(x, xo + r * n, n));
            k.scale(y, at, y, at, n, 1 / sum);
          }
        });
  }

  /// `y = (x - max) - log(sum)`; `y` may be `x`.
  static void logForward(int rows, int n, float[] x, int xo, float[] y, int yo) {
    RowKernels k = Rows.KERNELS;
    Ranges.run(
        rows,
        n,
        (from, to) -> {
          float[] scratch = Scratch.row(n);
          for (int r = from; r < to; r++) {
            int in = xo + r * n;
            int out = yo + r * n;
            float max = k.max(x, in, n);
            float sum = k.expSum(x, in, scratch, 0, n, 1, max);
            k.subtract(x, in, y, out, n, max);
            k.subtract(y, out, y, out, n, ScalarMath.log(sum));
          }
        });
  }

  /// `dx = y * (dy - sum(y * dy))`; `dx` may be `dy`.
  static void backward(
      int rows, int n, float[] y, int yo, float[] dy, int dyo, float[] dx, int dxo) {
    RowKernels k = Rows.KERNELS;
    Ranges.run(
        rows,
        n,
        (from, to) -> {
          for (int r = from; r < to; r++) {
            int at = r * n;
            float dot = k.dot(y, yo + at, dy, dyo + at, n);
            k.softmaxBackward(y, yo + at, dy, dyo + at, dx, dxo + at, n, dot);
          }
        });
  }

  /// `dx = dy - exp(y) * sum(dy)`; `dx` may be `dy`.
  static void logBackward(
      int rows, int n, float[] y, int yo, float[] dy, int dyo, float[] dx, int dxo) {
    RowKernels k = Rows.KERNELS;
    Ranges.run(
        rows,
        n,
        (from, to) -> {
          for (int r = from; r < to; r++) {
            int at = r * n;
            float sum = k.sum(dy, dyo + at, n);
            k.logSoftmaxBackward(y, yo + at, dy, dyo + at, dx, dxo + at, n, sum);
          }
        });
  }
}
