package org.espalier.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.espalier.Device;
import org.espalier.io.json.Json;
import org.espalier.io.json.JsonObject;
import org.espalier.multitask.train.MultiTaskModel;
import org.espalier.multitask.train.Task;
import org.espalier.nn.data.Example;
import org.espalier.nn.head.Prediction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whole demonstrations through the command, on the tiny encoder and tasks.
final class DemoRunTest {
  @TempDir private Path folder = Path.of("");

  private JsonObject demo(String name, String... more) {
    List<String> arguments = new ArrayList<>(List.of("demo", "--quick", "--no-progress"));
    arguments.addAll(List.of("--out", folder.resolve(name).toString()));
    arguments.addAll(List.of(more));
    var console = new Console();
    assertEquals(0, console.run(arguments.toArray(new String[0])), console.err.toString());
    assertTrue(console.out.toString().contains("./espalier predict"), console.out.toString());
    return Json.readObject(folder.resolve(name).resolve("summary.json"));
  }

  @Test
  void summarisesEveryTask() throws IOException {
    JsonObject summary = demo("a", "--json", folder.resolve("copy.json").toString());
    assertEquals(
        Set.of("sense", "word-sense", "depth", "correct", "error-span"),
        summary.object("tasks").keys());
    for (String name : summary.object("tasks").keys()) {
      JsonObject task = summary.object("tasks").object(name);
      for (String model : List.of("multi", "single", "frozen", "majority")) {
        assertTrue(Double.isFinite(task.real(model)), name + " " + model);
        for (String metric : task.object("metrics").keys()) {
          assertTrue(task.object("metrics").object(metric).has(model), name + " " + metric);
        }
      }
      assertTrue(task.real("low") <= task.real("high"), name);
      assertTrue(
          Set.of("helped", "hurt", "no difference within noise").contains(task.string("verdict")));
      assertEquals(3, task.integer("trainingSteps"), "48 examples in batches of 16");
    }
    JsonObject tasks = summary.object("tasks");
    assertEquals("accuracy", tasks.object("sense").string("metric"));
    assertEquals("R2", tasks.object("depth").string("metric"));
    assertEquals("span F1", tasks.object("error-span").string("metric"));
    assertEquals(Set.of("AUC"), tasks.object("correct").object("metrics").keys());
    assertEquals(Set.of("MAE"), tasks.object("depth").object("metrics").keys());
    assertEquals(15, summary.integer("steps"));
    assertTrue(summary.real("seconds") > 0 && summary.real("tokensPerSecond") > 0);
    assertTrue(summary.object("phases").keys().containsAll(List.of("multi-task", "single-task")));
    assertTrue(summary.string("parameterHash").matches("[0-9a-f]{64}"));
    assertEquals(15, summary.array("cosines").size(), "pairs of five tasks and each with itself");
    assertEquals(
        Files.readString(folder.resolve("a/summary.json")),
        Files.readString(folder.resolve("copy.json")));
  }

  @Test
  void repeatsItselfToTheLastBit() throws IOException {
    String first = demo("a").string("parameterHash");
    assertEquals(first, demo("b").string("parameterHash"));
    assertEquals(steps("a"), steps("b"));
    assertEquals(15 + 15 + 15, steps("a").size(), "multi-task, single-task and frozen");
    assertNotEquals(first, demo("c", "--seed", "2").string("parameterHash"));
  }

  private List<String> steps(String name) throws IOException {
    return Files.readAllLines(folder.resolve(name).resolve("log.jsonl")).stream()
        .filter(line -> line.contains("\"event\":\"step\""))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--weighting uncertainty",
        "--weighting fixed:1,2,0,1,0.5",
        "--aggregation pcgrad",
        "--aggregation sum",
        "--sampler round-robin",
        "--sampler temperature:0.5",
        "--sharing soft",
        "--early-stopping sense",
        "--early-stopping all",
        "--dropout 0.1",
        "--device reference",
        "--device reference --aggregation pcgrad --tasks sense,depth",
        "--device reference --weighting uncertainty --tasks sense,depth",
        "--tasks depth",
        "--examples 3",
        "--full-validation"
      })
  void runsEveryMethod(String options) {
    JsonObject summary = demo("a", (options + " --steps 4").split(" "));
    assertTrue(summary.integer("steps") <= 4);
    assertTrue(Files.isRegularFile(folder.resolve("a/model/model.safetensors")));
  }

  @Test
  void givesBaselinesTheBudgetOfTheMultiTaskTraining() {
    JsonObject tasks = demo("a", "--steps", "7").object("tasks");
    int sum = 0;
    for (String name : tasks.keys()) {
      sum += tasks.object(name).integer("trainingSteps");
    }
    assertEquals(7, sum);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void savesWhatAnswersAsInMemory(boolean soft) {
    Pretrained start = Tiny.encoder();
    List<EncodedTask> tasks =
        Tiny.data().tasks().stream()
            .map(t -> EncodedTask.of(t, start.tokenizer(), DemoOptions.MAX_TOKENS))
            .toList();
    var builder = new ModelBuilder(start, 0, 0.1, 3, Device.CPU);
    MultiTaskModel model = soft ? builder.soft(tasks) : builder.hard(tasks);
    List<TaskSpec> specs = tasks.stream().map(EncodedTask::spec).toList();
    SavedModel.save(folder.resolve("model"), start, model, specs);
    SavedModel saved = SavedModel.open(folder.resolve("model"));
    assertEquals(specs, saved.tasks());
    for (TaskSpec spec : saved.tasks()) {
      Task task = model.task(spec.name());
      List<Example> examples = task.validation();
      List<Prediction> wanted = model.predict(task, examples, 4);
      List<Prediction> found = saved.predict(spec, examples);
      for (int i = 0; i < examples.size(); i++) {
        assertEquals(text(wanted.get(i)), text(found.get(i)), spec.name());
      }
    }
  }

  private static String text(Prediction p) {
    return switch (p) {
      case Prediction.Classes c -> c.toString();
      case Prediction.Value v -> v.toString();
      case Prediction.Tags t -> {
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < t.size(); i++) {
          s.append(t.token(i));
        }
        yield s.toString();
      }
    };
  }

  @Test
  void savesALoadableModelWhenStopped() {
    var stop = new StopSignal();
    stop.request();
    var out = new StringWriter();
    var options =
        new DemoOptions(
            1,
            0,
            List.of("sense", "depth"),
            Choice.of("equal"),
            Choice.of("none"),
            Choice.of("proportional"),
            false,
            "",
            48,
            16,
            0,
            0,
            0,
            Device.CPU,
            false);
    try (var log = new RunLog(folder.resolve("log.jsonl"))) {
      var writer = new PrintWriter(out, true);
      var run =
          new DemoRun(
              options, folder.resolve("model"), log, ProgressLine.Style.NONE, writer, writer, stop);
      assertThrows(StopSignal.Stopped.class, () -> run.run(Tiny::encoder, Tiny::data));
    }
    assertTrue(out.toString().contains("after 0 steps"), out.toString());
    SavedModel saved = SavedModel.open(folder.resolve("model"));
    assertEquals(2, saved.tasks().size());
    assertFalse(
        saved
            .predict(
                saved.tasks().getFirst(),
                List.of(
                    new Example(
                        new int[] {2, 5, 3}, new org.espalier.nn.data.Target.SequenceClass(0))))
            .isEmpty());
  }
}
