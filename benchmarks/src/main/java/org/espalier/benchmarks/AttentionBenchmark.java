package org.espalier.benchmarks;

import java.util.concurrent.TimeUnit;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.op.Attention;
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

/// Attention of 8 sequences of 128 tokens with 12 heads.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsPrepend = "--add-modules=jdk.incubator.vector", jvmArgsAppend = "-Xmx4g")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class AttentionBenchmark {
  private static final int HEADS = 12;

  /// Columns of a head: 32 as in MiniLM, 64 as in DistilBERT and GPT-2.
  @Param({"32", "64"})
  public int headDim;

  /// Whether a query sees only the keys up to its own place.
  @Param({"false", "true"})
  public boolean causal;

  private Attention attention = new Attention(HEADS, HEADS, 1, false, 0, 1, 1);
  private Tensor q = Tensor.scalar(0);
  private Tensor k = q;
  private Tensor v = q;
  private Tensor dy = q;
  private Tensor offsets = q;
  private Work forward = new Work(0, 0);
  private Work both = forward;

  /// Makes queries, keys and values.
  @Setup
  public void setup(Size size) {
    int sequences = size.pick(8, 2);
    int tokens = size.pick(128, 3);
    attention = new Attention(HEADS, HEADS, 1 / Math.sqrt(headDim), causal, 0, 1, 1);
    int rows = sequences * tokens;
    q = Fill.numbers(1, rows, HEADS * headDim).requireGrad();
    k = Fill.numbers(2, rows, HEADS * headDim).requireGrad();
    v = Fill.numbers(3, rows, HEADS * headDim).requireGrad();
    dy = Fill.numbers(4, rows, HEADS * headDim);
    int[] starts = new int[sequences + 1];
    for (int s = 0; s <= sequences; s++) {
      starts[s] = s * tokens;
    }
    offsets = Tensor.of(starts);
    forward = Work.of(this::infer);
    both = Work.of(this::train);
  }

  /// Forward, for inference.
  @Benchmark
  public Tensor forward(Rates rates) {
    rates.add(forward);
    return infer();
  }

  /// Forward and backward.
  @Benchmark
  public Tensor[] forwardBackward(Rates rates) {
    rates.add(both);
    return train();
  }

  private Tensor infer() {
    try (var _ = org.espalier.Scope.open()) {
      return Autograd.noGrad(() -> attention.apply(q, k, v, offsets, offsets));
    }
  }

  private Tensor[] train() {
    try (var _ = org.espalier.Scope.open()) {
      Tensor y = attention.apply(q, k, v, offsets, offsets);
      return Autograd.of(y).outputGradients(dy).gradients(q, k, v);
    }
  }
}
