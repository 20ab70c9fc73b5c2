package org.espalier.cpu;

/// Layer norm of contiguous rows (Ba, Kiros, Hinton 2016), and its gradients.
final class NormRows {
  /// Rows whose contributions to the weight's gradient are added first among themselves.
  private static final int BLOCK = 64;

  /// Blocks whose sums are held at once, which bounds the scratch memory.
  private static final int GROUP = 64;

  private NormRows() {}

  /// `y = (x - mean) * rstd * weight + bias`, `rstd = 1 / sqrt(variance + eps)`.
  static void forward(
      int rows,
      int n,
      float[] x,
      int xo,
      float[] w,
      int wo,
      float[] b,
      int bo,
      double eps,
      float[] y,
      int yo,
      float[] mean,
      int mo,
      float[] rstd,
      int ro) {
    RowKernels k = Rows.KERNELS;
    Ranges.run(
        rows,
        n,
        (from, to) -> {
          for (int r = from; r < to; r++) {
            int at = xo + r * n;
            float m = k.sum(x, at, n) / n;
            float s = (float) (1 / Math.sqrt(k.squaredDeviations(x, at, n, m) / (double) n + eps));
            mean[mo + r] = m;
            rstd[ro + r] = s;
            k.normalize(x, at, w, wo, b, bo, y, yo + r * n, n, m, s);
          }
        });
  }

  /// `dx = rstd * (dy w - mean(dy w) - xhat mean(dy w xhat))`, `dw = sum(dy xhat)`, `db = sum(dy)`.
  ///
  /// The sums over rows are taken in blocks of 64 rows, each ascending, and the blocks added in
  /// order, so that no number of threads changes them.
  static void backward(
      int rows,
      int n,
      float[] dy,
      int dyo,
      float[] x,
      int xo,
      float[] mean,
      int mo,
      float[] rstd,
      int ro,
      float[] w,
      int wo,
      float[] dx,
      int dxo,
      float[] dw,
      int dwo,
      float[] db,
      int dbo) {
    RowKernels k = Rows.KERNELS;
    java.util.Arrays.fill(dw, dwo, dwo + n, 0);
    java.util.Arrays.fill(db, dbo, dbo + n, 0);
    int blocks = Math.ceilDiv(rows, BLOCK);
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
              int bb = bw + n;
              java.util.Arrays.fill(sums, bw, bb + n, 0);
              for (int r = (group + block) * BLOCK; r < end; r++) {
                int a = dyo + r * n;
                int b = xo + r * n;
                float m = mean[mo + r];
                float s = rstd[ro + r];
                float p = k.weightedSum(dy, a, w, wo, n) / n;
                float q = k.weightedDot(dy, a, w, wo, x, b, n, m, s) / n;
                k.accumulateNorm(dy, a, x, b, sums, bw, sums, bb, n, m, s);
                k.normalizeBackward(dy, a, w, wo, x, b, dx, dxo + r * n, n, m, s, p, q);
              }
            }
          });
      for (int block = 0; block < count; block++) {
        int bw = block * 2 * n;
        Rows.add(sums, bw, dw, dwo, n);
        Rows.add(sums, bw + n, db, dbo, n);
      }
    }
    Scratch.giveBack(sums);
  }
}
