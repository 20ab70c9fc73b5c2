package org.espalier.cli.data;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.espalier.io.FormatException;

/// The tasks of the demonstration and how they were read.
///
/// ```java
/// DemoData data = DemoData.load().draw(4_500, 1_000, seed);
/// DemoTask sense = data.task("sense");
/// ```
///
/// @param tasks `sense`, `word-sense`, `depth`, `correct` and `error-span`
/// @param reports what was read and dropped, one for each source
public record DemoData(List<DemoTask> tasks, List<LoadReport> reports) {
  /// Training examples a task when nothing else is asked for.
  public static final int DEFAULT_TRAIN = 4_500;

  /// Validation examples a task when nothing else is asked for.
  public static final int DEFAULT_VALIDATION = 1_000;

  /// Keeps immutable copies.
  public DemoData {
    tasks = List.copyOf(tasks);
    reports = List.copyOf(reports);
  }

  /// Reads all five tasks, whole, from the data jars on the class path, both sources at once.
  ///
  /// @throws FormatException if a data jar is missing or a file in it is malformed
  public static DemoData load() {
    var form = CompletableFuture.supplyAsync(LanguageToolTasks::load);
    DemoData meaning = WordNetTasks.load();
    try {
      return join(meaning, form.join());
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException fault) {
        throw fault;
      }
      throw e;
    }
  }

  /// The same tasks with fewer examples each, see [TaskData#draw(int, int, long)].
  public DemoData draw(int trainCount, int validationCount, long seed) {
    return new DemoData(
        tasks.stream().map(task -> task.draw(trainCount, validationCount, seed)).toList(), reports);
  }

  /// The task of that name.
  ///
  /// @throws IllegalArgumentException if there is none; the message lists those there are
  public DemoTask task(String name) {
    return tasks.stream()
        .filter(task -> task.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "no task '%s'; the tasks are %s"
                    .formatted(
                        name, String.join(", ", tasks.stream().map(DemoTask::name).toList()))));
  }

  private static DemoData join(DemoData a, DemoData b) {
    return new DemoData(
        Stream.concat(a.tasks.stream(), b.tasks.stream()).toList(),
        Stream.concat(a.reports.stream(), b.reports.stream()).toList());
  }
}
