package org.espalier.cpu;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.memory.BufferPool;
import org.espalier.op.Attention;

/// Prints how much memory attention takes, forward and backward, by the number of tokens: it must
/// grow no faster than they do.
///
/// One number of tokens a process, so that peaks are its own: without arguments each is measured in
/// a process of its own.
///
/// ```
/// java --add-modules jdk.incubator.vector -cp ... org.espalier.cpu.AttentionMemory
/// ```
public final class AttentionMemory {
  private static final int[] TOKENS = {1024, 2048, 4096, 8192};
  private static final double MB = 1 << 20;

  private AttentionMemory() {}

  /// Measures the heads, head dimension and tokens that are given, or prints the table.
  @SuppressWarnings("SystemOut") // it prints a table
  public static void main(String[] args) throws Exception {
    if (args.length == 3) {
      System.out.println(
          measure(Integer.parseInt(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2])));
      return;
    }
    System.out.println(
        "heads x dim  tokens  causal   tensors MB  scratch MB  heap peak MB  scores would be MB");
    for (String[] heads : new String[][] {{"1", "64"}, {"12", "32"}}) {
      for (int tokens : TOKENS) {
        System.out.print(inAnotherProcess(heads[0], heads[1], Integer.toString(tokens)));
      }
    }
  }

  private static String inAnotherProcess(String... args) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    // A small young generation, so that the peak is what was needed and not what was not collected.
    command.addAll(List.of("-XX:+UseSerialGC", "-Xmn8m", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(AttentionMemory.class.getName());
    command.addAll(List.of(args));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private static String measure(int heads, int dim, int tokens) {
    StringBuilder lines = new StringBuilder();
    for (boolean causal : new boolean[] {false, true}) {
      step(heads, dim, tokens, causal);
      lines.append(
          String.format(
              Locale.ROOT,
              "%5d x %-4d %7d  %-6s %11.1f %11.1f %13.1f %19.1f%n",
              heads,
              dim,
              tokens,
              causal,
              BufferPool.shared().stats().peakBytes() / MB,
              scratch() / MB,
              heapPeak() / MB,
              4.0 * heads * tokens * tokens / MB));
    }
    return lines.toString().stripTrailing();
  }

  private static void step(int heads, int dim, int tokens, boolean causal) {
    try (Scope _ = Scope.open()) {
      Tensor q = noise(tokens, heads * dim, 1).requireGrad();
      Tensor k = noise(tokens, heads * dim, 2).requireGrad();
      Tensor v = noise(tokens, heads * dim, 3).requireGrad();
      Tensor offsets = Tensor.of(new int[] {0, tokens});
      new Attention(heads, heads, 1 / Math.sqrt(dim), causal, 0.1, 5, 1)
          .apply(q, k, v, offsets, offsets)
          .sum()
          .backward();
    }
  }

  private static Tensor noise(int rows, int columns, int seed) {
    Random random = new Random(seed);
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(values, rows, columns);
  }

  /// The work spaces that threads have given back.
  private static double scratch() {
    List<AttentionScratch> spaces = new ArrayList<>();
    long floats = 0;
    for (int i = 0; i < 64; i++) {
      AttentionScratch s = AttentionScratch.POOL.take();
      spaces.add(s);
      for (float[] array :
          new float[][] {
            s.scores,
            s.gradients,
            s.factors,
            s.shifts,
            s.keysT,
            s.valuesT,
            s.keys,
            s.values,
            s.queries,
            s.outputs
          }) {
        floats += array.length;
      }
    }
    spaces.forEach(AttentionScratch.POOL::giveBack);
    return 4.0 * floats;
  }

  private static double heapPeak() {
    long sum = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      if (pool.getType() == MemoryType.HEAP) {
        sum += pool.getPeakUsage().getUsed();
      }
    }
    return sum;
  }
}
