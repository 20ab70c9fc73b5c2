package org.espalier.profile;

/// What all calls of one op took in one direction, without what ops inside them took.
///
/// @param op name of the op or kernel
/// @param phase which way it went
/// @param calls how often
/// @param seconds its own time, summed over threads
/// @param flops floating-point operations of its matrix products and of attention's, two for each
///   multiply-add; 0 where none are counted
/// @param bytes what its kernels had to read and write: each operand once, whatever the caches did
/// @param kernels how many kernels it ran
/// @param delegated how many of them the reference backend computed, slowly
public record ProfileRow(
    String op,
    Phase phase,
    long calls,
    double seconds,
    long flops,
    long bytes,
    long kernels,
    long delegated) {
  /// Returns the rate of its counted operations in 10^9 a second; 0 where none are counted.
  public double gflops() {
    return seconds > 0 ? flops / seconds / 1e9 : 0;
  }

  /// Returns the rate of its bytes in 10^9 a second.
  public double gigabytesPerSecond() {
    return seconds > 0 ? bytes / seconds / 1e9 : 0;
  }
}
