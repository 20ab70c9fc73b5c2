package org.espalier.multitask.train;

import org.espalier.Espalier;
import org.espalier.nn.model.BertConfig;
import org.espalier.nn.optim.AdamW;

/// A program, not a test: prints a hash of all parameters and moments after some steps on ragged
/// batches, with dropout, clipping and AdamW. The number of threads, the width of vectors, the
/// compiler and the process must not change it.
///
/// Arguments: `MINILM`, `TINY` or `MINUTE` (MINILM), steps (20), threads (all processors). The
/// vector width is the property `espalier.vectorBits`.
public final class StepHash {
  private static final int[][] BATCHES = {
    {13, 40, 7, 21}, {1, 33, 18, 5, 9, 2}, {48, 30}, {11, 11, 11, 12, 11}
  };
  private static final int[][] MINUTE_BATCHES = {{3, 1, 5}, {2, 7}};

  /// The model and what it is trained on.
  enum Size {
    MINILM(2e-5),
    TINY(1e-3),
    MINUTE(1e-3);

    private final double learningRate;

    Size(double learningRate) {
      this.learningRate = learningRate;
    }

    BertConfig config() {
      return switch (this) {
        case MINILM -> BertConfig.miniLm();
        case TINY -> SharedBert.TINY;
        case MINUTE -> SharedBert.MINUTE;
      };
    }

    int[][] lengths() {
      return this == MINUTE ? MINUTE_BATCHES : BATCHES;
    }
  }

  private StepHash() {}

  /// Prints one line: the hash.
  public static void main(String[] args) {
    Size size = args.length > 0 ? Size.valueOf(args[0]) : Size.MINILM;
    int steps = args.length > 1 ? Integer.parseInt(args[1]) : 20;
    int threads = args.length > 2 ? Integer.parseInt(args[2]) : Espalier.threads();
    System.out.println(run(size, steps, threads));
  }

  static String run(Size size, int steps, int threads) {
    String[] hash = new String[1];
    Espalier.withThreads(threads, () -> hash[0] = run(size, steps));
    return hash[0];
  }

  private static String run(Size size, int steps) {
    SharedBert model = new SharedBert(size.config(), 0.1, size.learningRate, AdamW.SparseRows.ALL);
    SharedBert.Data[] batches = new SharedBert.Data[size.lengths().length];
    for (int i = 0; i < batches.length; i++) {
      batches[i] = model.new Data(i, size.lengths()[i]);
    }
    for (int step = 0; step < steps; step++) {
      model.step(batches[step % batches.length], step);
    }
    return model.hash();
  }
}
