package org.espalier.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import org.espalier.TensorException;
import org.jspecify.annotations.Nullable;

/// The one place where native libraries are found and loaded: NVIDIA's driver and cuBLAS, then
/// JCuda's doors to them.
///
/// The driver's `libcuda.so.1` and `libcublas.so.12` come from the folder that the system property
/// `espalier.cuda.libraries` names, else from where the system's loader looks, else from the usual
/// folders. They are loaded first, so that JCuda's libraries, which ask for them by name, find them
/// in the process whatever `LD_LIBRARY_PATH` says.
///
/// JCuda would unpack its own libraries to fixed names in the shared temporary folder, where two
/// processes that start together read each other's half-written files. Here each process unpacks
/// them into a folder of its own, which is gone again once they are loaded.
final class Libraries {
  /// Names the folder that holds `libcuda.so.1` and `libcublas.so.12`.
  static final String FOLDER = "espalier.cuda.libraries";

  private static final String DRIVER = "libcuda.so.1";
  private static final String BLAS = "libcublas.so.12";
  private static final String VERSION = "12.6.0";
  private static final String TEMPORARY = "java.io.tmpdir";

  /// Where distributions, containers, Windows' Linux and the toolkit put them.
  private static final List<String> USUAL =
      List.of(
          "/usr/lib/x86_64-linux-gnu",
          "/usr/lib64",
          "/usr/lib/wsl/lib",
          "/usr/local/nvidia/lib64",
          "/usr/local/cuda/lib64",
          "/usr/local/cuda-12/lib64");

  private static final class Probe {
    static final @Nullable String PROBLEM = load();
  }

  private Libraries() {}

  /// Loads everything, the first time; returns null, or why it could not be, as a sentence that
  /// says what to do.
  static @Nullable String problem() {
    return Probe.PROBLEM;
  }

  private static @Nullable String load() {
    try {
      checkPlatform();
      open(DRIVER, "install NVIDIA's driver, version 525 or newer");
      open(
          BLAS,
          "install cuBLAS of CUDA 12 (package libcublas-12-x, or the toolkit 12.x); a CUDA 13 alone"
              + " does not have it");
      openJCuda();
      return null;
    } catch (TensorException e) {
      return e.getMessage();
    }
  }

  private static void checkPlatform() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch", "");
    if (!os.contains("linux") || !(arch.equals("amd64") || arch.equals("x86_64"))) {
      throw new TensorException(
          "the natives of JCuda that come with it are for linux on x86_64, this is "
              + os
              + " on "
              + arch);
    }
  }

  /// Opens a library of NVIDIA's for the rest of the process.
  private static void open(String name, String advice) {
    String folder = System.getProperty(FOLDER, "");
    List<String> tried = new ArrayList<>();
    if (!folder.isBlank()) {
      if (!opened(Path.of(folder, name).toString(), tried)) {
        throw new TensorException(
            "the folder of -D" + FOLDER + " has no usable " + name + ": " + tried.getFirst());
      }
      return;
    }
    if (opened(name, tried)) {
      return;
    }
    for (String usual : USUAL) {
      Path file = Path.of(usual, name);
      if (Files.exists(file) && opened(file.toString(), tried)) {
        return;
      }
    }
    throw new TensorException(
        name
            + " not found or not loadable ("
            + String.join("; ", tried)
            + "); "
            + advice
            + ", or name the folder that holds it with -D"
            + FOLDER);
  }

  @SuppressWarnings("restricted") // JCuda's natives need it in the process
  private static boolean opened(String library, List<String> tried) {
    try {
      SymbolLookup.libraryLookup(library, Arena.global());
      return true;
    } catch (IllegalArgumentException e) {
      tried.add(library + ": " + (e.getMessage() == null ? "does not load" : e.getMessage()));
      return false;
    }
  }

  /// Loads JCuda's own libraries from a folder of this process.
  ///
  /// JCuda looks into the folder of `java.io.tmpdir` before it unpacks anything, which is the only
  /// way to tell it where they are once the JVM runs; the property has its old value again before
  /// anything else of Espalier goes on.
  private static void openJCuda() {
    String before = System.getProperty(TEMPORARY);
    try {
      Path own = Files.createTempDirectory("espalier-cuda");
      List<Path> files = new ArrayList<>();
      try {
        files.add(unpack("JCudaDriver", own));
        files.add(unpack("JCublas2", own));
        System.setProperty(TEMPORARY, own.toString());
        // Statuses are looked at where they arise, with what was being done in the message.
        JCudaDriver.setExceptionsEnabled(false);
        JCublas2.initialize();
        JCublas2.setExceptionsEnabled(false);
      } finally {
        System.setProperty(TEMPORARY, before);
        for (Path file : files) {
          Files.deleteIfExists(file); // loaded code stays
        }
        Files.deleteIfExists(own);
      }
    } catch (IOException e) {
      throw new TensorException("JCuda's natives cannot be unpacked into " + before + ": " + e, e);
    } catch (LinkageError e) {
      throw new TensorException(
          "JCuda "
              + VERSION
              + " does not load: "
              + firstLine(e)
              + "; its natives jcuda-natives and jcublas-natives belong beside it, with the same"
              + " version",
          e);
    }
  }

  private static Path unpack(String library, Path folder) throws IOException {
    String name = "lib" + library + "-" + VERSION + "-linux-x86_64.so";
    ClassLoader loader = JCudaDriver.class.getClassLoader();
    try (InputStream in = loader.getResourceAsStream("lib/" + name)) {
      if (in == null) {
        throw new TensorException(
            "lib/"
                + name
                + " is on neither class path nor module path; add org.jcuda:jcuda-natives and"
                + " org.jcuda:jcublas-natives "
                + VERSION
                + " with the classifier linux-x86_64");
      }
      Path file = folder.resolve(name);
      Files.copy(in, file);
      return file;
    }
  }

  private static String firstLine(Throwable e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse(e.toString());
  }
}
