package org.espalier.cli;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/// Adds up how long each phase of a run takes.
final class PhaseClock {
  private final long start = System.nanoTime();
  private final Map<String, Long> nanos = new LinkedHashMap<>();

  /// Runs a part of a phase.
  <T> T time(String phase, Supplier<T> body) {
    long begin = System.nanoTime();
    try {
      return body.get();
    } finally {
      add(phase, System.nanoTime() - begin);
    }
  }

  /// Adds nanoseconds to a phase.
  void add(String phase, long more) {
    nanos.merge(phase, more, Long::sum);
  }

  /// Runs a part of a phase.
  void run(String phase, Runnable body) {
    long begin = System.nanoTime();
    try {
      body.run();
    } finally {
      add(phase, System.nanoTime() - begin);
    }
  }

  /// Seconds of each phase, in the order in which they first came.
  Map<String, Double> phases() {
    Map<String, Double> seconds = new LinkedHashMap<>();
    nanos.forEach((phase, n) -> seconds.put(phase, Math.round(n / 1e6) / 1e3));
    return Collections.unmodifiableMap(seconds);
  }

  /// Seconds since the clock was made.
  double seconds() {
    return Math.round((System.nanoTime() - start) / 1e6) / 1e3;
  }
}
