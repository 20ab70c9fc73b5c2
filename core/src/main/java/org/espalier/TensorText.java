package org.espalier;

import java.util.Arrays;
import java.util.Locale;

/// A tensor as text, in the manner of NumPy:
///
/// ```text
/// [[ 1.0   2.5]
///  [-3.0  nan ]] F32 [2, 2]
/// ```
final class TensorText {
  /// With more elements, long axes are cut.
  private static final int MANY = 1000;

  /// How many elements of a cut axis are shown at either end.
  private static final int EDGE = 3;

  /// Decimals of a real number.
  private static final int DECIMALS = 4;

  private static final String CUT = "...";

  private final Tensor tensor;
  private final boolean cuts;
  private final String[] cells;
  private final StringBuilder text = new StringBuilder();
  private int next;

  private TensorText(Tensor tensor) {
    this.tensor = tensor;
    cuts = tensor.elements() > MANY;
    cells = cells();
    int width = Arrays.stream(cells).mapToInt(String::length).max().orElse(0);
    for (int i = 0; i < cells.length; i++) {
      cells[i] = " ".repeat(width - cells[i].length()) + cells[i];
    }
  }

  /// Returns values and head.
  static String of(Tensor tensor) {
    if (tensor.elements() == 0) {
      return "[] " + head(tensor);
    }
    TensorText t = new TensorText(tensor);
    t.axis(0);
    return t.text.append(' ').append(head(tensor)).toString();
  }

  /// Returns dtype, shape and device.
  static String head(Tensor tensor) {
    String place = tensor.device().equals(Device.CPU) ? "" : " on " + tensor.device();
    return tensor.dtype() + " " + tensor.shape() + place;
  }

  private boolean isCut(int axis) {
    return cuts && tensor.size(axis) > 2 * EDGE;
  }

  /// Writes everything under the first `axis` axes, which are fixed.
  private void axis(int axis) {
    if (axis == tensor.rank()) {
      text.append(cells[next++]);
      return;
    }
    int shown = isCut(axis) ? 2 * EDGE : tensor.size(axis);
    boolean innermost = axis == tensor.rank() - 1;
    String gap = innermost ? " " : "\n".repeat(tensor.rank() - 1 - axis) + " ".repeat(axis + 1);
    text.append('[');
    for (int i = 0; i < shown; i++) {
      text.append(i == 0 ? "" : gap);
      if (isCut(axis) && i == EDGE) {
        text.append(CUT).append(gap);
      }
      axis(axis + 1);
    }
    text.append(']');
  }

  /// Returns the shown elements in row-major order.
  private String[] cells() {
    Tensor shown = tensor;
    try (Scope _ = Scope.open()) {
      for (int axis = 0; axis < tensor.rank(); axis++) {
        if (isCut(axis)) {
          Tensor first = shown.detach().slice(axis, 0, EDGE);
          int size = shown.size(axis);
          shown = Tensor.cat(axis, first, shown.detach().slice(axis, size - EDGE, size));
        }
      }
      return switch (tensor.dtype()) {
        case BOOL -> strings(shown.elements(), shown.toLongArray(), true);
        case I32, I64 -> strings(shown.elements(), shown.toLongArray(), false);
        default -> reals(shown.toDoubleArray());
      };
    }
  }

  private static String[] strings(int count, long[] values, boolean truths) {
    String[] cells = new String[count];
    Arrays.setAll(cells, i -> truths ? Boolean.toString(values[i] != 0) : Long.toString(values[i]));
    return cells;
  }

  /// Writes real numbers with one number of decimals for all, at most four; with an exponent when
  /// that would not do.
  private static String[] reals(double[] values) {
    double[] sizes =
        Arrays.stream(values).map(Math::abs).filter(v -> v > 0 && Double.isFinite(v)).toArray();
    double largest = Arrays.stream(sizes).max().orElse(0);
    double smallest = Arrays.stream(sizes).min().orElse(1);
    boolean scientific = largest >= 1e8 || smallest < 1e-4;
    int decimals = 1;
    for (double v : values) {
      if (Double.isFinite(v) && !scientific) {
        String exact = String.format(Locale.ROOT, "%." + DECIMALS + "f", v);
        int end = exact.length();
        while (exact.charAt(end - 1) == '0') {
          end--;
        }
        decimals = Math.max(decimals, end - exact.indexOf('.') - 1);
      }
    }
    String form = scientific ? "%." + DECIMALS + "e" : "%." + decimals + "f";
    String[] cells = new String[values.length];
    Arrays.setAll(cells, i -> real(values[i], form));
    return cells;
  }

  private static String real(double value, String form) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    return String.format(Locale.ROOT, form, value);
  }
}
