package org.espalier.benchmarks.peers;

import org.espalier.Espalier;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.benchmarks.ProductShape;
import org.espalier.benchmarks.Workload;
import org.espalier.benchmarks.WorkloadRun;
import org.espalier.nn.Parameters;
import org.espalier.nn.checkpoint.SafetensorsWeights;
import org.jspecify.annotations.Nullable;

/// Our side.
final class EspalierSide implements Contestant {
  private int threads;
  private Tensor[] operands = new Tensor[0];
  private @Nullable WorkloadRun run;
  private @Nullable Job job;

  EspalierSide(int threads) {
    this.threads = threads;
  }

  @Override
  public void threads(int count) {
    threads = count;
  }

  @Override
  public void open(ProductShape shape, ProductShape.Form form) {
    run = null;
    operands = shape.operands(form);
  }

  @Override
  public void open(Job opened) {
    job = opened;
    run =
        opened
            .workload()
            .start(
                opened.network(),
                Parameters.loaded(SafetensorsWeights.open(opened.weights())),
                opened.dropout(),
                opened.batches());
  }

  @Override
  public void run(int calls) {
    Espalier.withThreads(threads, () -> runAll(calls));
  }

  private void runAll(int calls) {
    WorkloadRun r = run;
    for (int i = 0; i < calls; i++) {
      if (r == null) {
        try (Scope _ = Scope.open()) {
          operands[0].matmul(operands[1]).shape();
        }
      } else {
        r.once();
      }
    }
  }

  @Override
  public double[] probe() {
    WorkloadRun r = run;
    Job j = job;
    if (r == null || j == null) {
      try (Scope _ = Scope.open()) {
        return Probe.of(operands[0].matmul(operands[1]).toFloatArray());
      }
    }
    if (j.workload().kind() == Workload.Kind.INFERENCE) {
      return Probe.of(r.hidden());
    }
    double[] losses = new double[j.probes()];
    for (int i = 0; i < losses.length; i++) {
      losses[i] = r.once();
    }
    return losses;
  }

  @Override
  public String about() {
    return String.join("; ", Espalier.describe().lines().toList());
  }
}
