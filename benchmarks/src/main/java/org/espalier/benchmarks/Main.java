package org.espalier.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/// Starts the suite: as JMH does, or with `--report` to print rates beside this machine's peaks.
///
/// ```
/// java -jar benchmarks.jar [JMH's options]
/// java -jar benchmarks.jar --report [--json FILE] [JMH's options]
/// ```
public final class Main {
  private Main() {}

  /// Runs the suite; JMH's own options are those of `-h`.
  public static void main(String[] arguments)
      throws IOException, RunnerException, CommandLineOptionException {
    List<String> rest = new ArrayList<>(Arrays.asList(arguments));
    Path json = takeJson(rest);
    if (!rest.remove("--report") && json == null) {
      org.openjdk.jmh.Main.main(arguments);
      return;
    }
    Machine before = Machine.now();
    var given = new CommandLineOptions(rest.toArray(new String[0]));
    OptionsBuilder options = new OptionsBuilder();
    options.parent(given).addProfiler(GCProfiler.class).shouldFailOnError(true);
    if (!given.getIncludes().isEmpty()) {
      given.getIncludes().forEach(options::include);
      options.include("Peaks"); // without them there is nothing to compare with
    }
    Collection<RunResult> results = new Runner(options.build()).run();
    Report report = new Report(before, Machine.now(), results);
    System.out.print(report.text());
    if (json != null) {
      Files.writeString(json, report.json() + "\n");
    }
  }

  private static @Nullable Path takeJson(List<String> arguments) {
    int at = arguments.indexOf("--json");
    if (at < 0) {
      return null;
    }
    if (at + 1 == arguments.size()) {
      throw new IllegalArgumentException("--json needs the file to write");
    }
    arguments.remove(at);
    return Path.of(arguments.remove(at));
  }
}
