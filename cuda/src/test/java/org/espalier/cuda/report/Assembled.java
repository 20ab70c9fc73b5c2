package org.espalier.cuda.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What NVIDIA's assembler says of a kernel on an architecture.
///
/// @param kernel its name
/// @param threads of a block at most, from its launch bounds
/// @param registers of a thread
/// @param spilled bytes of registers that are stored in memory
/// @param shared static bytes of a block
record Assembled(String kernel, int threads, int registers, int spilled, int shared) {
  private static final Pattern TARGET = Pattern.compile("(?m)^\\.target sm_(\\d+)");
  private static final Pattern COMPILING = Pattern.compile("Compiling entry function '(\\w+)'");
  private static final Pattern SPILLS = Pattern.compile("(\\d+) bytes spill stores");
  private static final Pattern USED = Pattern.compile("Used (\\d+) registers");
  private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");

  /// Assembles a file of PTX; the list is empty where the file is for newer architectures.
  ///
  /// @param capability such as 80
  static List<Assembled> of(Path ptx, int capability) throws IOException, InterruptedException {
    String text = Files.readString(ptx);
    Matcher target = TARGET.matcher(text);
    if (target.find() && Integer.parseInt(target.group(1)) > capability) {
      return List.of();
    }
    Path out = Files.createTempFile("kernels", ".cubin");
    Process process =
        new ProcessBuilder(
                "ptxas", "-v", "-arch=sm_" + capability, ptx.toString(), "-o", out.toString())
            .redirectErrorStream(true)
            .start();
    String report = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Files.delete(out);
    if (process.waitFor() != 0) {
      throw new IOException("ptxas " + ptx + ": " + report);
    }
    return parse(report, text);
  }

  private static List<Assembled> parse(String report, String ptx) {
    List<Assembled> kernels = new ArrayList<>();
    String name = "";
    int spilled = 0;
    for (String line : report.lines().toList()) {
      Matcher compiling = COMPILING.matcher(line);
      if (compiling.find()) {
        name = compiling.group(1);
        spilled = 0;
      }
      spilled = Math.max(spilled, number(SPILLS, line));
      if (USED.matcher(line).find()) {
        kernels.add(
            new Assembled(
                name, threads(name, ptx), number(USED, line), spilled, number(SHARED, line)));
      }
    }
    return kernels;
  }

  /// Returns what the launch bounds in the PTX say.
  private static int threads(String kernel, String ptx) {
    Matcher bounds =
        Pattern.compile("\\.entry " + kernel + "\\([^)]*\\)\\s*\\.maxntid (\\d+)").matcher(ptx);
    if (!bounds.find()) {
      throw new IllegalStateException(kernel + " has no launch bounds");
    }
    return Integer.parseInt(bounds.group(1));
  }

  private static int number(Pattern pattern, String line) {
    Matcher matcher = pattern.matcher(line);
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }
}
