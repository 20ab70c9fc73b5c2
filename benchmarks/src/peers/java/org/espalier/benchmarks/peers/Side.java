package org.espalier.benchmarks.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.espalier.benchmarks.ProductShape;

/// The program of a process that is one side: it reads a command a line and answers with a line.
///
/// | command | answer |
/// |---|---|
/// | `product SHAPE FORM`, `job ...` | `ok` when it is ready to be run |
/// | `threads N` | `ok`: that many from the next product or job on |
/// | `run N` | milliseconds that N calls took together |
/// | `probe` | numbers that both sides must have |
/// | `peak` | the most memory the process has had, in kB |
/// | `about` | what it is |
public final class Side {
  /// The kinds of side, as they are called in the first argument.
  enum Kind {
    ESPALIER,
    OPENBLAS,
    TORCH,
    TORCH_FAST
  }

  private Side() {}

  /// Serves commands until the input ends.
  ///
  /// @param args the kind of side, and how many threads it computes on at most
  public static void main(String[] args) throws IOException {
    PrintStream answers = System.out;
    System.setOut(System.err); // whatever a library has to say
    int threads = Integer.parseInt(args[1]);
    try (Contestant contestant = contestant(Kind.valueOf(args[0]), threads);
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        answers.println(answer(contestant, line));
        answers.flush();
      }
    }
  }

  private static Contestant contestant(Kind kind, int threads) {
    return switch (kind) {
      case ESPALIER -> new EspalierSide(threads);
      case OPENBLAS -> new OpenBlasSide(threads);
      case TORCH -> new TorchSide(threads, false);
      case TORCH_FAST -> new TorchSide(threads, true);
    };
  }

  private static String answer(Contestant contestant, String line) throws IOException {
    String[] words = line.split(" ", 2);
    return switch (words[0]) {
      case "product" -> {
        String[] which = words[1].split(" ", 2);
        contestant.open(ProductShape.parse(which[0]), ProductShape.Form.valueOf(which[1]));
        yield "ok";
      }
      case "job" -> {
        contestant.open(Job.of(words[1]));
        yield "ok";
      }
      case "threads" -> {
        contestant.threads(Integer.parseInt(words[1]));
        yield "ok";
      }
      case "run" -> {
        long start = System.nanoTime();
        contestant.run(Integer.parseInt(words[1]));
        yield Double.toString((System.nanoTime() - start) / 1e6);
      }
      case "probe" ->
          Arrays.stream(contestant.probe())
              .mapToObj(Double::toString)
              .collect(Collectors.joining(" "));
      case "peak" -> peak();
      case "about" -> contestant.about();
      default -> throw new IllegalArgumentException("no command '" + line + "'");
    };
  }

  private static String peak() throws IOException {
    try (var lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(l -> l.startsWith("VmHWM"))
          .map(l -> l.replaceAll("[^0-9]", ""))
          .findFirst()
          .orElse("0");
    }
  }
}
