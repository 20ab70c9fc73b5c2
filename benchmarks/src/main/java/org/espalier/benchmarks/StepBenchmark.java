package org.espalier.benchmarks;

import java.util.concurrent.TimeUnit;
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

/// A MiniLM-sized encoder at work: a whole training step (forward, three heads, backward, clipping,
/// AdamW), and inference of a batch.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsPrepend = "--add-modules=jdk.incubator.vector", jvmArgsAppend = "-Xmx4g")
@Warmup(iterations = 4, time = 3)
@Measurement(iterations = 6, time = 3)
public class StepBenchmark {
  /// `full`: 16 sequences of 128 tokens; `ragged`: 32 short sentences, 12 tokens in the mean.
  @Param({"full", "ragged"})
  public String batch = "";

  private MiniLm model = new MiniLm(MiniLm.TINY, 2);
  private Work training = new Work(0, 0);
  private Work inference = training;

  /// Makes the model and runs both once.
  @Setup
  public void setup(Size size) {
    model = MiniLm.of(size, batch);
    training = Work.of(model::train);
    inference = Work.of(model::infer);
  }

  /// A training step with dropout 0.1.
  @Benchmark
  public double train(Rates rates) {
    rates.add(training);
    return model.train();
  }

  /// The encoder's output for the batch.
  @Benchmark
  public Object infer(Rates rates) {
    rates.add(inference);
    return model.infer();
  }
}
