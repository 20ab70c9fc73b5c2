package org.espalier.multitask.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.espalier.Espalier;
import org.espalier.nn.Parameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

/// Training gives the same bits whatever runs it: 20 steps of a tiny BERT (hidden size 32, two
/// layers, ragged batches, dropout, clipping, AdamW) end in one hash. The interpreter, for which
/// each vector is an object, trains one of hidden size 16.
@DisabledIfSystemProperty(
    named = "espalier.coverage",
    matches = ".*",
    disabledReason = "starts JVMs of its own, of which a coverage agent would see nothing")
class SameBitsTest {
  private static final int STEPS = 20;
  private static final int THREADS = 2;

  /// A process that trains, and what it is.
  private record Run(String name, StepHash.Size size, Process process) {}

  @Test
  void onOneTwoAndFourThreads() {
    String one = StepHash.run(StepHash.Size.TINY, STEPS, 1);
    assertEquals(one, StepHash.run(StepHash.Size.TINY, STEPS, 2));
    assertEquals(one, StepHash.run(StepHash.Size.TINY, STEPS, 4));
    assertNotEquals(one, StepHash.run(StepHash.Size.TINY, STEPS - 1, 1), "the hash sees no step");
  }

  /// Fresh processes: each width that this machine has, plain loops, and the interpreter alone. A
  /// wider vector than the machine's is an error and counts as not run.
  @Test
  void inOtherProcessesAtEveryWidthAndInterpreted() throws Exception {
    List<Run> runs = new ArrayList<>();
    try {
      for (int bits : new int[] {512, 256, 128, 0}) {
        runs.add(start(bits + " bits", StepHash.Size.TINY, "-Despalier.vectorBits=" + bits));
      }
      runs.add(start("interpreted", StepHash.Size.MINUTE, "-Xint"));
      runs.add(
          start(
              "interpreted plain loops", StepHash.Size.MINUTE, "-Xint", "-Despalier.vectorBits=0"));
      Map<StepHash.Size, String> here = new EnumMap<>(StepHash.Size.class);
      int compared = 0;
      for (Run run : runs) {
        String printed = printed(run.process);
        assertTrue(run.process.waitFor(1, TimeUnit.MINUTES), run.name + " hangs");
        if (run.process.exitValue() != 0) {
          assertTrue(printed.contains("cannot be had"), run.name + " failed: " + printed);
          continue;
        }
        String expected =
            here.computeIfAbsent(run.size, size -> StepHash.run(size, STEPS, THREADS));
        assertEquals(expected, printed.lines().reduce("", (a, b) -> b).strip(), run.name);
        compared++;
      }
      assertTrue(compared >= 3, "only " + compared + " runs could be compared");
    } finally {
      runs.forEach(run -> run.process.destroy());
    }
  }

  private static Run start(String name, StepHash.Size size, String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx512m");
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
      command.add("--add-modules=jdk.incubator.vector");
    }
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", classPath(), StepHash.class.getName(), size.name()));
    command.addAll(List.of(Integer.toString(STEPS), Integer.toString(THREADS)));
    return new Run(name, size, new ProcessBuilder(command).redirectErrorStream(true).start());
  }

  /// The classes of this process, wherever it found them: on the class path or as modules.
  private static String classPath() {
    List<String> all = new ArrayList<>();
    for (Class<?> each :
        List.of(StepHash.class, SharedBert.class, Task.class, Parameters.class, Espalier.class)) {
      URL place = each.getProtectionDomain().getCodeSource().getLocation();
      all.add(Path.of(URI.create(place.toString())).toString());
    }
    for (String property : List.of("java.class.path", "jdk.module.path")) {
      all.add(System.getProperty(property, ""));
    }
    // On the module path the tests' classes are patched into the module of the main ones.
    Path beside = Path.of(all.getFirst()).resolveSibling("test-classes");
    all.add(beside.toString());
    all.removeIf(String::isEmpty);
    return String.join(File.pathSeparator, all);
  }

  private static String printed(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
