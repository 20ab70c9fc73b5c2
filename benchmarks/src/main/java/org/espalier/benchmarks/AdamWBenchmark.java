package org.espalier.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.espalier.Tensor;
import org.espalier.autograd.Gradient;
import org.espalier.autograd.Gradients;
import org.espalier.nn.Parameters;
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

/// An AdamW step, and the norm for clipping, on all 22.6 million parameters of a MiniLM-sized
/// encoder.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsPrepend = "--add-modules=jdk.incubator.vector", jvmArgsAppend = "-Xmx4g")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class AdamWBenchmark {
  private final List<AdamWUpdate.Slot> slots = new ArrayList<>();
  private final List<Gradient> gradients = new ArrayList<>();
  private Work work = new Work(0, 0);
  private Work norm = work;

  /// Makes parameters, gradients and moments.
  @Setup
  public void setup(Size size) {
    slots.clear();
    gradients.clear();
    for (Tensor p : parameters(size).all().values()) {
      int[] shape = p.shape().sizes();
      slots.add(
          new AdamWUpdate.Slot(
              p,
              new Gradient.Dense(Fill.numbers(slots.size(), shape)),
              Tensor.zeros(shape),
              Tensor.zeros(shape)));
    }
    slots.forEach(slot -> gradients.add(slot.gradient()));
    work = Work.of(this::update);
    norm = Work.of(() -> Gradients.norm(gradients));
  }

  /// Returns the parameters of a MiniLM-sized encoder, or of a tiny one.
  static Parameters parameters(Size size) {
    return Network.MINILM.at(size).with(Parameters.random(1), 0).parameters();
  }

  /// The update alone, with dense gradients that are there already.
  @Benchmark
  public void update(Rates rates) {
    rates.add(work);
    update();
  }

  /// The joint norm of all gradients, as clipping needs it; the update scales them on the way.
  @Benchmark
  public double clip(Rates rates) {
    rates.add(norm);
    return Gradients.norm(gradients);
  }

  private void update() {
    new AdamWUpdate(2e-5, 0.01, 0.9, 0.999, 1e-8, 1, 10).apply(slots);
  }
}
