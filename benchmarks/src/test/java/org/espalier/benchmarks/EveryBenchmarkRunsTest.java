package org.espalier.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.espalier.io.json.Json;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/// The whole suite on tiny operands in this JVM: that all of it runs, not how fast.
final class EveryBenchmarkRunsTest {
  private static Collection<RunResult> results = Set.of();

  @BeforeAll
  static void runTheSuiteOnce() throws RunnerException {
    results =
        new Runner(
                new OptionsBuilder()
                    .param("size", "tiny")
                    .forks(0)
                    .warmupIterations(0)
                    .measurementIterations(1)
                    .measurementTime(TimeValue.milliseconds(5))
                    .addProfiler(GCProfiler.class)
                    .shouldFailOnError(true)
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
  }

  @Test
  void measuresTheRowsThatTheReadmeExplains() {
    Set<String> expected = new TreeSet<>();
    for (String peak : List.of("copyOf", "multiplyAddsOf")) {
      expected.add("Peaks." + peak + "OneThread");
      expected.add("Peaks." + peak + "AllThreads");
    }
    for (String shape : ProductShape.ALL) {
      for (var form : ProductShape.Form.values()) {
        expected.add("Product.multiply " + form + " " + shape);
      }
    }
    for (String direction : List.of("forward", "forwardBackward")) {
      for (String op : List.of("softmax", "layerNorm", "gelu", "embedding")) {
        expected.add("Row." + direction + " " + op);
      }
      for (boolean causal : new boolean[] {false, true}) {
        expected.add("Attention." + direction + " " + causal + " 32");
        expected.add("Attention." + direction + " " + causal + " 64");
      }
    }
    for (Workload workload : Workload.values()) {
      expected.add("Step.once " + workload);
    }
    expected.addAll(List.of("AdamW.update", "AdamW.clip", "Load.safetensors"));
    Set<String> names = new TreeSet<>();
    for (RunResult r : results) {
      names.add(ReportRow.of(r).name().replaceFirst(" tiny(?= |$)", ""));
    }
    assertEquals(expected, names);
  }

  @Test
  void countsWorkInEveryRow() {
    for (RunResult r : results) {
      ReportRow row = ReportRow.of(r);
      boolean products = row.name().matches("(Product|Attention|Step|Peaks.multiply).*");
      assertEquals(products, row.gflops() > 0, row.toString());
      assertTrue(row.gigabytesPerSecond() > 0 || row.name().startsWith("Peaks"), row.toString());
      assertTrue(row.milliseconds() > 0, row.toString());
    }
  }

  @Test
  void writesAReportThatComparesWithThePeaksOfTheRun() throws IOException {
    Machine machine = Machine.now();
    assertTrue(machine.engine().getFirst().startsWith("java "), machine.toString());
    Report report = new Report(machine, machine, results);
    String text = report.text();
    assertTrue(
        text.lines().filter(l -> l.startsWith("Product.multiply NT")).findAny().get().contains("%"),
        text);
    var json = Json.parseObject("report", report.json());
    assertEquals(4, json.array("peaks").size());
    assertEquals(results.size() - 4, json.array("rows").size());
    assertTrue(json.array("rows").object(0).real("milliseconds") > 0);
  }
}
