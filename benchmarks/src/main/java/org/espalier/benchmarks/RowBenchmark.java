package org.espalier.benchmarks;

import java.util.concurrent.TimeUnit;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.op.Embedding;
import org.espalier.op.LayerNorm;
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

/// Softmax, layer norm, GELU and embedding, forward alone and with backward, on 2,048 tokens of a
/// MiniLM-sized encoder.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsPrepend = "--add-modules=jdk.incubator.vector", jvmArgsAppend = "-Xmx4g")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class RowBenchmark {
  /// `softmax`: scores of 12 heads, `[24576, 128]`; `layerNorm`: `[2048, 384]`; `gelu`: `[2048,
  /// 1536]`; `embedding`: 2,048 rows of `[30522, 384]`.
  @Param({"softmax", "layerNorm", "gelu", "embedding"})
  public String op = "";

  private Tensor[] inputs = new Tensor[0];
  private Tensor ids = Tensor.scalar(0);
  private Tensor dy = ids;
  private Work forward = new Work(0, 0);
  private Work both = forward;

  /// Makes the operands.
  @Setup
  public void setup(Size size) {
    int tokens = size.pick(2048, 4);
    int width = size.pick(384, 8);
    inputs =
        switch (op) {
          case "softmax" -> new Tensor[] {Fill.numbers(1, 12 * tokens, size.pick(128, 8))};
          case "layerNorm" ->
              new Tensor[] {
                Fill.numbers(1, tokens, width), Fill.numbers(2, width), Fill.numbers(3, width)
              };
          case "gelu" -> new Tensor[] {Fill.numbers(1, tokens, 4 * width)};
          case "embedding" -> new Tensor[] {Fill.numbers(1, size.pick(30522, 8), width)};
          default -> throw new IllegalArgumentException("no op " + op);
        };
    ids = Tensor.of(Fill.ids(1, tokens, inputs[0].size(0)));
    for (Tensor input : inputs) {
      input.requireGrad();
    }
    dy = Fill.numbers(4, apply().shape().sizes());
    forward = Work.of(this::infer);
    both = Work.of(this::train);
  }

  private Tensor apply() {
    return switch (op) {
      case "softmax" -> inputs[0].softmax();
      case "layerNorm" -> LayerNorm.apply(inputs[0], inputs[1], inputs[2], 1e-12);
      case "gelu" -> inputs[0].gelu();
      default -> Embedding.apply(inputs[0], ids);
    };
  }

  /// Forward, for inference.
  @Benchmark
  public Tensor forward(Rates rates) {
    rates.add(forward);
    return infer();
  }

  /// Forward and backward; an embedding's gradient stays the rows it touched.
  @Benchmark
  public Tensor forwardBackward(Rates rates) {
    rates.add(both);
    return train();
  }

  private Tensor infer() {
    try (var _ = org.espalier.Scope.open()) {
      return Autograd.noGrad(this::apply);
    }
  }

  private Tensor train() {
    try (var _ = org.espalier.Scope.open()) {
      Tensor y = apply();
      Autograd.of(y).outputGradients(dy).backward();
      for (Tensor input : inputs) {
        input.zeroGrad();
      }
      return y;
    }
  }
}
