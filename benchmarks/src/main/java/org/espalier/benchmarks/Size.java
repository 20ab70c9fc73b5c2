package org.espalier.benchmarks;

import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// How large the operands are.
@State(Scope.Benchmark)
public class Size {
  /// `full`: as a MiniLM-sized encoder has them; `tiny`: just to see that everything runs.
  @Param("full")
  public String size = "full";

  /// Returns one of two.
  <T> T pick(T full, T tiny) {
    return switch (size) {
      case "full" -> full;
      case "tiny" -> tiny;
      default -> throw new IllegalArgumentException("size is full or tiny, not " + size);
    };
  }
}
