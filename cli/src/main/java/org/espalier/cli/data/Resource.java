package org.espalier.cli.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.espalier.io.FormatException;

/// A file inside one of the data jars.
///
/// @param path its path in the jar
/// @param jar the coordinates of the jar, for the message when it is missing
record Resource(String path, String jar) {
  /// Opens the file.
  ///
  /// @throws FormatException if the jar is not on the class path
  InputStream open() {
    InputStream in = Resource.class.getClassLoader().getResourceAsStream(path);
    if (in == null) {
      throw new FormatException(
          path, "not found on the class path; add the data jar " + jar + " to it");
    }
    return in;
  }

  /// The whole file.
  byte[] bytes() {
    try (InputStream in = open()) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(path + ": cannot be read: " + e.getMessage(), e);
    }
  }
}
