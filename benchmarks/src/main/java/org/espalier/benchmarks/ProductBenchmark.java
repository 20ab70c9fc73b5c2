package org.espalier.benchmarks;

import java.util.concurrent.TimeUnit;
import org.espalier.Tensor;
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

/// Matrix products.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsPrepend = "--add-modules=jdk.incubator.vector", jvmArgsAppend = "-Xmx4g")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class ProductBenchmark {
  private Tensor a = Tensor.scalar(0);
  private Tensor b = a;
  private Tensor hidden = a;
  private Tensor weight = a;
  private Work square = new Work(0, 0);
  private Work feedForward = square;

  /// Makes the operands.
  @Setup
  public void setup(Size size) {
    int n = size.pick(1024, 8);
    a = Fill.numbers(1, n, n);
    b = Fill.numbers(2, n, n);
    hidden = Fill.numbers(3, size.pick(512, 8), size.pick(384, 8));
    weight = Fill.numbers(4, size.pick(384, 8), size.pick(1536, 8));
    square = Work.of(() -> product(a, b));
    feedForward = Work.of(() -> product(hidden, weight));
  }

  /// `[1024, 1024] x [1024, 1024]`.
  @Benchmark
  public Tensor square1024(Rates rates) {
    rates.add(square);
    return product(a, b);
  }

  /// `[512, 384] x [384, 1536]`: into the feed-forward layer of a small batch.
  @Benchmark
  public Tensor feedForward512x384x1536(Rates rates) {
    rates.add(feedForward);
    return product(hidden, weight);
  }

  private static Tensor product(Tensor x, Tensor y) {
    try (var _ = org.espalier.Scope.open()) {
      return x.matmul(y);
    }
  }
}
