package org.espalier.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MainTest {
  @TempDir private Path folder = Path.of("");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "dance",
        "--dance",
        "demo --dance",
        "demo --steps many",
        "demo --steps -1",
        "demo --examples 0",
        "demo --tasks",
        "demo --tasks sense,nonsense",
        "demo --tasks sense,sense",
        "demo --weighting heavy",
        "demo --weighting fixed:1,two",
        "demo --weighting fixed:1,2",
        "demo --weighting fixed:1,1,1,1,-1",
        "demo --aggregation heap",
        "demo --aggregation pcgrad --sharing soft",
        "demo --sampler temperature:2",
        "demo --sampler dice",
        "demo --sharing none",
        "demo --early-stopping nonsense",
        "demo --dropout 1",
        "demo --device tpu",
        "demo --graphs",
        "demo --graphs --device reference",
        "demo --threads 0",
        "demo --threads two",
        "similarity",
        "similarity lonely",
        "predict",
        "predict model",
        "predict model text",
        "predict model --task sense",
        "predict model --task sense --top 0 text"
      })
  void saysInOneLineWhatIsWrongWithTheArguments(String line) {
    var console = new Console();
    String[] arguments = line.isEmpty() ? new String[0] : line.split(" ");
    if (line.startsWith("demo")) {
      List<String> all = new java.util.ArrayList<>(List.of(arguments));
      all.addAll(List.of("--out", folder.toString()));
      arguments = all.toArray(new String[0]);
    }
    assertEquals(2, console.run(arguments), console.err.toString());
    assertEquals(1, console.errors().size(), console.err.toString());
    assertTrue(console.errors().getFirst().startsWith("espalier: "), console.err.toString());
    assertEquals("", console.out.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "demo ", "similarity ", "predict ", "describe "})
  void helpsEverywhere(String command) {
    var console = new Console();
    assertEquals(0, console.run((command + "--help").split(" ")));
    assertTrue(console.out.toString().contains("Usage: espalier"), console.out.toString());
    assertEquals("", console.err.toString());
    var version = new Console();
    assertEquals(0, version.run((command + "--version").split(" ")));
    assertTrue(version.out.toString().startsWith("espalier "), version.out.toString());
  }

  @Test
  void describesTheMachine() {
    var console = new Console();
    assertEquals(0, console.run("describe"));
    assertTrue(console.out.toString().contains("processors"), console.out.toString());
  }

  @Test
  void saysInOneLineThatTheOutputFolderCannotBeWritten() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "in the way");
    var console = new Console();
    assertEquals(1, console.run("demo", "--out", file.resolve("below").toString()));
    assertEquals(1, console.errors().size(), console.err.toString());
    assertTrue(console.err.toString().contains("cannot write"), console.err.toString());
    assertEquals("in the way", Files.readString(file));
  }

  /// There is no driver, or no such device.
  @Test
  void saysInOneLineWhyThereIsNoSuchGpu() {
    var console = new Console();
    String out = folder.resolve("out").toString();
    assertEquals(1, console.run("demo", "--quick", "--device", "cuda:4321", "--out", out));
    assertEquals(1, console.errors().size(), console.err.toString());
    assertTrue(console.err.toString().contains("cuda"), console.err.toString());
    assertFalse(Files.exists(folder.resolve("out")));
  }

  @Test
  void saysInOneLineThatTheJsonFileCannotBeWritten() {
    var console = new Console();
    String out = folder.resolve("out").toString();
    assertEquals(1, console.run("demo", "--out", out, "--json", folder.toString()));
    assertEquals(1, console.errors().size(), console.err.toString());
    assertFalse(Files.exists(folder.resolve("out/model")));
  }

  @Test
  void printsTheStackTraceOnlyWhenAsked() {
    var quiet = new Console();
    assertEquals(1, quiet.run("predict", folder.toString(), "--task", "sense", "text"));
    assertEquals(1, quiet.errors().size(), quiet.err.toString());
    var loud = new Console();
    assertEquals(1, loud.run("predict", folder.toString(), "--task", "sense", "text", "--debug"));
    assertTrue(loud.err.toString().contains("\tat org.espalier"), loud.err.toString());
  }
}
