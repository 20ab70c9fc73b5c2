package org.espalier.cuda.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The PTX of the device's own tests is what nvcc makes of the sources beside it.
final class TestKernelsTest {
  private static final Path KERNELS =
      Path.of(System.getProperty("basedir", "."), "src", "test", "cuda").toAbsolutePath();

  @Test
  void theCommittedPtxComesFromTheSources(@TempDir Path fresh)
      throws IOException, InterruptedException {
    assumeTrue(isThirteen(), "no nvcc 13 here: the committed PTX is used as it is");
    run(List.of("bash", KERNELS.resolve("compile.sh").toString(), fresh.toString()));
    for (String name : List.of("good.ptx", "bad.ptx", "tensor.ptx")) {
      assertEquals(
          Files.readString(fresh.resolve(name)), Files.readString(KERNELS.resolve(name)), name);
    }
  }

  /// Another version of the compiler may write other PTX that is as good.
  private static boolean isThirteen() throws IOException, InterruptedException {
    boolean there =
        Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "nvcc")));
    return there && run(List.of("nvcc", "--version")).contains("release 13.0");
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    return said;
  }
}
