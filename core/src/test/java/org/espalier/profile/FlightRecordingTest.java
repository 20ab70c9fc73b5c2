package org.espalier.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.memory.BufferPool;
import org.espalier.meter.Meter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/// What a flight recording sees, and that nothing needs the flight recorder.
@Isolated("records what all threads do")
final class FlightRecordingTest {
  @TempDir Path folder;

  private List<RecordedEvent> record(Consumer<Recording> settings, Runnable body)
      throws IOException {
    Path file = folder.resolve("flight.jfr");
    try (Recording recording = new Recording()) {
      settings.accept(recording);
      recording.start();
      body.run();
      recording.stop();
      recording.dump(file);
    }
    return RecordingFile.readAllEvents(file);
  }

  private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
    return events.stream().filter(e -> e.getEventType().getName().equals(name)).toList();
  }

  @Test
  void holdsOpsWithShapesOperationsAndDirection() throws IOException {
    Tensor a = Tensor.ones(3, 5).requireGrad();
    Tensor b = Tensor.ones(5, 7);
    List<RecordedEvent> events =
        record(
            r -> r.enable("org.espalier.Op").withThreshold(Duration.ZERO),
            () -> a.matmul(b).sum().backward());
    List<RecordedEvent> products =
        named(events, "org.espalier.Op").stream()
            .filter(e -> e.getString("op").equals("MatrixProduct"))
            .toList();
    assertEquals(3, products.size(), "forward, backward and the product inside it");
    RecordedEvent forward = products.getFirst();
    assertEquals("forward", forward.getString("phase"));
    assertEquals("[3, 5] [5, 7]", forward.getString("shapes"));
    assertEquals(2 * 3 * 5 * 7, forward.getLong("flops"));
    assertEquals(4 * (15 + 35 + 21), forward.getLong("bytes"));
    assertEquals(0, forward.getInt("delegated"));
    assertTrue(forward.getDuration().toNanos() > 0);
    RecordedEvent backward =
        products.stream().filter(e -> e.getString("phase").equals("backward")).findFirst().get();
    assertEquals("[3, 7] [3, 5] [5, 7]", backward.getString("shapes"));
    assertTrue(backward.getDuration("ownTime").compareTo(backward.getDuration()) < 0);
  }

  @Test
  void leavesShortOpsOutUnlessAsked() throws IOException {
    List<RecordedEvent> events =
        record(
            r -> r.enable("org.espalier.Op").withThreshold(Duration.ofSeconds(100)),
            () -> Tensor.ones(3, 5).neg());
    assertEquals(0, named(events, "org.espalier.Op").size());
  }

  @Test
  void measuresNothingWhenTheRecordingWantsNoOps() throws IOException {
    boolean[] on = new boolean[2];
    record(r -> r.disable("org.espalier.Op"), () -> on[0] = Meter.isOn());
    record(r -> r.enable("org.espalier.Op"), () -> on[1] = Meter.isOn());
    assertFalse(on[0]);
    assertTrue(on[1]);
    assertFalse(Meter.isOn());
  }

  @Test
  void holdsWhatThePoolHadToMakeAndLetGo() throws IOException {
    BufferPool pool = new BufferPool(1 << 20, false);
    List<RecordedEvent> events =
        record(
            r -> r.enable("org.espalier.Pool"),
            () -> {
              var storage = pool.take(DType.F32, 1024);
              storage.retain();
              storage.release();
              storage = pool.take(DType.F32, 1024);
              storage.retain();
              storage.release();
              pool.trim();
            });
    List<RecordedEvent> ours = named(events, "org.espalier.Pool");
    assertEquals(List.of("miss", "trim"), ours.stream().map(e -> e.getString("what")).toList());
    assertEquals(4096, ours.getFirst().getLong("bytes"));
    assertEquals(4096, ours.getLast().getLong("bytes"));
    assertEquals(0, ours.getLast().getLong("pooled"));
  }

  @Test
  void holdsTrainingSteps() throws IOException {
    List<RecordedEvent> events =
        record(
            r -> r.enable("org.espalier.Step"),
            () -> TrainingStep.begin().end(3, "sense", 0.5, 128));
    RecordedEvent step = named(events, "org.espalier.Step").getFirst();
    assertEquals(3, step.getLong("number"));
    assertEquals("sense", step.getString("task"));
    assertEquals(0.5, step.getDouble("loss"));
    assertEquals(128, step.getLong("tokens"));
    TrainingStep.begin().end(4, "sense", 0.4, 128); // nobody records: nothing happens
  }

  @Test
  void isNotNeeded() throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--limit-modules=java.base,java.logging",
                "-cp",
                root(Tensor.class) + java.io.File.pathSeparator + root(WithoutFlightRecorder.class),
                WithoutFlightRecorder.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("out").toFile())
            .start();
    assertTrue(child.waitFor(60, TimeUnit.SECONDS));
    String out = Files.readString(folder.resolve("out"));
    assertEquals(0, child.exitValue(), out);
    assertTrue(out.contains("without jdk.jfr: MatrixProduct 1 call"), out);
  }

  /// Returns the folder or jar that a class comes from, also where a module is patched.
  private static String root(Class<?> type) throws Exception {
    String file = type.getName().replace('.', '/') + ".class";
    URI uri = Objects.requireNonNull(type.getResource("/" + file)).toURI();
    String text = Path.of(uri).toString();
    return text.substring(0, text.length() - file.length() - 1);
  }
}
