package org.espalier.benchmarks.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How much of a span somebody waited for a processor: what others on the machine took, and the
/// hypervisor.
///
/// @param nanos when the span began
/// @param waited microseconds so far in which a process waited, -1 where unknown
/// @param ticks of all processors so far, those stolen included
/// @param stolen ticks so far in which the hypervisor ran something else
record Pressure(long nanos, double waited, double ticks, double stolen) {
  static Pressure now() {
    String[] cpu = line("/proc/stat", "cpu ").split("\\s+", -1);
    double ticks = 0;
    for (int i = 1; i < Math.min(9, cpu.length); i++) {
      ticks += Double.parseDouble(cpu[i]);
    }
    String some = line("/proc/pressure/cpu", "some");
    int total = some.indexOf("total=");
    return new Pressure(
        System.nanoTime(),
        total < 0 ? -1 : Double.parseDouble(some.substring(total + "total=".length())),
        ticks,
        cpu.length > 8 ? Double.parseDouble(cpu[8]) : 0);
  }

  private static String line(String file, String start) {
    try (var lines = Files.lines(Path.of(file))) {
      return lines.filter(l -> l.startsWith(start)).findFirst().orElse("");
    } catch (IOException notLinux) {
      return "";
    }
  }

  /// Returns the milliseconds since then.
  double millis() {
    return (System.nanoTime() - nanos) / 1e6;
  }

  /// Returns the larger of the shares of the time since then: waited, or stolen. NaN where unknown.
  double since() {
    Pressure now = now();
    if (now.waited < 0) {
      return Double.NaN;
    }
    double share = (now.waited - waited) / ((now.nanos - nanos) / 1e3);
    return Math.max(share, (now.stolen - stolen) / Math.max(1, now.ticks - ticks));
  }
}
