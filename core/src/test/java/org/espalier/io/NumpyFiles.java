package org.espalier.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.espalier.io.json.Json;
import org.espalier.io.json.JsonObject;

/// Files that NumPy 2.4.6 wrote with `numpy.py`, which lies beside them.
final class NumpyFiles {
  private NumpyFiles() {}

  /// What the script says of each array.
  static JsonObject expected() {
    try (var stream = NumpyFiles.class.getResourceAsStream("numpy.json")) {
      return Json.parseObject("numpy.json", Objects.requireNonNull(stream));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Puts an archive where it can be opened.
  static Path archive(Path folder, String name) {
    var file = folder.resolve(name);
    try (var stream = NumpyFiles.class.getResourceAsStream(name)) {
      Files.write(file, Objects.requireNonNull(stream).readAllBytes());
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
