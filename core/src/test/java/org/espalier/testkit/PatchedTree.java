package org.espalier.testkit;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import org.apiguardian.api.API;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.DynamicTest;
import org.junit.platform.commons.JUnitException;
import org.opentest4j.AssertionFailedError;

/// A copy of core's sources of which some are changed: only those are compiled again, in front of
/// what the build made, and run in a JVM of their own.
final class PatchedTree {
  private static final Path MODULE = Path.of(System.getProperty("basedir", ".")).toAbsolutePath();

  private final Path folder;
  private final Map<Path, String> sources = new LinkedHashMap<>();

  /// Begins with nothing changed.
  ///
  /// @param folder an empty folder for sources and classes
  PatchedTree(Path folder) {
    this.folder = folder;
  }

  /// Returns a source as it is now.
  ///
  /// @param path from the root of the repository, beginning with `core/`
  String source(String path) throws IOException {
    Path file = file(path);
    String changed = sources.get(file);
    return changed == null ? Files.readString(file) : changed;
  }

  /// Adds or replaces a source.
  void write(String path, String text) {
    sources.put(file(path), text);
  }

  private static Path file(String path) {
    if (!path.startsWith("core/")) {
      throw new IllegalArgumentException(path + " is not in core");
    }
    return MODULE.resolve(path.substring("core/".length()));
  }

  /// Compiles the changed sources; returns what the compiler complained about, or an empty text.
  String compile() throws IOException {
    Path classes = Files.createDirectories(folder.resolve("classes"));
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "-nowarn",
                "-proc:none",
                "-Xlint:none",
                "--add-modules",
                "jdk.incubator.vector",
                "-cp",
                classPath(MODULE.resolve("target/classes")),
                "-d",
                classes.toString()));
    for (var entry : sources.entrySet()) {
      Path copy = folder.resolve("sources").resolve(MODULE.relativize(entry.getKey()));
      Files.createDirectories(java.util.Objects.requireNonNull(copy.getParent()));
      Files.writeString(copy, entry.getValue());
      arguments.add(copy.toString());
    }
    var messages = new StringWriter();
    var print = new PrintWriter(messages);
    int code =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(print, print, arguments.toArray(new String[0]));
    return code == 0 ? "" : messages.toString();
  }

  /// What a JVM that ran on the changed classes said.
  ///
  /// @param code its exit code
  /// @param output what it printed
  record Outcome(int code, String output) {}

  /// Runs the cases of the ops with these simple names, of the tables that have them in the tree as
  /// it was, or of all tables when none has; see [OpCaseMain].
  Outcome runCases(Set<String> ops) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules",
                "jdk.incubator.vector",
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-cp",
                classPath(folder.resolve("classes")),
                OpCaseMain.class.getName(),
                String.join(",", ops),
                String.join(",", OpCases.tablesOf(ops))));
    Path output = folder.resolve("output.txt");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(2, TimeUnit.MINUTES)) {
      process.destroyForcibly().waitFor();
      return new Outcome(-1, "still running after two minutes");
    }
    return new Outcome(process.exitValue(), Files.readString(output));
  }

  /// The given folder, then what the build made, then the test framework.
  private static String classPath(Path first) {
    Set<String> path = new LinkedHashSet<>();
    path.add(first.toString());
    path.add(MODULE.resolve("target/test-classes").toString());
    path.add(MODULE.resolve("target/classes").toString());
    for (Class<?> type :
        List.of(
            DynamicTest.class,
            JUnitException.class,
            AssertionFailedError.class,
            API.class,
            NullMarked.class)) {
      path.add(place(type));
    }
    return String.join(java.io.File.pathSeparator, path);
  }

  private static String place(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
