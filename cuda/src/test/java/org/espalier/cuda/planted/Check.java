package org.espalier.cuda.planted;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.testkit.Input;
import org.jspecify.annotations.Nullable;

/// What a test of the suite does, in small: an op on a device beside the same in double on
/// `reference`, outputs and gradients.
final class Check {
  private final String name;
  private final double share;
  private final List<Input> inputs;
  private final Function<Tensor[], Tensor> op;
  private final @Nullable String refusal;
  private boolean rounded;
  private @Nullable List<double[]> expected;

  private Check(
      String name,
      double share,
      @Nullable String refusal,
      List<Input> inputs,
      Function<Tensor[], Tensor> op) {
    this.name = name;
    this.share = share;
    this.refusal = refusal;
    this.inputs = inputs;
    this.op = op;
  }

  /// Makes a check.
  ///
  /// @param share of the largest element by which any may differ; 0 for exact ones
  static Check of(String name, double share, Function<Tensor[], Tensor> op, Input... inputs) {
    return new Check(name, share, null, List.of(inputs), op);
  }

  /// Makes a check of wrong inputs, which must be refused in words that begin with these.
  static Check refused(String words, Function<Tensor[], Tensor> op, Input... inputs) {
    return new Check(words, 0, words, List.of(inputs), op);
  }

  /// Returns this check of a device that rounds factors to BF16.
  Check rounded() {
    rounded = true;
    return this;
  }

  /// Returns what a device must be asked to multiply in.
  String precision() {
    return rounded ? "medium" : "highest";
  }

  /// Returns what is wrong on a device, null when nothing is.
  @Nullable String complaint(Device device) {
    if (refusal != null) {
      return complaintOfRefusal(device, refusal);
    }
    List<double[]> right = expected;
    if (right == null) {
      expected = right = run(DType.F64, Device.REFERENCE);
    }
    try {
      return complaint(right, run(DType.F32, device));
    } catch (TensorException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private @Nullable String complaintOfRefusal(Device device, String words) {
    try {
      run(DType.F32, device);
      return "not refused";
    } catch (TensorException e) {
      String said = String.valueOf(e.getMessage());
      return said.startsWith(words) ? null : said;
    }
  }

  private @Nullable String complaint(List<double[]> right, List<double[]> actual) {
    double largest = right.stream().flatMapToDouble(Arrays::stream).map(Math::abs).max().orElse(0);
    for (int t = 0; t < right.size(); t++) {
      double[] e = right.get(t);
      double[] a = actual.get(t);
      for (int i = 0; i < e.length; i++) {
        if (!(Math.abs(e[i] - a[i]) <= share * largest)) {
          return "result " + t + " at " + i + ": " + a[i] + " instead of " + e[i];
        }
      }
    }
    return null;
  }

  private List<double[]> run(DType real, Device device) {
    try (Scope _ = Scope.open()) {
      Tensor[] all =
          inputs.stream()
              .map(i -> i.make(real, device, Input.Form.CONTIGUOUS))
              .toArray(Tensor[]::new);
      Tensor[] leaves =
          Arrays.stream(all).filter(t -> t.dtype().isFloating()).toArray(Tensor[]::new);
      for (Tensor leaf : leaves) {
        leaf.requireGrad();
      }
      Tensor y = op.apply(all);
      List<double[]> results = new ArrayList<>();
      results.add(y.toDoubleArray());
      if (y.requiresGrad()) {
        double[] direction = new double[y.elements()];
        Arrays.setAll(direction, i -> (float) Math.sin(1 + i));
        Tensor dy = Tensor.of(direction, y.shape().sizes()).to(real).to(device);
        for (Tensor g : Autograd.of(y).outputGradients(dy).zerosForUnused().gradients(leaves)) {
          results.add(g.toDoubleArray());
        }
      }
      return results;
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
