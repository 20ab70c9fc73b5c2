package org.espalier.benchmarks.peers;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.espalier.benchmarks.ProductShape;

/// Matrix products against OpenBLAS.
final class Products {
  static final String GROUP = "matrix products";

  /// Shapes whose forms have all kernels among them.
  private static final List<String> KINDS =
      List.of("512x384x1536", "96*128x32x128", "96*128x128x32");

  private final Effort effort;
  private final Children children;
  private final int most;
  private boolean warm;

  /// @param most the largest number of threads
  Products(Effort effort, Children children, int most) {
    this.effort = effort;
    this.children = children;
    this.most = most;
  }

  /// Measures those whose name is wanted.
  void measure(int threads, Predicate<String> wanted, Consumer<Row> rows) {
    boolean any =
        ProductShape.ALL.stream()
            .anyMatch(s ->
                Arrays.stream(ProductShape.Form.values()).anyMatch(f -> wanted.test(name(s, f))));
    if (!any) {
      return;
    }
    Child ours = children.get(Child.Setting.ours(most));
    Child peer = children.get(Child.Setting.peer(Side.Kind.OPENBLAS, most, "passive"));
    String against = peer.about();
    ours.threads(threads);
    peer.threads(threads);
    if (!warm) {
      warmKernels(ours);
      warm = effort.lasting();
    }
    Duel duel = new Duel(effort, effort.productRounds(), effort.productWarmMillis(), 1);
    for (String text : ProductShape.ALL) {
      ProductShape full = ProductShape.parse(text);
      ProductShape shape = effort.tiny() ? new ProductShape(full.batch(), 5, 3, 4) : full;
      for (var form : ProductShape.Form.values()) {
        if (wanted.test(name(text, form))) {
          ours.open(shape, form);
          peer.open(shape, form);
          double d = Probe.require(name(text, form), ours.probe(), peer.probe());
          Duel.Times t = duel.fight(duel.warm(ours), duel.warm(peer));
          double work = 1e3 * shape.gigaflops();
          rows.accept(
              new Row(
                  GROUP,
                  name(text, form),
                  threads,
                  work / t.ours(),
                  work / t.peer(),
                  "GFLOP/s",
                  against,
                  d,
                  t.waiting()));
        }
      }
    }
    children.endRow();
  }

  /// A kernel takes a second or two until it is compiled, on processors that run it meanwhile. Its
  /// time is level before, too, for as long as it is interpreted: the duel would take that for
  /// warm.
  private void warmKernels(Child ours) {
    for (String kind : KINDS) {
      for (var form : ProductShape.Form.values()) {
        ours.open(ProductShape.parse(effort.tiny() ? "2*5x3x4" : kind), form);
        for (double spent = 0; spent < effort.kernelWarmMillis(); ) {
          spent += ours.run(1);
        }
      }
    }
    ours.rest();
  }

  private static String name(String shape, ProductShape.Form form) {
    return "product " + shape + " " + form;
  }
}
