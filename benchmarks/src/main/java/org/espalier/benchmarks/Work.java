package org.espalier.benchmarks;

import org.espalier.profile.ProfileRow;
import org.espalier.profile.Profiler;

/// What one call of a benchmark computes and moves.
///
/// @param gigaflops 10^9 floating-point operations of matrix products and attention, counted
///   exactly
/// @param gigabytes 10^9 bytes: each operand of each kernel once, whatever the caches do
record Work(double gigaflops, double gigabytes) {
  /// Runs the body once under the engine's own profile.
  static Work of(Runnable body) {
    try (Profiler profile = Profiler.start()) {
      body.run();
      double flops = 0;
      double bytes = 0;
      for (ProfileRow row : profile.rows()) {
        flops += row.flops();
        bytes += row.bytes();
      }
      return new Work(flops / 1e9, bytes / 1e9);
    }
  }

  /// Returns the share of one of so many calls.
  Work each(int calls) {
    return new Work(gigaflops / calls, gigabytes / calls);
  }
}
