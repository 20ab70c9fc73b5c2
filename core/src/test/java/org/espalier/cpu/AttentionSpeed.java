package org.espalier.cpu;

import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import org.espalier.Espalier;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.op.Attention;

/// Prints the best time of attention, forward and backward, on one thread: 12 heads of 32 columns
/// over short, usual and long sequences. To compare two builds, run them in turn.
public final class AttentionSpeed {
  private AttentionSpeed() {}

  /// Runs each for `args[0]` seconds (4 without arguments), twice, the first time to warm up; with
  /// two more arguments, only so many tokens in so many sequences.
  @SuppressWarnings("SystemOut") // it prints a table
  public static void main(String[] args) {
    long seconds = args.length > 0 ? Long.parseLong(args[0]) : 4;
    int[][] shapes =
        args.length == 3
            ? new int[][] {{Integer.parseInt(args[1]), Integer.parseInt(args[2])}}
            : new int[][] {{13, 16}, {128, 16}, {1024, 1}, {4096, 1}};
    for (int[] shape : shapes) {
      for (boolean print : new boolean[] {false, true}) {
        for (boolean causal : new boolean[] {false, true}) {
          Espalier.withThreads(1, () -> measure(shape[0], shape[1], causal, seconds, print));
        }
      }
    }
  }

  @SuppressWarnings("SystemOut")
  private static void measure(
      int tokens, int sequences, boolean causal, long seconds, boolean print) {
    int[] starts = new int[sequences + 1];
    Arrays.setAll(starts, s -> s * tokens);
    var attention = new Attention(12, 12, 1 / Math.sqrt(32), causal, 0, 0, 0);
    double[] best = {Double.MAX_VALUE, Double.MAX_VALUE};
    try (Scope _ = Scope.open()) {
      Tensor offsets = Tensor.of(starts);
      Tensor[] qkv = new Tensor[3];
      for (int i = 0; i < 3; i++) {
        qkv[i] = noise(sequences * tokens, 12 * 32, i).requireGrad();
      }
      Tensor dy = noise(sequences * tokens, 12 * 32, 4);
      long end = System.nanoTime() + seconds * 1_000_000_000;
      for (int i = 0; i < 3 || System.nanoTime() < end; i++) {
        try (Scope _ = Scope.open()) {
          long start = System.nanoTime();
          Tensor y = attention.apply(qkv[0], qkv[1], qkv[2], offsets, offsets);
          long middle = System.nanoTime();
          Autograd.of(y).outputGradients(dy).gradients(qkv);
          best[0] = Math.min(best[0], (double) (middle - start));
          best[1] = Math.min(best[1], (double) (System.nanoTime() - middle));
        }
      }
    }
    if (!print) {
      return;
    }
    System.out.printf(
        Locale.ROOT,
        "%5d tokens x %2d %-6s forward %9.1f us  backward %9.1f us%n",
        tokens,
        sequences,
        causal ? "causal" : "",
        best[0] / 1000,
        best[1] / 1000);
  }

  private static Tensor noise(int rows, int columns, int seed) {
    Random random = new Random(seed);
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(values, rows, columns);
  }
}
