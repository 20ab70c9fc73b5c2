package org.espalier.cuda.planted;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/// A class of the module with something else in one place of its source.
///
/// @param type its simple name
/// @param right what stands there, once
/// @param wrong what is put in its place
record ChangedSource(String type, String right, String wrong) {
  private static final String PACKAGE = "org/espalier/cuda/";
  private static final Path SOURCES =
      Path.of(System.getProperty("basedir", ".")).toAbsolutePath().resolve("src/main/java");

  /// Compiles the class against the shipped ones.
  ///
  /// @param folder an empty one
  ChangedModule compile(Path folder) throws IOException {
    String text = Files.readString(SOURCES.resolve(PACKAGE + type + ".java"));
    int at = text.indexOf(right);
    if (at < 0 || text.indexOf(right, at + 1) >= 0) {
      throw new IllegalStateException(type + " does not hold this once: " + right);
    }
    Path source = folder.resolve(PACKAGE + type + ".java");
    Files.createDirectories(Objects.requireNonNull(source.getParent()));
    Files.writeString(source, text.substring(0, at) + wrong + text.substring(at + right.length()));
    Path classes = Files.createDirectories(folder.resolve("classes"));
    String path = ChangedModule.shipped() + ":" + System.getProperty("java.class.path");
    var said = new StringWriter();
    var print = new PrintWriter(said);
    List<String> arguments =
        List.of(
            "-nowarn",
            "-proc:none",
            "-Xlint:none",
            "-cp",
            path,
            "-d",
            classes.toString(),
            source.toString());
    int code =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(print, print, arguments.toArray(new String[0]));
    if (code != 0) {
      throw new IllegalStateException(said.toString());
    }
    ChangedModule module = new ChangedModule();
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        module.change(classes.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return module;
  }
}
