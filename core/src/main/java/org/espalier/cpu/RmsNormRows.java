package org.espalier.cpu;

import java.util.Arrays;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.FusedKernel;

/// RMS norm of contiguous rows (Zhang, Sennrich 2019), and its gradients: layer norm's kernels with
/// a mean of 0.
final class RmsNormRows {
  /// Rows whose contributions to the weight's gradient are added first among themselves.
  private static final int BLOCK = 64;

  /// Blocks whose sums are held at once, which bounds the scratch memory.
  private static final int GROUP = 64;

  private RmsNormRows() {}

  /// `y = x * rstd * weight`, `rstd = 1 / sqrt(mean(x^2) + eps)`.
  static void forward(FusedKernel.RmsNorm kernel, int rows, int n) {
    RowKernels k = Rows.KERNELS;
    float[] x = kernel.x().floats();
    int xo = kernel.x().offset();
    float[] w = kernel.weight().floats();
    int wo = kernel.weight().offset();
    float[] y = kernel.y().floats();
    int yo = kernel.y().offset();
    float[] rstd = kernel.rstd().floats();
    int ro = kernel.rstd().offset();
    double eps = kernel.eps();
    Ranges.run(
        rows,
        n,
        (from, to) -> {
          for (int r = from; r < to; r++) {
            int a = xo + r * n;
            int b = yo + r * n;
            float s = (float) (1 / Math.sqrt(k.dot(x, a, x, a, n) / (double) n + eps));
            rstd[ro + r] = s;
            k.scale(x, a, y, b, n, s);
            k.binary(BinaryKernel.MUL, y, b, w, wo, y, b, n);
          }
        });
  }

  /// `dx = rstd * (dy w - xhat mean(dy w xhat))`, `dw = sum(dy xhat)` with `xhat = x * rstd`.
  ///
  /// The sums over rows are taken in blocks of 64 rows, each ascending, and the blocks added in
  /// order, so that no number of threads changes them.
  static void backward(FusedKernel.RmsNormBackward kernel, int rows, int n) {
    RowKernels k = Rows.KERNELS;
    float[] dy = kernel.dy().floats();
    int dyo = kernel.dy().offset();
    float[] x = kernel.x().floats();
    int xo = kernel.x().offset();
    float[] rstd = kernel.rstd().floats();
    int ro = kernel.rstd().offset();
    float[] w = kernel.weight().floats();
    int wo = kernel.weight().offset();
    float[] dx = kernel.dx().floats();
    int dxo = kernel.dx().offset();
    float[] dw = kernel.dweight().floats();
    int dwo = kernel.dweight().offset();
    Arrays.fill(dw, dwo, dwo + n, 0);
    int blocks = Math.ceilDiv(rows, BLOCK);
    // The kernel that adds to the weight's gradient adds a bias's as well, which nobody reads.
    float[] sums = Scratch.take(2 * n * Math.min(blocks, GROUP));
    for (int first = 0; first < blocks; first += GROUP) {
      int group = first;
      int count = Math.min(GROUP, blocks - first);
      Ranges.run(
          count,
          (long) BLOCK * n,
          (from, to) -> {
            for (int block = from; block < to; block++) {
              int end = Math.min(rows, (group + block + 1) * BLOCK);
              int bw = block * 2 * n;
              Arrays.fill(sums, bw, bw + 2 * n, 0);
              for (int r = (group + block) * BLOCK; r < end; r++) {
                int a = dyo + r * n;
                int b = xo + r * n;
                float s = rstd[ro + r];
                float q = k.weightedDot(dy, a, w, wo, x, b, n, 0, s) / n;
                k.accumulateNorm(dy, a, x, b, sums, bw, sums, bw + n, n, 0, s);
                k.normalizeBackward(dy, a, w, wo, x, b, dx, dxo + r * n, n, 0, s, 0, q);
              }
            }
          });
      for (int block = 0; block < count; block++) {
        Rows.add(sums, block * 2 * n, dw, dwo, n);
      }
    }
    Scratch.giveBack(sums);
  }
}
