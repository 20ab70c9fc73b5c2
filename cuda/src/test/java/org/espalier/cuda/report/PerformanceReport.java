package org.espalier.cuda.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.cuda.StepFigures;
import org.espalier.cuda.device.DeviceCounters;
import org.espalier.cuda.device.SoftwareDevice;
import org.espalier.multitask.train.StepMode;

/// Writes the tables of the book's page on CUDA, between two comments that mark them.
///
/// ```
/// PerformanceReport docs/book/cuda.md cuda/src/main/resources/org/espalier/cuda/ptx
/// ```
///
/// It needs `ptxas`, and takes a minute or two.
final class PerformanceReport {
  private static final String BEGIN =
      "<!-- Written by org.espalier.cuda.report.PerformanceReport; do not edit. -->";
  private static final String END = "<!-- End of what PerformanceReport writes. -->";

  private static final List<String> FUSED =
      List.of(
          "softmax",
          "cross_entropy",
          "norm",
          "gelu",
          "dropout",
          "segment",
          "rotary",
          "attention",
          "attention_backward",
          "attention_bf16",
          "attention_bf16_backward",
          "adamw",
          "dot",
          "gram");

  /// Stands for an architecture that has no such kernels.
  private static final String NONE = "–";

  private final Path folder;
  private final StringBuilder page = new StringBuilder();

  /// By family, and in each by architecture.
  private final Map<String, Map<Integer, List<Assembled>>> families = new TreeMap<>();

  private PerformanceReport(Path folder) {
    this.folder = folder;
  }

  /// Replaces the tables of a page.
  ///
  /// @param arguments the page, and the folder with the PTX
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path page = Path.of(arguments[0]);
    System.setProperty("espalier.cuda.libraries", SoftwareDevice.get().folder().toString());
    String tables = new PerformanceReport(Path.of(arguments[1])).write();
    String text = Files.readString(page);
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IOException(page + " has no place for the tables: " + BEGIN + " and " + END);
    }
    Files.writeString(
        page, text.substring(0, begin + BEGIN.length()) + "\n" + tables + text.substring(end));
  }

  private String write() throws IOException, InterruptedException {
    assemble();
    step();
    traffic();
    registers();
    occupancy();
    return page.toString();
  }

  private void step() {
    page.append(
        """

        ### A training step

        What the host asks of the driver in a step once all has been seen before: an encoder of 6 blocks with a classifier, 8 \
        sequences of 12 tokens, AdamW with clipping. Fills and copies on the device are not launches. A recorded step computes \
        what a padded one does, to the bit.

        | step | launches | graph launches | bytes to the device | bytes to the host | waits | allocations |
        |---|---:|---:|---:|---:|---:|---:|
        """);
    for (StepMode mode : StepMode.values()) {
      DeviceCounters step = StepFigures.of(mode);
      page.append(
          String.format(
              Locale.ROOT,
              "| %s | %,d | %d | %,d | %,d | %d | %d |%n",
              mode.name().toLowerCase(Locale.ROOT),
              step.launches(),
              step.graphLaunches(),
              step.bytesToDevice(),
              step.bytesToHost(),
              step.synchronisations(),
              step.allocations()));
    }
  }

  private void assemble() throws IOException, InterruptedException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(f -> f.toString().endsWith(".ptx")).sorted().toList();
    }
    for (Path file : files) {
      String family = file.getFileName().toString().replace(".ptx", "");
      for (Occupancy architecture : Occupancy.all()) {
        families
            .computeIfAbsent(family, f -> new TreeMap<>())
            .put(architecture.capability(), Assembled.of(file, architecture.capability()));
      }
    }
  }

  private void traffic() {
    page.append(
        """

        ### Bytes moved

        Counted on the software device: what the threads of all kernels of a pass asked of global memory, beside each input \
        read once and each output written once. The counter knows no caches.

        | pass | sizes | launches | bytes loaded | bytes stored | least | factor |
        |---|---|---:|---:|---:|---:|---:|
        """);
    Device device = Device.of("cuda:0");
    try (Scope _ = Scope.open()) {
      Traffic.all(device).forEach(t -> page.append(t.row()));
    }
  }

  private void registers() {
    page.append(
        """

        ### Registers and spills

        The most registers of a thread in each file, and the bytes that all its kernels spill, as `ptxas -v` of the committed \
        PTX says.

        """);
    row(page, "file", "kernels", architectures(), "spilled bytes");
    rule(page, 3 + architectures().size());
    for (var family : families.entrySet()) {
      List<String> cells = new ArrayList<>();
      int spilled = 0;
      int kernels = 0;
      for (List<Assembled> assembled : family.getValue().values()) {
        OptionalInt most = assembled.stream().mapToInt(Assembled::registers).max();
        cells.add(most.isPresent() ? String.valueOf(most.getAsInt()) : NONE);
        spilled += assembled.stream().mapToInt(Assembled::spilled).sum();
        kernels = Math.max(kernels, assembled.size());
      }
      row(page, family.getKey(), String.valueOf(kernels), cells, String.valueOf(spilled));
    }
  }

  private void occupancy() {
    page.append(
        """

        ### Occupancy of the fused kernels

        Warps that a multiprocessor holds at once, of those for which it has room, from registers, static shared memory and \
        threads of a block.

        """);
    row(page, "kernel", "threads, shared bytes", architectures(), "limit on 8.0");
    rule(page, 3 + architectures().size());
    for (String family : FUSED) {
      Map<Integer, List<Assembled>> assembled = families.getOrDefault(family, Map.of());
      for (Assembled kernel : assembled.getOrDefault(80, List.of())) {
        occupancy(kernel, assembled);
      }
    }
  }

  private void occupancy(Assembled kernel, Map<Integer, List<Assembled>> assembled) {
    List<String> cells = new ArrayList<>();
    String limit = "";
    for (Occupancy architecture : Occupancy.all()) {
      Assembled here =
          assembled.getOrDefault(architecture.capability(), List.of()).stream()
              .filter(k -> k.kernel().equals(kernel.kernel()))
              .findFirst()
              .orElse(null);
      if (here == null) { // the file is for newer ones
        cells.add(NONE);
        continue;
      }
      int warps = architecture.warpsOf(here.threads(), here.registers(), here.shared());
      cells.add(warps + " of " + architecture.warps());
      if (architecture.capability() == 80) {
        limit = limit(architecture, here, warps);
      }
    }
    row(
        page,
        "`" + kernel.kernel() + "`",
        String.format(Locale.ROOT, "%d, %,d", kernel.threads(), kernel.shared()),
        cells,
        limit);
  }

  private static String limit(Occupancy architecture, Assembled kernel, int warps) {
    if (warps == architecture.warps()) {
      return "none";
    }
    boolean shared = architecture.warpsOf(kernel.threads(), 16, kernel.shared()) == warps;
    return shared ? "shared memory" : kernel.registers() + " registers";
  }

  private static List<String> architectures() {
    return Occupancy.all().stream()
        .map(a -> a.capability() / 10 + "." + a.capability() % 10)
        .toList();
  }

  private static void row(
      StringBuilder page, String first, String second, List<String> middle, String last) {
    page.append("| ").append(first).append(" | ").append(second).append(" | ");
    page.append(String.join(" | ", middle)).append(" | ").append(last).append(" |\n");
  }

  private static void rule(StringBuilder page, int columns) {
    page.append("|---".repeat(columns)).append("|\n");
  }
}
