package org.espalier.autograd;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.engine.Backends;
import org.espalier.engine.Handles;
import org.espalier.engine.HostCopy;
import org.espalier.spi.FusedKernel;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// The inner products of several gradients, gathered parameter by parameter.
///
/// Products of a linear map's gradient must be multiplied out, and rows of tables laid beside each
/// other. Both take memory, so the kernel runs as soon as enough of it is taken; the results stay
/// on the device until all are there.
final class GramMatrix {
  /// How many elements may be made at a time: 64 MB in F32.
  private static final long MOST_MADE = 1 << 24;

  private final int n;
  private final Map<Device, List<Tensor>> results = new LinkedHashMap<>();

  /// Begins with zeros.
  ///
  /// @param n how many gradients there are
  GramMatrix(int n) {
    this.n = n;
  }

  /// Returns `gram[i][j] = gradients[i] . gradients[j]`.
  double[][] of(List<? extends List<? extends @Nullable Gradient>> gradients) {
    return Autograd.noGrad(() -> {
      try (Scope _ = Scope.open()) {
        int parameters = n == 0 ? 0 : gradients.getFirst().size();
        int p = 0;
        while (p < parameters) {
          p = run(gradients, p, parameters);
        }
        return read();
      }
    });
  }

  /// Runs the kernel on the parameters from `first` on of one device and dtype, until enough memory
  /// is taken; returns the next one.
  private int run(
      List<? extends List<? extends @Nullable Gradient>> gradients, int first, int parameters) {
    List<List<@Nullable View>> vectors = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      vectors.add(new ArrayList<>());
    }
    Device device = null;
    DType dtype = null;
    long made = 0;
    int p = first;
    try (Scope scope = Scope.open()) {
      for (; p < parameters && made < MOST_MADE; p++) {
        List<@Nullable Gradient> all = new ArrayList<>();
        for (List<? extends @Nullable Gradient> some : gradients) {
          all.add(some.get(p));
        }
        Gradient known = all.stream().filter(Objects::nonNull).findFirst().orElse(null);
        if (known == null) {
          continue;
        }
        DType computing = computing(all);
        if (device != null && (!device.equals(Gradients.deviceOf(known)) || dtype != computing)) {
          break;
        }
        device = Gradients.deviceOf(known);
        dtype = computing;
        check(all, known);
        made += add(all, computing, vectors);
      }
      if (device != null) {
        Tensor out = Tensor.zeros(DType.F64, device, Shape.of(n, n));
        Backends.of(device).run(new FusedKernel.Gram(vectors, Handles.view(out)));
        results.computeIfAbsent(device, _ -> new ArrayList<>()).add(scope.keep(out));
      }
    }
    return p;
  }

  private static DType computing(List<@Nullable Gradient> all) {
    boolean single = true;
    for (Gradient g : all) {
      if (g != null) {
        DType dtype = Gradients.numbers(g).dtype();
        single &= dtype.isFloating() && dtype != DType.F64;
      }
    }
    return single ? DType.F32 : DType.F64;
  }

  private static void check(List<@Nullable Gradient> all, Gradient known) {
    Device device = Gradients.deviceOf(known);
    for (Gradient g : all) {
      if (g != null && !g.shape().equals(known.shape())) {
        throw new TensorException(
            "gradients of shapes "
                + known.shape()
                + " and "
                + g.shape()
                + " have no inner product");
      }
      if (g != null && !Gradients.deviceOf(g).equals(device)) {
        throw new TensorException(
            "gradients of one parameter lie on "
                + device
                + " and "
                + Gradients.deviceOf(g)
                + "; move them to one with to(Device)");
      }
    }
  }

  /// Adds a parameter to the vectors; returns how many elements were made for it.
  private static long add(
      List<@Nullable Gradient> all, DType dtype, List<List<@Nullable View>> vectors) {
    boolean rows =
        all.stream().allMatch(g -> g == null || (g instanceof Gradient.RowSparse r && isKnown(r)));
    int[] union = rows ? union(all) : new int[0];
    long made = 0;
    for (int i = 0; i < all.size(); i++) {
      Gradient g = all.get(i);
      if (g == null) {
        vectors.get(i).add(null);
        continue;
      }
      Tensor t = rows && g instanceof Gradient.RowSparse r ? among(union, r, dtype) : g.dense();
      made += g instanceof Gradient.Dense ? 0 : t.elements();
      vectors.get(i).add(Handles.view(t.to(dtype).contiguous()));
    }
    return made;
  }

  /// Tells whether the host knows which rows there are without waiting for a device.
  private static boolean isKnown(Gradient.RowSparse gradient) {
    View rows = Handles.view(gradient.rows());
    return rows.storage() instanceof HeapStorage || HostCopy.of(rows) != null;
  }

  /// Returns the rows that any of the gradients has.
  private static int[] union(List<@Nullable Gradient> all) {
    IntStream rows = IntStream.empty();
    for (Gradient g : all) {
      if (g instanceof Gradient.RowSparse r) {
        rows = IntStream.concat(rows, Arrays.stream(r.rows().toIntArray()));
      }
    }
    return rows.sorted().distinct().toArray();
  }

  /// Returns a gradient's rows where they belong among those of all.
  private static Tensor among(int[] union, Gradient.RowSparse gradient, DType dtype) {
    int[] places = gradient.rows().toIntArray();
    for (int i = 0; i < places.length; i++) {
      places[i] = Arrays.binarySearch(union, places[i]);
    }
    Tensor values = gradient.values().to(dtype);
    int[] sizes = values.shape().sizes();
    sizes[0] = union.length;
    Tensor all = Tensor.zeros(dtype, values.device(), Shape.of(sizes));
    Tensor there = Tensor.of(places).to(values.device());
    Backends.of(values.device())
        .scatterAdd(Handles.view(values), Handles.view(there), Handles.view(all));
    return all;
  }

  private double[][] read() {
    double[][] gram = new double[n][n];
    for (Map.Entry<Device, List<Tensor>> of : results.entrySet()) {
      Tensor sum = of.getValue().getFirst();
      for (Tensor other : of.getValue().subList(1, of.getValue().size())) {
        sum.addInPlace(other);
      }
      double[] values = sum.toDoubleArray();
      for (int i = 0; i < n * n; i++) {
        gram[i / n][i % n] += values[i];
      }
    }
    return gram;
  }
}
