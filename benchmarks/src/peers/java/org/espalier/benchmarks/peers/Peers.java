package org.espalier.benchmarks.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.espalier.benchmarks.Machine;
import org.espalier.benchmarks.Network;
import org.espalier.benchmarks.Workload;
import org.espalier.io.json.Json;

/// Measures the engine beside OpenBLAS and PyTorch and prints one table.
///
/// ```
/// benchmarks/peers [--quick] [--threads N] [--json FILE] [--svg FILE] [WORDS...]
/// ```
public final class Peers {
  private static final String USAGE =
      """
      benchmarks/peers [--quick] [--threads N] [--json FILE] [--svg FILE] [WORDS...]
        --quick      the headline rows, in about four minutes: short rounds, MiniLM alone
        --threads N  threads of both sides (default: all processors; products also on one)
        --json FILE  writes the table and the machine's description
        --svg FILE   writes a picture of the ratios
        --redraw FILE  measures nothing: table and picture of a file that --json wrote
        WORDS        only rows whose name contains one of them, such as GPT-2 or 'product 1024'
      """;

  private boolean quick;
  private boolean tiny;
  private int threads = Runtime.getRuntime().availableProcessors();
  private Path json = Path.of("");
  private Path svg = Path.of("");
  private Path redraw = Path.of("");
  private final List<String> words = new ArrayList<>();
  private final List<Row> rows = new ArrayList<>();

  private Peers() {}

  /// Runs the comparison; see [Peers] for the arguments.
  public static void main(String[] arguments) throws IOException {
    Peers peers = new Peers();
    if (peers.takes(arguments)) {
      peers.run();
    }
  }

  private boolean takes(String[] arguments) {
    for (int i = 0; i < arguments.length; i++) {
      String value = i + 1 < arguments.length ? arguments[i + 1] : "";
      switch (arguments[i]) {
        case "--quick" -> quick = true;
        case "--tiny" -> tiny = true;
        case "--help", "-h" -> {
          System.out.print(USAGE);
          return false;
        }
        case "--threads", "--json", "--svg", "--redraw" -> {
          if (value.isEmpty()) {
            throw new IllegalArgumentException(arguments[i] + " needs a value\n" + USAGE);
          }
          switch (arguments[i++]) {
            case "--threads" -> threads = Integer.parseInt(value);
            case "--json" -> json = Path.of(value);
            case "--svg" -> svg = Path.of(value);
            default -> redraw = Path.of(value);
          }
        }
        default -> {
          if (arguments[i].startsWith("-")) {
            throw new IllegalArgumentException("no option " + arguments[i] + "\n" + USAGE);
          }
          words.add(arguments[i].toLowerCase(Locale.ROOT));
        }
      }
    }
    return true;
  }

  private boolean wants(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return words.isEmpty() || words.stream().anyMatch(lower::contains);
  }

  private void run() throws IOException {
    if (!redraw.toString().isEmpty()) {
      Results old = Results.read(redraw);
      System.out.print(Table.of(old.rows()));
      writePicture(old);
      return;
    }
    Map<String, Object> machine = new LinkedHashMap<>(Machine.now().json());
    measure();
    if (rows.isEmpty()) {
      throw new IllegalArgumentException("no row has a name with " + String.join(" or ", words));
    }
    machine.put("loadAfter", Machine.now().load());
    machine.put("against", List.copyOf(new TreeSet<>(rows.stream().map(Row::against).toList())));
    Results results = new Results(machine, rows);
    System.out.printf("%n%s%n%n%s", results.machineLine(), Table.of(rows));
    if (!json.toString().isEmpty()) {
      Files.writeString(json, Json.writeIndented(results.json()) + "\n");
    }
    writePicture(results);
  }

  private void writePicture(Results results) throws IOException {
    if (!svg.toString().isEmpty()) {
      Files.writeString(svg, Picture.of(results));
    }
  }

  private void measure() throws IOException {
    Effort effort = tiny ? Effort.TINY : quick ? Effort.QUICK : Effort.FULL;
    Predicate<String> wanted = this::wants;
    Path folder = Files.createTempDirectory("espalier-peers");
    try (Children children = new Children(effort.lasting())) {
      Products products = new Products(effort, children, threads);
      for (int t : threads == 1 ? new int[] {1} : new int[] {1, threads}) {
        products.measure(t, wanted, this::add);
      }
      Steps steps = new Steps(effort, children, folder, threads);
      for (Workload workload : Workload.values()) {
        if (!quick || workload.network() == Network.MINILM || !words.isEmpty()) {
          steps.measure(workload, wanted, this::add);
        }
      }
      children.endAll();
      if (!quick || !words.isEmpty()) {
        steps.firstStep(Workload.MINILM_TRAINING, wanted, this::add);
        for (Workload workload :
            List.of(
                Workload.MINILM_TRAINING,
                Workload.MINILM_PCGRAD,
                Workload.DISTILBERT_TRAINING,
                Workload.GPT2_TRAINING)) {
          steps.memory(workload, wanted, this::add);
        }
      }
    } finally {
      try (var files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
  }

  /// Shows that something happens; the table comes at the end.
  private void add(Row row) {
    rows.add(row);
    System.err.println(Table.line(row));
  }
}
