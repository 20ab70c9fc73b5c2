package org.espalier.nn.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.espalier.Tensor;
import org.espalier.io.FormatException;
import org.espalier.nn.model.BertConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is on the disk when a save stops at any of its steps, or goes on beside readers and other
/// saves. Model `v` has a vocabulary of `v`, one parameter of value `v`, and `v` as its note.
final class ModelFolderCrashTest {
  @TempDir private Path disk = Path.of("");

  private static Path model(Path disk) {
    return disk.resolve("model");
  }

  private static void save(Path disk, int v, java.util.function.Consumer<String> before) {
    var config = new BertConfig(v, 8, 2, 2, 12, 16, 2, 1e-12, 0, 0);
    var note = Map.of("note.json", "{\"v\": " + v + "}");
    ModelFolder.save(
        model(disk), config, Map.of("w", Tensor.scalar(v)), note, Long.MAX_VALUE, before);
  }

  private static void save(Path disk, int v) {
    save(disk, v, _ -> {});
  }

  /// The model that is there, which is not a mixture of two.
  private static int read(ModelFolder folder) {
    int v = folder.config().vocabSize();
    assertEquals(v, (int) folder.weights().get("w").item());
    return v;
  }

  private static int read(Path disk) {
    var folder = ModelFolder.open(model(disk));
    assertEquals(folder.config().vocabSize(), folder.json("note.json").integer("v"));
    return read(folder);
  }

  private static Set<String> names(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return new TreeSet<>(files.map(f -> String.valueOf(f.getFileName())).toList());
    }
  }

  private static void copy(Path from, Path to) {
    try (var files = Files.walk(from)) {
      for (var file : (Iterable<Path>) files::iterator) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The disk as it is before each step of replacing model 1 by model 2.
  private Map<String, Path> crashes() throws IOException {
    var here = Files.createDirectory(disk.resolve("here"));
    save(here, 1);
    var crashes = new LinkedHashMap<String, Path>();
    save(
        here,
        2,
        step -> {
          var there = disk.resolve("crash" + crashes.size());
          copy(here, there);
          crashes.put(step, there);
        });
    assertEquals(6, crashes.size(), crashes.toString());
    return crashes;
  }

  @Test
  void aCrashAtAnyStepLeavesTheOldModelOrTheNewOne() throws IOException {
    boolean gap = false;
    for (var crash : crashes().entrySet()) {
      gap |= !Files.exists(model(crash.getValue()));
      int v = read(crash.getValue());
      boolean done = Set.of("make it durable", "delete the old", "unlock").contains(crash.getKey());
      assertEquals(done ? 2 : 1, v, crash.getKey());
    }
    assertTrue(gap, "the step that needs repair was not among them");
  }

  @Test
  void theNextSaveRepairsAndCleansUpAfterACrashAtAnyStep() throws IOException {
    for (var crash : crashes().entrySet()) {
      var there = crash.getValue();
      save(there, 3);
      assertEquals(3, read(there), crash.getKey());
      assertEquals(Set.of("model"), names(there), crash.getKey());
    }
  }

  @Test
  void aSaveThatFailsAfterACrashStillRepairs() throws IOException {
    var there = Objects.requireNonNull(crashes().get("move the new in"));
    assertFalse(Files.exists(model(there)));
    Runnable failing =
        () ->
            save(
                there,
                3,
                step -> {
                  if (step.equals("move the new in")) throw new IllegalStateException("disk full");
                });
    assertThrows(IllegalStateException.class, failing::run);
    assertEquals(1, read(there));
    assertEquals(Set.of("model"), names(there));
  }

  @Test
  void deletesNothingThatIsNotItsOwn() throws IOException {
    save(disk, 1);
    var others = List.of(".model2.ab.old", ".model.zz.tmp", ".model.ab.bak", "model.ab.old");
    for (var other : others) Files.createDirectory(disk.resolve(other));
    Files.writeString(disk.resolve(".model.ab.tmp"), "a file, not a folder");
    save(disk, 2);
    var left = new TreeSet<>(others);
    left.addAll(Set.of("model", ".model.ab.tmp"));
    assertEquals(left, names(disk));
  }

  @Test
  void aReaderThatIsOvertakenBeginsAnew() {
    save(disk, 1);
    var saves = new AtomicInteger(1);
    var folder =
        ModelFolder.open(
            model(disk),
            () -> {
              if (saves.get() < 3) save(disk, saves.incrementAndGet());
            });
    assertEquals(3, read(folder));
    var e =
        assertThrows(
            FormatException.class,
            () -> ModelFolder.open(model(disk), () -> save(disk, saves.incrementAndGet())));
    assertTrue(e.fault().contains("again and again"), e.fault());
  }

  @Test
  void whatBelongsToAnotherModelIsNotRead() {
    save(disk, 1);
    var first = ModelFolder.open(model(disk));
    save(disk, 2);
    assertEquals(1, read(first), "the mapped weights stay");
    for (var name : List.of("note.json", "nothing.json")) {
      var e = assertThrows(FormatException.class, () -> first.json(name));
      assertTrue(e.fault().contains("another model took its place"), e.fault());
    }
  }

  @Test
  void readersWaitInTheGapAndSavesOneForTheOther() throws Exception {
    save(disk, 1);
    var wrong = new ArrayList<Throwable>();
    Thread.UncaughtExceptionHandler note =
        (_, e) -> {
          synchronized (wrong) {
            wrong.add(e);
          }
        };
    var readers = new ArrayList<Thread>();
    var seen = new AtomicInteger();
    save(
        disk,
        2,
        step -> {
          if (!step.equals("move the new in")) return;
          for (int i = 0; i < 3; i++) { // nothing of that name is there now
            boolean reads = i < 2;
            var thread =
                new Thread(() -> {
                  if (reads) {
                    seen.set(read(disk));
                  } else {
                    save(disk, 2);
                  }
                });
            thread.setUncaughtExceptionHandler(note);
            thread.start();
            readers.add(thread);
          }
          while (readers.stream().anyMatch(t -> t.getState() == Thread.State.RUNNABLE)) {
            Thread.onSpinWait();
          }
        });
    for (var thread : readers) thread.join();
    assertEquals(List.of(), wrong);
    assertEquals(2, seen.get());
    assertEquals(Set.of("model"), names(disk));
  }

  @Test
  void savesWhereASymbolicLinkLeads() throws IOException {
    var real = Files.createDirectory(disk.resolve("real"));
    save(real, 1);
    Files.createSymbolicLink(model(disk), model(real));
    save(disk, 2);
    assertTrue(Files.isSymbolicLink(model(disk)));
    assertEquals(2, read(real));
    assertEquals(2, read(disk));
  }
}
