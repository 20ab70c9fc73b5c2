package org.espalier.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.espalier.Tensor;
import org.espalier.autograd.Gradient;
import org.espalier.op.AdamWUpdate;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// An AdamW step on all 22.6 million parameters of a MiniLM-sized encoder.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsPrepend = "--add-modules=jdk.incubator.vector", jvmArgsAppend = "-Xmx4g")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class AdamWBenchmark {
  private final List<AdamWUpdate.Slot> slots = new ArrayList<>();
  private Work work = new Work(0, 0);

  /// Makes parameters, gradients and moments.
  @Setup
  public void setup(Size size) {
    slots.clear();
    for (Tensor p : MiniLm.of(size).parameters().all().values()) {
      int[] shape = p.shape().sizes();
      slots.add(
          new AdamWUpdate.Slot(
              p,
              new Gradient.Dense(Fill.numbers(slots.size(), shape)),
              Tensor.zeros(shape),
              Tensor.zeros(shape)));
    }
    work = Work.of(this::update);
  }

  /// The update alone, with dense gradients that are there already.
  @Benchmark
  public void update(Rates rates) {
    rates.add(work);
    update();
  }

  private void update() {
    new AdamWUpdate(2e-5, 0.01, 0.9, 0.999, 1e-8, 1, 10).apply(slots);
  }
}
