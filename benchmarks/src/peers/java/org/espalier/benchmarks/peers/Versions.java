package org.espalier.benchmarks.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.bytedeco.javacpp.Loader;

/// Versions of the libraries that are compared with.
final class Versions {
  private Versions() {}

  /// Returns the version of a library's jar, such as `2.10.0-1.5.13`.
  static String of(String artifact) {
    try {
      return Loader.getVersion("org.bytedeco", artifact);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
