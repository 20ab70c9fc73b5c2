package org.espalier.cuda.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The build script without a compiler, and with everything built.
final class DeviceBuildTest {
  private static final Path SCRIPT =
      Path.of(System.getProperty("basedir", "."), "src", "test", "native", "build.sh")
          .toAbsolutePath();

  private static String run(Path folder, String compiler, int expectedCode)
      throws IOException, InterruptedException {
    var builder = new ProcessBuilder("bash", SCRIPT.toString(), folder.toString());
    builder.environment().put("CXX", compiler);
    Process build = builder.redirectErrorStream(true).start();
    String said = new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(expectedCode, build.waitFor(), said);
    return said.strip();
  }

  @Test
  void withoutACompilerOneLineSaysWhatIsMissing(@TempDir Path folder)
      throws IOException, InterruptedException {
    String said = run(folder, "no-such-compiler", 2);
    assertTrue(
        said.contains("needs no-such-compiler (g++ 12 or newer), which is not installed"), said);
    assertEquals(1, said.lines().count());
  }

  @Test
  void whatIsBuiltIsTheFolderThatIsLoaded() {
    Path folder = SoftwareDevice.get().folder();
    assertTrue(Files.isRegularFile(folder.resolve("libcuda.so.1")));
    assertTrue(Files.isRegularFile(folder.resolve("libcublas.so.12")));
  }
}
