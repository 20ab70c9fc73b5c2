package org.espalier.benchmarks;

import java.util.concurrent.TimeUnit;
import org.espalier.nn.Parameters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Networks at work: whole training steps, and inference.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsPrepend = "--add-modules=jdk.incubator.vector", jvmArgsAppend = "-Xmx6g")
@Warmup(iterations = 4, time = 3)
@Measurement(iterations = 6, time = 3)
public class StepBenchmark {
  /// The network and what it does.
  @Param public Workload workload = Workload.MINILM_TRAINING;

  private WorkloadRun run = start(Network.TINY_ENCODER);
  private Work work = new Work(0, 0);

  /// Makes the network and lets all batches come once.
  @Setup
  public void setup(Size size) {
    Network chosen = workload.network().at(size);
    int calls = workload.round(chosen);
    run = start(chosen);
    work =
        Work.of(
                () -> {
                  for (int i = 0; i < calls; i++) {
                    run.once();
                  }
                })
            .each(calls);
  }

  private WorkloadRun start(Network chosen) {
    return workload.start(
        chosen, Parameters.random(1), workload.dropout(), workload.batches(chosen));
  }

  /// A step, or a forward pass.
  @Benchmark
  public double once(Rates rates) {
    rates.add(work);
    return run.once();
  }
}
