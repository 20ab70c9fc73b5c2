package org.espalier.multitask.train;

import java.util.Arrays;
import java.util.Locale;
import org.espalier.Espalier;
import org.espalier.nn.optim.AdamW;

/// A program, not a test: times one MiniLM-sized training step (6 layers of 384, 16 sequences of
/// 128 tokens, three heads on one shared forward pass, clipping, AdamW), and counts the bytes it
/// allocates.
///
/// Arguments: steps, dropout, `ALL` or `TOUCHED` rows of the word table, and optionally the lengths
/// of the sequences: batches are separated by `/` and come in turn.
public final class StepTiming {
  private StepTiming() {}

  /// Prints the median, and the loss to the last bit.
  public static void main(String[] args) {
    int steps = args.length > 0 ? Integer.parseInt(args[0]) : 9;
    double dropout = args.length > 1 ? Double.parseDouble(args[1]) : 0.1;
    AdamW.SparseRows rows =
        args.length > 2 ? AdamW.SparseRows.valueOf(args[2]) : AdamW.SparseRows.ALL;
    SharedBert model = new SharedBert(SharedBert.MINILM, dropout, 2e-5, rows);
    int[] full = new int[16];
    Arrays.fill(full, 128);
    SharedBert.Data[] batches =
        args.length <= 3
            ? new SharedBert.Data[] {model.new Data(1, full)}
            : Arrays.stream(args[3].split("/"))
                .map(batch -> Arrays.stream(batch.split(",")).mapToInt(Integer::parseInt).toArray())
                .map(lengths -> model.new Data(1, lengths))
                .toArray(SharedBert.Data[]::new);
    System.out.println(Espalier.describe());
    double[] ms = new double[steps];
    long[] bytes = new long[steps];
    for (int step = -3; step < steps; step++) {
      long allocated = SharedBert.allocatedBytes();
      long start = System.nanoTime();
      double loss = model.step(batches[Math.floorMod(step, batches.length)], step + 10);
      double taken = (System.nanoTime() - start) / 1e6;
      allocated = SharedBert.allocatedBytes() - allocated;
      System.out.printf(
          Locale.ROOT,
          "step %d %.1f ms %.3f MB loss %s %08x%n",
          step,
          taken,
          allocated / 1e6,
          loss,
          Float.floatToIntBits((float) loss));
      if (step >= 0) {
        ms[step] = taken;
        bytes[step] = allocated;
      }
    }
    Arrays.sort(ms);
    Arrays.sort(bytes);
    System.out.printf(
        Locale.ROOT,
        "median %.1f ms, %.3f MB; most %.3f MB%n",
        ms[steps / 2],
        bytes[steps / 2] / 1e6,
        bytes[steps - 1] / 1e6);
  }
}
