package org.espalier.benchmarks;

import java.util.List;
import org.espalier.Scope;

/// A [Workload] that is running on the engine.
public final class WorkloadRun {
  private final Workload.Kind kind;
  private final Trainee trainee;
  private final List<TokenBatch> batches;
  private int next;

  WorkloadRun(Workload.Kind kind, Trainee trainee, List<TokenBatch> batches) {
    this.kind = kind;
    this.trainee = trainee;
    this.batches = batches;
  }

  /// Runs one call: a step, or a forward pass. Returns the loss; 0 for a forward pass.
  public double once() {
    return switch (kind) {
      case TRAINING, SENTENCES -> trainee.train(batches.get(next++ % batches.size()));
      case SURGERY -> trainee.surgery(batches);
      case INFERENCE -> {
        try (Scope _ = Scope.open()) {
          trainee.infer(batches.getFirst()).shape();
        }
        yield 0;
      }
    };
  }

  /// Returns the hidden states of the first batch, row by row.
  public float[] hidden() {
    try (Scope _ = Scope.open()) {
      return trainee.infer(batches.getFirst()).toFloatArray();
    }
  }
}
