package org.espalier.op;

import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;

/// Milliseconds of `[batch, m, k] x [k, n]`, forward and with both gradients; run by hand.
final class BatchByMatrixTiming {
  private BatchByMatrixTiming() {}

  /// Prints the best of many for a few sizes.
  public static void main(String[] args) {
    int[][] sizes = {{32, 16, 256, 256}, {8, 128, 256, 1024}, {256, 1, 256, 256}, {64, 8, 64, 64}};
    for (int[] s : sizes) {
      Tensor a = Tensor.ones(s[0], s[1], s[2]).requireGrad();
      Tensor b = Tensor.ones(s[2], s[3]).requireGrad();
      Tensor dy = Tensor.ones(s[0], s[1], s[3]);
      double forward = 1e9;
      double both = 1e9;
      for (int i = 0; i < 400; i++) {
        try (Scope _ = Scope.open()) {
          long start = System.nanoTime();
          Tensor c = a.matmul(b);
          long middle = System.nanoTime();
          Autograd.of(c).outputGradients(dy).gradients(a, b);
          long end = System.nanoTime();
          forward = Math.min(forward, (middle - start) * 1e-6);
          both = Math.min(both, (end - start) * 1e-6);
        }
      }
      System.out.printf(
          "[%d, %d, %d] x [%d, %d]: forward %.3f ms, with gradients %.3f ms%n",
          s[0], s[1], s[2], s[2], s[3], forward, both);
    }
  }
}
