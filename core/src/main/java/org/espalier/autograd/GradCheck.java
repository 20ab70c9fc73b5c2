package org.espalier.autograd;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Function;
import org.espalier.DType;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.jspecify.annotations.Nullable;

/// Compares gradients with central differences: the proof that a `backward` fits its `forward`.
///
/// For outputs `y = f(x)` of any shape and a fixed random direction `r`, the gradient of `r . f(x)`
/// is compared element by element with `(r . f(x + h e) - r . f(x - h e)) / 2h`. In F64 and away
/// from kinks the two agree to about `1e-9`. Of an input with more than 16 elements, 16 spread
/// evenly are compared.
///
/// ```java
/// Tensor a = Tensor.of(new double[] {0.3, -1.2});
/// Tensor b = Tensor.of(new double[] {2, 0.7});
/// GradCheck.firstOrder(x -> x[0].tanh().mul(x[1]), a, b).requireWithin(1e-7); // what training uses
/// GradCheck.composed(x -> x[0].tanh().mul(x[1]), a, b).requireWithin(1e-7); // with createGraph
/// GradCheck.bothForms(x -> x[0].tanh().mul(x[1]), a, b).forEach(w -> w.requireWithin(1e-7));
/// GradCheck.secondOrder(x -> x[0].tanh().mul(x[1]), a, b).requireWithin(1e-6);
/// System.out.println(GradCheck.firstOrder(x -> x[0].exp(), a)); // the worst element, in words
/// ```
///
/// What a failure means: both values of similar size and a few percent apart, a wrong factor; one
/// of them 0, a path that backward forgot (or a `wants` asked of the wrong input); all right but
/// one element, a border or a stride; all right in F64 and training still fails, look for a kink
/// near the inputs (`relu` at 0), where no derivative exists and differences tell nothing.
public final class GradCheck {
  private static final long SEED = 20170612;
  private static final double STEP = 6e-6;
  private static final int MOST = 16;

  private GradCheck() {}

  /// The element whose two derivatives differ most, in proportion to their size or to 1 if they are
  /// smaller.
  ///
  /// @param input place of the input, -1 when no input has an element
  /// @param element row-major place of the element
  /// @param analytic derivative by backward
  /// @param numeric derivative by central differences
  public record Worst(int input, int element, double analytic, double numeric) {
    /// Returns `|analytic - numeric| / max(1, |analytic|, |numeric|)`.
    public double error() {
      double size = Math.max(1, Math.max(Math.abs(analytic), Math.abs(numeric)));
      return Math.abs(analytic - numeric) / size;
    }

    /// Checks that the error is at most `tolerance`.
    ///
    /// @throws TensorException naming input, element and both values when it is larger, or not a
    ///   number
    public void requireWithin(double tolerance) {
      if (!(error() <= tolerance)) {
        throw new TensorException(
            String.format(Locale.ROOT, "%s, more than %.3g", this, tolerance));
      }
    }

    /// Returns the place and both values in words.
    @Override
    public String toString() {
      return input < 0
          ? "no element to compare"
          : String.format(
              Locale.ROOT,
              "gradient of input %d at element %d: backward gives %.12g, central differences"
                  + " %.12g; they differ by %.3g",
              input,
              element,
              analytic,
              numeric,
              error());
    }
  }

  /// Checks first derivatives by the backward that training uses: fused kernels where there are
  /// any.
  ///
  /// @param function computes an output from tensors in the places of `inputs`
  /// @param inputs those in F64 are differentiated, integers and booleans are passed on
  /// @throws TensorException when an input is F32: differences need the digits of F64
  public static Worst firstOrder(Function<Tensor[], Tensor> function, Tensor... inputs) {
    return check(function, inputs, false).getFirst();
  }

  /// Checks first derivatives by both, [#firstOrder] and [#composed], against one set of
  /// differences.
  ///
  /// @return the worst element by the backward that training uses, then by the recorded one
  /// @throws TensorException when an input is F32
  public static List<Worst> bothForms(Function<Tensor[], Tensor> function, Tensor... inputs) {
    return check(function, inputs, false, true);
  }

  /// Checks first derivatives by the backward that is itself recorded: composed of operations.
  ///
  /// @throws TensorException when an input is F32
  public static Worst composed(Function<Tensor[], Tensor> function, Tensor... inputs) {
    return check(function, inputs, true).getFirst();
  }

  /// Checks second derivatives: the first derivatives along a fixed direction are differentiated
  /// once more.
  ///
  /// @throws TensorException when an input is F32
  public static Worst secondOrder(Function<Tensor[], Tensor> function, Tensor... inputs) {
    return check(x -> slope(function, x), inputs, false).getFirst();
  }

