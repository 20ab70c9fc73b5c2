package org.espalier.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.espalier.Espalier;

/// The machine that a suite ran on, and how busy others kept it.
///
/// @param when the moment, UTC
/// @param processor its name
/// @param engine what the engine says of itself, line by line
/// @param load the system's load averages, empty where unknown
/// @param pressure share of the last minute in which somebody waited for a processor, empty where
///   unknown
public record Machine(
    String when, String processor, List<String> engine, String load, String pressure) {
  /// Looks at the machine as it is.
  public static Machine now() throws IOException {
    return new Machine(
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        line("/proc/cpuinfo", "model name").replaceFirst(".*:\\s*", ""),
        ask(),
        line("/proc/loadavg", ""),
        line("/proc/pressure/cpu", "some"));
  }

  /// Prints what the engine says: started by [#now] with the flags of a measured JVM.
  public static void main(String[] none) {
    System.out.println(Espalier.describe());
  }

  private static List<String> ask() throws IOException {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                Machine.class.getName())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (var out = child.getInputStream()) {
      return new String(out.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(l -> !l.startsWith("pool"))
          .toList();
    }
  }

  private static String line(String file, String start) {
    try (var lines = Files.lines(Path.of(file))) {
      return lines.filter(l -> l.startsWith(start)).findFirst().orElse("");
    } catch (IOException notLinux) {
      return "";
    }
  }

  /// Returns it for a file of results.
  public Map<String, Object> json() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("when", when);
    all.put("processor", processor);
    all.put("engine", engine);
    all.put("load", load);
    all.put("pressure", pressure);
    return all;
  }
}
