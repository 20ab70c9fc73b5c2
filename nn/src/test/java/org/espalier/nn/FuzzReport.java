package org.espalier.nn;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.espalier.testkit.Fuzz;
import org.espalier.testkit.FuzzedFiles;

/// Damages many files of every format that Espalier reads, and prints what came of it.
///
/// Arguments: mutations of each format (100,000), seed (1). Run its `main` on the class path.
final class FuzzReport {
  private FuzzReport() {}

  @SuppressWarnings("SystemOut") // a report
  public static void main(String[] args) throws IOException {
    int mutations = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
    long seed = args.length > 1 ? Long.parseLong(args[1]) : 1;
    Path folder = Files.createTempDirectory("fuzz");
    List<Fuzz.Format> formats = new ArrayList<>(FuzzedFiles.all(folder));
    formats.addAll(FuzzedModels.all());
    System.out.println("format                    files   longest CPU    largest  outcomes");
    for (Fuzz.Format format : formats) {
      System.out.println(Fuzz.run(format, seed, mutations).line());
    }
    try (var left = Files.list(folder)) {
      for (Path file : left.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
