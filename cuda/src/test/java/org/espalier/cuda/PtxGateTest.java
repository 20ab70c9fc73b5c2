package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// The committed PTX is what the sources say, fits the registers of every architecture, and is
/// assembled by NVIDIA's own assembler as old as the oldest driver that is served.
///
/// Each check takes seconds, all of them minutes, so its success is remembered for the very bytes
/// and tools that it looked at, in a folder that `mvn clean` leaves alone.
class PtxGateTest {
  private static final Path SOURCES = Path.of("src/main/cuda");
  private static final Path COMMITTED = Path.of("src/main/resources/org/espalier/cuda/ptx");
  private static final Path REMEMBERED = Path.of(".remembered/ptx-gate");
  private static final String NVCC = "release 13.0";
  private static final int[] ARCHITECTURES = {75, 80, 86, 89, 90, 100, 120};
  private static final int[] OF_CUDA_12_0 = {75, 80, 90};

  private static final Pattern TARGET = Pattern.compile("(?m)^\\.target sm_(\\d+)");

  @TempDir private Path folder;

  @Test
  void theCommittedPtxIsWhatNvccMakesOfTheSources() throws Exception {
    String version = output(List.of("nvcc", "--version"));
    if (version == null) {
      shout(
          "nvcc is not on the PATH: the committed PTX is used as it is, unchecked against its sources");
      Assumptions.abort("no nvcc");
    }
    if (!version.contains(NVCC)) {
      shout("nvcc is not of " + NVCC + ", which made the committed PTX: it is used unchecked");
      Assumptions.abort("another nvcc");
    }
    once(
        "regenerate",
        version + hash(files(SOURCES)) + hash(files(COMMITTED)),
        () -> {
          run(List.of("bash", SOURCES.resolve("compile-kernels.sh").toString(), folder.toString()));
          assertEquals(names(COMMITTED), names(folder), "compile-kernels.sh writes these files");
          for (Path committed : files(COMMITTED)) {
            assertEquals(
                -1,
                Files.mismatch(committed, folder.resolve(committed.getFileName())),
                committed
                    + " is not what nvcc makes; run "
                    + SOURCES
                    + "/compile-kernels.sh "
                    + COMMITTED);
          }
        });
  }

  @TestFactory
  Stream<DynamicTest> noKernelSpillsRegisters() throws Exception {
    String version = output(List.of("ptxas", "--version"));
    if (version == null) {
      shout("ptxas is not on the PATH: no kernel was looked at for spilled registers");
      Assumptions.abort("no ptxas");
    }
    return files(COMMITTED).stream()
        .map(ptx ->
            dynamicTest(
                ptx.getFileName().toString(),
                () -> once("spills", version + hash(List.of(ptx)), () -> assembleForAll(ptx))));
  }

  private void assembleForAll(Path ptx) throws Exception {
    List<Callable<Void>> jobs = new ArrayList<>();
    for (int architecture : from(target(ptx), ARCHITECTURES)) {
      jobs.add(() -> {
        run(
            List.of(
                "ptxas",
                "-arch=sm_" + architecture,
                "-warn-spills",
                "-warn-lmem-usage",
                "-Werror",
                ptx.toString(),
                "-o",
                folder.resolve(architecture + ".cubin").toString()));
        return null;
      });
    }
    try (var pool = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors())) {
      for (Future<Void> job : pool.invokeAll(jobs)) {
        job.get();
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> theAssemblerOfCuda12Takes() throws Exception {
    return files(COMMITTED).stream()
        .map(ptx ->
            dynamicTest(
                ptx.getFileName().toString(),
                () ->
                    once(
                        "assembler",
                        PtxAssembler.version() + hash(List.of(ptx)),
                        () -> {
                          for (int architecture : from(target(ptx), OF_CUDA_12_0)) {
                            PtxAssembler.assemble(ptx, architecture);
                          }
                        })));
  }

  /// Kernels on tensor cores are for devices that have them; all others are for every device.
  @Test
  void onlyKernelsInBfloat16NeedCapability80() throws IOException {
    for (Path ptx : files(COMMITTED)) {
      boolean onTensorCores = ptx.getFileName().toString().contains("_bf16");
      assertEquals(onTensorCores ? 80 : 75, target(ptx), ptx.toString());
    }
  }

  /// Returns the oldest architecture that a file is for.
  private static int target(Path ptx) throws IOException {
    Matcher target = TARGET.matcher(Files.readString(ptx));
    assertTrue(target.find(), ptx + " has no target");
    return Integer.parseInt(target.group(1));
  }

  private static int[] from(int oldest, int[] architectures) {
    return Arrays.stream(architectures).filter(a -> a >= oldest).toArray();
  }

  /// Each kernel says how many threads a block has at most: registers are divided by it.
  @Test
  void everyKernelHasLaunchBounds() throws IOException {
    for (Path ptx : files(COMMITTED)) {
      String text = Files.readString(ptx);
      long kernels = text.lines().filter(l -> l.contains(".entry ")).count();
      long bounds = text.lines().filter(l -> l.startsWith(".maxntid ")).count();
      assertTrue(kernels > 0, ptx + " has kernels");
      assertEquals(kernels, bounds, "kernels of " + ptx + " with __launch_bounds__");
    }
  }

  private interface Check {
    void run() throws Exception;
  }

  /// Runs a check unless the same check succeeded before on the same bytes: one that asks for more
  /// than it did, such as for another architecture, runs anew.
  private static void once(String name, String key, Check check) throws Exception {
    String all = key + hashOf(PtxGateTest.class) + hashOf(PtxAssembler.class);
    Path stamp = REMEMBERED.resolve(name + "-" + hash(all.getBytes(StandardCharsets.UTF_8)));
    if (!Files.exists(stamp)) {
      check.run();
      Files.createDirectories(REMEMBERED);
      Files.writeString(stamp, "");
    }
  }

  /// Returns the hash of a class as it was compiled.
  private static String hashOf(Class<?> type) throws Exception {
    String file = type.getSimpleName() + ".class";
    try (InputStream compiled = Objects.requireNonNull(type.getResourceAsStream(file), file)) {
      return hash(compiled.readAllBytes());
    }
  }

  private static void shout(String what) {
    String line = "!".repeat(100);
    System.err.println(line + "\n! " + what + "\n" + line);
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> list = Files.list(folder)) {
      return list.sorted().toList();
    }
  }

  private static List<String> names(Path folder) throws IOException {
    return files(folder).stream().map(f -> f.getFileName().toString()).toList();
  }

  private static String hash(List<Path> files) throws IOException, NoSuchAlgorithmException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (Path file : files) {
      digest.update(file.getFileName().toString().getBytes(StandardCharsets.UTF_8));
      digest.update(Files.readAllBytes(file));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static String hash(byte[] bytes) throws NoSuchAlgorithmException {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  /// Returns what a command prints; null when there is no such command.
  private static @Nullable String output(List<String> command)
      throws IOException, InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException absent) {
      return null;
    }
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return process.waitFor() == 0 ? text : null;
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), new ArrayList<>(command) + ":\n" + text);
  }
}
