package org.espalier.benchmarks;

import java.util.concurrent.TimeUnit;
import org.espalier.Tensor;
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

/// Matrix products.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsPrepend = "--add-modules=jdk.incubator.vector", jvmArgsAppend = "-Xmx4g")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ProductBenchmark {
  /// Those of [ProductShape#ALL]; see there.
  @Param({
    "1024x1024x1024",
    "4096x768x768",
    "2048x3072x768",
    "2048x768x3072",
    "128x384x384",
    "512x384x1536",
    "96*128x32x128",
    "96*128x128x32",
    "96*128x64x128",
    "96*128x128x64"
  })
  public String shape = "";

  /// Which operand lies transposed in memory.
  @Param public ProductShape.Form form = ProductShape.Form.NN;

  private Tensor[] operands = new Tensor[0];
  private Work work = new Work(0, 0);

  /// Makes the operands.
  @Setup
  public void setup(Size size) {
    ProductShape full = ProductShape.parse(shape);
    operands = size.pick(full, new ProductShape(full.batch(), 5, 3, 4)).operands(form);
    work = Work.of(() -> ProductShape.multiply(operands));
  }

  /// `[m, k] x [k, n]`, the form of the operands being that of views.
  @Benchmark
  public Tensor multiply(Rates rates) {
    rates.add(work);
    return ProductShape.multiply(operands);
  }
}
