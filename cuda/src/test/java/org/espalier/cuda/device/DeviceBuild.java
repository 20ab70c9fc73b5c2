package org.espalier.cuda.device;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Runs `build.sh`, which compiles the device or finds it compiled.
final class DeviceBuild {
  private DeviceBuild() {}

  /// Returns the folder with `libcuda.so.1` and `libcublas.so.12`.
  ///
  /// @throws IllegalStateException if there is no compiler, or if it finds an error
  static Path run() {
    String given = System.getProperty("espalier.cuda.libraries");
    if (given != null) {
      return Path.of(given);
    }
    Path module = Path.of(System.getProperty("basedir", ".")).toAbsolutePath();
    Path script = module.resolve("src/test/native/build.sh");
    if (!Files.isRegularFile(script)) {
      throw new IllegalStateException(
          "No " + script + ": set -Dbasedir to the folder of module cuda.");
    }
    Path folder = module.resolve(".remembered/software-device");
    try {
      Process build =
          new ProcessBuilder(List.of("bash", script.toString(), folder.toString())).start();
      build.getOutputStream().close();
      Thread errors = Thread.ofVirtual().start(() -> drain(build));
      String out = new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = build.waitFor();
      errors.join();
      if (code != 0) {
        throw new IllegalStateException(
            "The software CUDA device could not be built (exit code "
                + code
                + "). It needs g++ 12 or newer; what the compiler said stands above.");
      }
      return Path.of(out.strip());
    } catch (IOException e) {
      throw new UncheckedIOException("The software CUDA device needs bash and g++ to be built.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while the software CUDA device was built.", e);
    }
  }

  private static void drain(Process build) {
    try (var lines = build.errorReader(StandardCharsets.UTF_8)) {
      lines.lines().forEach(System.err::println);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
