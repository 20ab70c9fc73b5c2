package org.espalier.benchmarks;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// Counts what a benchmark computed and moved; JMH divides by the time.
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class Rates {
  /// 10^9 floating-point operations of products and attention.
  public double gigaflops;

  /// 10^9 bytes that kernels had to read and write.
  public double gigabytes;

  void add(Work work) {
    gigaflops += work.gigaflops();
    gigabytes += work.gigabytes();
  }
}
