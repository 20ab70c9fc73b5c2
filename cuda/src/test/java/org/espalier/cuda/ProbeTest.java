package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.espalier.cuda.device.SoftwareDevice;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is missing is said in one line that tells what to do, and the process goes on.
@Tag("software-device")
class ProbeTest {
  private static final Path DEVICE = SoftwareDevice.get().folder();

  @TempDir private Path folder;

  @Test
  void withoutADriver() throws Exception {
    List<String> lines = probe("problem", null, Map.of("LD_LIBRARY_PATH", ""));
    assertEquals(1, lines.size(), "one line: " + lines);
    assertContains(lines.getFirst(), "no device cuda:0: libcuda.so.1 not found");
    assertContains(lines.getFirst(), "install NVIDIA's driver, version 525 or newer");
  }

  @Test
  void withAFolderThatHasNoDriver() throws Exception {
    List<String> lines = probe("problem", folder, Map.of());
    assertContains(lines.getFirst(), "-Despalier.cuda.libraries has no usable libcuda.so.1");
  }

  @Test
  void withoutTheRightBlas() throws Exception {
    Files.copy(DEVICE.resolve("libcuda.so.1"), folder.resolve("libcuda.so.1"));
    Files.writeString(folder.resolve("libcublas.so.12"), "not a library");
    List<String> lines = probe("problem", folder, Map.of());
    assertContains(lines.getFirst(), "has no usable libcublas.so.12");
  }

  @Test
  void withoutADevice() throws Exception {
    List<String> lines = probe("problem", DEVICE, Map.of("ESPALIER_SWCUDA_DEVICES", "0"));
    assertContains(lines.getFirst(), "no device cuda:0: ");
    assertContains(lines.getFirst(), "nvidia-smi");
  }

  @Test
  void withADeviceThatIsTooOld() throws Exception {
    List<String> lines = probe("problem", DEVICE, Map.of("ESPALIER_SWCUDA_CAPABILITY", "61"));
    assertContains(lines.getFirst(), "is too old: the kernels need compute capability 7.5");
  }

  @Test
  void aKernelThatFailsIsNamedAndTheProcessGoesOn() throws Exception {
    List<String> lines = probe("spoil", DEVICE, Map.of());
    assertContains(lines.get(0), "error: cuda: ");
    assertContains(lines.get(0), "launched since the last wait");
    assertContains(lines.get(0), "binary/mul_f32");
    assertContains(lines.get(1), "error: cuda: ");
    assertContains(lines.get(2), "ok: 2.0");
  }

  @Test
  void theDebugModeNamesTheOneKernel() throws Exception {
    List<String> lines = probe("spoil", DEVICE, Map.of(), "-Despalier.cuda.debug=true");
    assertContains(String.join("\n", lines), "binary/mul_f32_flat failed");
  }

  private static void assertContains(String text, String part) {
    assertTrue(text.contains(part), text);
  }

  private static List<String> probe(
      String what, @Nullable Path libraries, Map<String, String> environment, String... options)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of(options));
    if (libraries != null) {
      command.add("-D" + Libraries.FOLDER + "=" + libraries);
    }
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), ProbeMain.class.getName()));
    command.add(what);
    var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), out);
    return out.lines().toList();
  }
}
