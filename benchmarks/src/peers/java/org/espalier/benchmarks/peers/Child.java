package org.espalier.benchmarks.peers;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.espalier.benchmarks.ProductShape;

/// A [Side] in its process. While it is not asked it is stopped, so that its idle workers, which
/// may well spin, take nothing from the other side.
final class Child implements AutoCloseable {
  /// What a side is started with.
  ///
  /// @param kind which side
  /// @param threads how many threads it computes on at most
  /// @param waiting what idle workers of OpenMP do: `active` or `passive`
  /// @param memory the options of its Java heap
  record Setting(Side.Kind kind, int threads, String waiting, List<String> memory) {
    Setting {
      memory = List.copyOf(memory);
    }

    /// Returns our setting with room for everything.
    static Setting ours(int threads) {
      return new Setting(Side.Kind.ESPALIER, threads, "passive", List.of("-Xmx6g"));
    }

    /// Returns our setting with as much memory as the work needs. The serial collector packs live
    /// arrays one after another; G1 rounds each large one up to whole regions.
    static Setting oursWithin(int threads, String heap) {
      List<String> memory = List.of("-XX:+UseSerialGC", "-Xmn8m", heap);
      return new Setting(Side.Kind.ESPALIER, threads, "passive", memory);
    }

    /// Returns a peer's setting; nothing of note is on its Java heap.
    static Setting peer(Side.Kind kind, int threads, String waiting) {
      return new Setting(kind, threads, waiting, List.of("-Xmx512m"));
    }

    /// Returns what makes it different from others of its library; empty for ours.
    String note() {
      return switch (kind) {
        case ESPALIER, OPENBLAS -> "";
        case TORCH -> waiting;
        case TORCH_FAST -> waiting + ", fast path";
      };
    }
  }

  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter commands;
  private final Path log;
  private final Thread atExit = new Thread(this::kill);
  private boolean stopped;

  private Child(Process process, Path log) {
    this.process = process;
    this.log = log;
    answers = process.inputReader(StandardCharsets.UTF_8);
    commands = process.outputWriter(StandardCharsets.UTF_8);
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  static Child start(Setting setting) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(setting.memory());
    if (setting.kind() == Side.Kind.ESPALIER) {
      command.add("--add-modules=jdk.incubator.vector");
      command.add("-Despalier.threads=" + setting.threads());
      String more = System.getenv("ESPALIER_JAVA_OPTS");
      if (more != null && !more.isBlank()) {
        command.addAll(Arrays.asList(more.strip().split("\\s+", -1)));
      }
    } else {
      // Nothing counts its native memory.
      command.add("-Dorg.bytedeco.javacpp.maxbytes=0");
      command.add("-Dorg.bytedeco.javacpp.maxphysicalbytes=0");
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Side.class.getName()));
    command.add(setting.kind().name());
    command.add(Integer.toString(setting.threads()));
    try {
      Path log = Files.createTempFile("espalier-peers", ".log");
      ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
      builder.environment().put("OMP_NUM_THREADS", Integer.toString(setting.threads()));
      builder.environment().put("OPENBLAS_NUM_THREADS", Integer.toString(setting.threads()));
      builder.environment().put("OMP_WAIT_POLICY", setting.waiting());
      return new Child(builder.start(), log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Sends a command and waits for its answer.
  ///
  /// @throws IllegalStateException when the process is gone; the message has its last words
  private String ask(String command) {
    go();
    try {
      commands.write(command);
      commands.newLine();
      commands.flush();
      String answer = answers.readLine();
      if (answer != null) {
        return answer;
      }
    } catch (IOException broken) {
      // Told below: the log says more.
    }
    throw new IllegalStateException("a side ended at '" + command + "':\n" + lastWords());
  }

  private String lastWords() {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
    } catch (IOException e) {
      return "(" + e + ")";
    }
  }

  /// Sets how many threads it computes on from the next `open` on.
  void threads(int count) {
    ask("threads " + count);
  }

  void open(ProductShape shape, ProductShape.Form form) {
    String batch = shape.batch() == 1 ? "" : shape.batch() + "*";
    String sizes = shape.m() + "x" + shape.k() + "x" + shape.n();
    ask("product " + batch + sizes + " " + form);
  }

  void open(Job job) {
    ask("job " + job.line());
  }

  /// Runs what is open so many times and returns the milliseconds of one.
  double run(int calls) {
    return Double.parseDouble(ask("run " + calls)) / calls;
  }

  double[] probe() {
    return Arrays.stream(ask("probe").split(" ", -1)).mapToDouble(Double::parseDouble).toArray();
  }

  /// Returns the most memory the process has had, in MB (2^20 bytes).
  double peak() {
    return Double.parseDouble(ask("peak")) / 1024;
  }

  String about() {
    return ask("about");
  }

  /// Stops the process until it is asked again.
  void rest() {
    if (!stopped) {
      signal("STOP");
      stopped = true;
    }
  }

  private void go() {
    if (stopped) {
      signal("CONT");
      stopped = false;
    }
  }

  private void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while measuring", e);
    }
  }

  private void kill() {
    process.destroyForcibly();
  }

  @Override
  public void close() {
    kill();
    Runtime.getRuntime().removeShutdownHook(atExit);
    try {
      process.waitFor();
      Files.deleteIfExists(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