  /// Returns `sum over the inputs of u . gradient of (r . f)`, recorded.
  private static Tensor slope(Function<Tensor[], Tensor> function, Tensor[] inputs) {
    Tensor y = function.apply(inputs);
    Tensor[] wanted = floating(inputs);
    Tensor sum = Tensor.zeros(DType.F64, inputs[0].device(), Shape.SCALAR);
    if (!y.requiresGrad()) {
      return sum;
    }
    Tensor[] gradients =
        Autograd.of(y)
            .outputGradients(direction(y, SEED))
            .createGraph()
            .zerosForUnused()
            .gradients(wanted);
    for (int i = 0; i < gradients.length; i++) {
      sum = sum.add(gradients[i].mul(direction(gradients[i], SEED + 1 + i)).sum());
    }
    return sum;
  }

  /// Returns the worst element of each form of backward: not recorded, or with `createGraph`.
  private static List<Worst> check(
      Function<Tensor[], Tensor> function, Tensor[] inputs, boolean... createGraph) {
    try (Scope _ = Scope.open()) {
      double[][] values = new double[inputs.length][];
      for (int i = 0; i < inputs.length; i++) {
        if (inputs[i].dtype() == DType.F32) {
          throw new TensorException(
              "input " + i + " is F32; differences need F64: convert with to(DType.F64)");
        }
        values[i] = inputs[i].toDoubleArray();
      }
      double[][][] analytic = new double[createGraph.length][][];
      for (int form = 0; form < analytic.length; form++) {
        analytic[form] = analytic(function, createGraph[form], leaves(inputs, values));
      }
      Worst[] worst = new Worst[analytic.length];
      Arrays.fill(worst, new Worst(-1, -1, 0, 0));
      for (int i = 0; i < inputs.length; i++) {
        if (!inputs[i].dtype().isFloating()) {
          continue;
        }
        int n = values[i].length;
        int compared = Math.min(n, MOST);
        for (int j = 0; j < compared; j++) {
          int e = (int) ((long) j * n / compared);
          double numeric = difference(function, inputs, values, i, e);
          for (int form = 0; form < analytic.length; form++) {
            worst[form] = worse(worst[form], new Worst(i, e, analytic[form][i][e], numeric));
          }
        }
      }
      return List.of(worst);
    }
  }

  /// A NaN (of a NaN or an infinite gradient) is worse than anything, and stays the worst.
  private static Worst worse(Worst before, Worst here) {
    return Double.isNaN(before.error()) || here.error() <= before.error() ? before : here;
  }

  private static double[][] analytic(
      Function<Tensor[], Tensor> function, boolean createGraph, Tensor[] leaves) {
    Tensor y = function.apply(leaves);
    Tensor[] wanted = floating(leaves);
    double[][] all = new double[leaves.length][];
    Tensor @Nullable [] gradients = null;
    if (y.requiresGrad()) {
      BackwardPass pass = Autograd.of(y).outputGradients(direction(y, SEED)).zerosForUnused();
      gradients = (createGraph ? pass.createGraph() : pass).gradients(wanted);
    }
    int next = 0;
    for (int i = 0; i < leaves.length; i++) {
      if (!leaves[i].dtype().isFloating()) {
        all[i] = new double[0];
      } else if (gradients == null) {
        all[i] = new double[leaves[i].elements()];
      } else {
        all[i] = gradients[next++].toDoubleArray();
      }
    }
    return all;
  }

  private static double difference(
      Function<Tensor[], Tensor> function, Tensor[] inputs, double[][] values, int i, int e) {
    double x = values[i][e];
    double step = STEP * Math.max(1, Math.abs(x));
    double above = x + step;
    double below = x - step;
    values[i][e] = above;
    double up = projected(function, inputs, values);
    values[i][e] = below;
    double down = projected(function, inputs, values);
    values[i][e] = x;
    return (up - down) / (above - below);
  }

  private static double projected(
      Function<Tensor[], Tensor> function, Tensor[] inputs, double[][] values) {
    try (Scope _ = Scope.open()) {
      Tensor y = function.apply(leaves(inputs, values)).detach();
      return y.mul(direction(y, SEED)).sum().item();
    }
  }

  /// Returns leaves with these values in the shapes and on the devices of the inputs.
  private static Tensor[] leaves(Tensor[] inputs, double[][] values) {
    Tensor[] leaves = new Tensor[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      leaves[i] =
          inputs[i].dtype().isFloating() ? tensor(values[i], inputs[i]).requireGrad() : inputs[i];
    }
    return leaves;
  }

  private static Tensor[] floating(Tensor[] inputs) {
    return Arrays.stream(inputs).filter(t -> t.dtype().isFloating()).toArray(Tensor[]::new);
  }

  /// Returns a fixed random direction without small components, of the shape of `like`.
  private static Tensor direction(Tensor like, long seed) {
    Random random = new Random(seed);
    double[] r = new double[like.elements()];
    for (int i = 0; i < r.length; i++) {
      r[i] = (0.5 + random.nextDouble()) * (random.nextBoolean() ? 1 : -1);
    }
    return tensor(r, like);
  }

  private static Tensor tensor(double[] values, Tensor like) {
    return Tensor.of(values, values.length).reshape(like.shape().sizes()).to(like.device());
  }
}
