package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;

/// NVIDIA's assembler of CUDA 12.0, which JCuda brings; it needs neither driver nor GPU.
final class PtxAssembler {
  private static final String LIBRARY = "libJNvPTXCompiler-12.6.0-linux-x86_64.so";

  static {
    load();
  }

  private PtxAssembler() {}

  /// Loads it from a folder of this process: JCuda's fixed name in the shared temporary folder may
  /// hold what another process is still writing.
  private static void load() {
    String before = System.getProperty("java.io.tmpdir");
    ClassLoader loader = JNvPTXCompiler.class.getClassLoader();
    try (InputStream in = loader.getResourceAsStream("lib/" + LIBRARY)) {
      Path folder = Files.createTempDirectory("espalier-assembler");
      Path file = folder.resolve(LIBRARY);
      Files.copy(in, file);
      System.setProperty("java.io.tmpdir", folder.toString());
      JNvPTXCompiler.setExceptionsEnabled(false);
      System.setProperty("java.io.tmpdir", before);
      Files.delete(file);
      Files.delete(folder);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Returns which one it is.
  static String version() {
    int[] major = new int[1];
    int[] minor = new int[1];
    assertEquals(0, JNvPTXCompiler.nvPTXCompilerGetVersion(major, minor));
    return major[0] + "." + minor[0];
  }

  /// Assembles a file for an architecture such as 80, without optimising: whether it takes the text
  /// is asked here, and what becomes of registers of `ptxas`. Fails with the assembler's words.
  static void assemble(Path ptx, int architecture) throws IOException {
    byte[] text = Files.readAllBytes(ptx);
    byte[] terminated = Arrays.copyOf(text, text.length + 1);
    var handle = new nvPTXCompilerHandle();
    assertEquals(0, JNvPTXCompiler.nvPTXCompilerCreate(handle, terminated.length, terminated));
    String[] options = {"--gpu-name=sm_" + architecture, "--opt-level=0"};
    int result = JNvPTXCompiler.nvPTXCompilerCompile(handle, options.length, options);
    long[] size = new long[1];
    JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(handle, size);
    byte[] log = new byte[(int) size[0] + 1];
    JNvPTXCompiler.nvPTXCompilerGetErrorLog(handle, log);
    JNvPTXCompiler.nvPTXCompilerDestroy(handle);
    assertEquals(
        0,
        result,
        ptx.getFileName()
            + " for sm_"
            + architecture
            + ": "
            + new String(log, StandardCharsets.UTF_8).strip());
  }
}
