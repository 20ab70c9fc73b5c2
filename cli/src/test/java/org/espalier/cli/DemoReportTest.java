package org.espalier.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.espalier.Device;
import org.espalier.cli.DemoResult.ScoreResult;
import org.espalier.cli.DemoResult.TaskResult;
import org.espalier.io.json.Json;
import org.espalier.io.json.JsonObject;
import org.espalier.multitask.diagnostics.CosineMatrix;
import org.espalier.multitask.report.PairedBootstrap.Comparison;
import org.junit.jupiter.api.Test;

final class DemoReportTest {
  private static TaskResult result(String name, double low, double high) {
    var spec = new TaskSpec(name, TaskSpec.Kind.SENTENCE_CLASSES, List.of("x", "y"), 0, 1);
    var trivial = new TrivialBaseline("always x", 0.25);
    return new TaskResult(
        spec,
        7,
        100,
        List.of(
            new ScoreResult("accuracy", 0.75, 0.5, 0.4, trivial),
            new ScoreResult("AUC", 0.8, 0.6, Double.NaN, new TrivialBaseline("always x", 0.5))),
        new Comparison(0.5, 0.75, 0.25, low, high, 0));
  }

  @Test
  void putsATaskInALine() {
    String table =
        DemoReport.table(
            List.of(result("up", 0.1, 0.4), result("down", -0.4, -0.1), result("same", -0.1, 0.1)));
    List<String> lines = table.lines().toList();
    assertEquals(
        "  up           accuracy    0.750   0.500   0.400    0.250   +0.250 [+0.100, +0.400] "
            + " helped",
        lines.get(2));
    assertTrue(lines.get(3).contains("AUC") && lines.get(3).contains("NaN"), lines.get(3));
    assertTrue(lines.get(4).endsWith("hurt"), lines.get(4));
    assertTrue(lines.get(6).endsWith("no difference within noise"), lines.get(6));
    assertTrue(table.contains("the noise of training seeds is not in it"));
    assertTrue(table.contains("up: always x"));
  }

  @Test
  void readsTheMatrixAloud() {
    // Three batches of three tasks in the plane: b lies as a does, c against both, exactly.
    double[][] g = {
      {2, 0}, {2, 0.1}, {2, -0.1}, {1, 0}, {1, 0.05}, {1, -0.05}, {-3, 0}, {-3, -0.1}, {-3, 0.1}
    };
    double[][] gram = new double[9][9];
    for (int i = 0; i < 9; i++) {
      for (int j = 0; j < 9; j++) {
        gram[i][j] = g[i][0] * g[j][0] + g[i][1] * g[j][1];
      }
    }
    String text = DemoReport.cosines(CosineMatrix.of(List.of("a", "b", "c"), gram, 3), 3, 16);
    assertTrue(text.contains("a and b (+1.00) help each other"), text);
    assertTrue(text.contains("a and c (-1.00) interfere"), text);
    assertTrue(text.contains("For 0 of 3 pairs"), text);
    assertFalse(text.lines().skip(2).limit(3).anyMatch(line -> line.contains("n.d.")), text);
  }

  @Test
  void saysSoWhenNothingCanBeTold() {
    double[][] gram = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
    String text = DemoReport.cosines(CosineMatrix.of(List.of("a", "b"), gram, 2), 2, 16);
    assertTrue(text.contains("n.d."), text);
    assertTrue(text.contains("For 1 of 1 pairs nothing can be told"), text);
    assertFalse(text.contains("help each other"), text);
  }

  @Test
  void summarisesTheSameNumbers() {
    var result =
        new DemoResult(
            List.of(result("up", 0.1, 0.4)), null, 7, 123.4, "00", Map.of("loading", 1.5), 9);
    var options =
        new DemoOptions(
            5,
            7,
            List.of("up"),
            Choice.of("equal"),
            Choice.of("none"),
            Choice.of("proportional"),
            false,
            "",
            48,
            16,
            4,
            16,
            0,
            Device.CPU,
            false);
    JsonObject json = Json.parseObject("summary", DemoSummary.of(options, result));
    JsonObject task = json.object("tasks").object("up");
    assertEquals("accuracy", task.string("metric"));
    assertEquals(0.75, task.real("multi"));
    assertEquals(0.25, task.real("majority"));
    assertEquals(0.6, task.object("metrics").object("AUC").real("single"));
    assertEquals("NaN", task.object("metrics").object("AUC").string("frozen"));
    assertEquals("helped", task.string("verdict"));
    assertEquals(123.4, json.real("tokensPerSecond"));
    assertEquals(1.5, json.object("phases").real("loading"));
    assertEquals(5, json.integer("seed"));
  }

  @Test
  void saysTimesAsPeopleDo() {
    assertEquals("7.3 s", DemoSummary.time(7.26));
    assertEquals("2 min 05 s", DemoSummary.time(125.2));
    assertEquals("2 min 00 s", DemoSummary.time(119.7));
  }

  @Test
  void tellsHowLongItStillTakes() {
    assertEquals(
        "multi-task      25 of 100 (25 %)  loss 1.0  1:30 left",
        ProgressLine.line("multi-task", 25, 100, "loss 1.0", 30));
    assertEquals(
        "cosines          0 of 0 (100 %)  0:00 left", ProgressLine.line("cosines", 0, 0, "", 1));
  }
}
