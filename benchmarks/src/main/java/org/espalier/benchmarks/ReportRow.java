package org.espalier.benchmarks;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/// One benchmark of a run.
///
/// @param name class, method and parameters
/// @param threads how many threads it computes on, helpers included
/// @param milliseconds of one call, of one thread
/// @param error half the 99.9 % interval of the rate, as a share of it; NaN for one iteration
/// @param gflops 10^9 operations of products and attention a second
/// @param gigabytesPerSecond 10^9 bytes of operands a second
/// @param allocated bytes of Java heap a call
record ReportRow(
    String name,
    int threads,
    double milliseconds,
    double error,
    double gflops,
    double gigabytesPerSecond,
    double allocated) {
  private static final String THREADS = "-Despalier.threads=";

  static ReportRow of(RunResult result) {
    BenchmarkParams params = result.getParams();
    String[] parts = params.getBenchmark().split("\\.", -1);
    StringBuilder name = new StringBuilder();
    name.append(parts[parts.length - 2].replaceFirst("Benchmark$", ""));
    name.append('.').append(parts[parts.length - 1]);
    for (String key : params.getParamsKeys()) {
      if (!key.equals("size") || !params.getParam(key).equals("full")) {
        name.append(' ').append(params.getParam(key));
      }
    }
    Result<?> primary = result.getPrimaryResult();
    double perSecond = primary.getScore();
    return new ReportRow(
        name.toString(),
        name.toString().startsWith("Peaks.") ? params.getThreads() : threads(params),
        1e3 * params.getThreads() / perSecond,
        primary.getScoreError() / perSecond,
        secondary(result, "gigaflops"),
        secondary(result, "gigabytes"),
        secondary(result, "gc.alloc.rate.norm"));
  }

  /// An op computes on all processors unless the measured JVM was told otherwise.
  private static int threads(BenchmarkParams params) {
    List<String> given = params.getJvmArgs().stream().filter(a -> a.startsWith(THREADS)).toList();
    return given.isEmpty()
        ? Runtime.getRuntime().availableProcessors()
        : Integer.parseInt(given.getLast().substring(THREADS.length()));
  }

  private static double secondary(RunResult result, String key) {
    Result<?> r = result.getSecondaryResults().get(key);
    return r == null || Double.isNaN(r.getScore()) ? 0 : r.getScore();
  }

  /// @param peak GFLOP/s that are possible; 0 when not known
  /// @param copy GB/s that are possible; 0 when not known
  Map<String, Object> json(double peak, double copy) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("name", name);
    all.put("threads", threads);
    all.put("milliseconds", milliseconds);
    if (Double.isFinite(error)) {
      all.put("error", error);
    }
    all.put("gflops", gflops);
    all.put("gigabytesPerSecond", gigabytesPerSecond);
    if (peak > 0) {
      all.put("ofPeak", gflops / peak);
    }
    if (copy > 0) {
      all.put("ofCopy", gigabytesPerSecond / copy);
    }
    all.put("allocatedBytes", allocated);
    return all;
  }
}
