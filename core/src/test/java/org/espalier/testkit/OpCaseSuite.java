package org.espalier.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// What every device owes: each op case gives the same bits however its inputs lie in memory,
/// forward and backward.
public abstract class OpCaseSuite {
  /// For subclasses.
  protected OpCaseSuite() {}

  /// Returns the device under test.
  protected abstract Device device();

  /// Returns the cases: all of them.
  protected List<OpCase> cases() {
    return OpCases.all();
  }

  /// A result and the gradients of the real inputs along a fixed direction.
  static final class Outcome {
    final Tensor output;
    final Tensor[] gradients;

    private Outcome(Tensor output, Tensor[] gradients) {
      this.output = output;
      this.gradients = gradients;
    }
  }

  /// Runs a case.
  static Outcome run(OpCase opCase, DType real, Device device, Input.Form form) {
    return run(opCase, opCase.tensors(real, device, form));
  }

  /// Runs a case on inputs that were made for it.
  static Outcome run(OpCase opCase, Tensor[] inputs) {
    if (opCase.orders() == 0) {
      return new Outcome(opCase.function().apply(inputs), new Tensor[0]);
    }
    Tensor[] leaves =
        Arrays.stream(inputs).filter(t -> t.dtype().isFloating()).toArray(Tensor[]::new);
    for (Tensor leaf : leaves) {
      leaf.requireGrad();
    }
    Tensor y = opCase.function().apply(inputs);
    Tensor[] gradients =
        Autograd.of(y).outputGradients(direction(y)).zerosForUnused().gradients(leaves);
    return new Outcome(y, gradients);
  }

  private static Tensor direction(Tensor like) {
    Random random = new Random(5);
    float[] values = new float[like.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    Tensor direction = Tensor.of(values, values.length).reshape(like.shape().sizes());
    return direction.to(like.dtype()).to(like.device());
  }

  @TestFactory
  Stream<DynamicTest> sameBitsInAnyLayout() {
    return cases().stream().map(c -> dynamicTest(c.toString(), () -> layouts(c)));
  }

  private void layouts(OpCase opCase) {
    try (Scope _ = Scope.open()) {
      Outcome expected = run(opCase, DType.F32, device(), Input.Form.CONTIGUOUS);
      for (var form : new Input.Form[] {Input.Form.TRANSPOSED, Input.Form.SLICED}) {
        Outcome actual = run(opCase, DType.F32, device(), form);
        assertEquals(expected.output.shape(), actual.output.shape());
        assertBits(expected.output, actual.output, form + " output");
        for (int i = 0; i < expected.gradients.length; i++) {
          assertBits(expected.gradients[i], actual.gradients[i], form + " gradient " + i);
        }
      }
    }
  }

  private static void assertBits(Tensor expected, Tensor actual, String what) {
    assertEquals(expected.dtype(), actual.dtype(), what);
    assertArrayEquals(expected.toDoubleArray(), actual.toDoubleArray(), what);
  }

  /// Checks elements against values of higher precision.
  static void assertWithin(
      OpCase.Bound bound, Tensor expected, Tensor actual, double largestInput, String what) {
    assertEquals(expected.shape(), actual.shape(), what);
    double[] e = expected.toDoubleArray();
    double[] a = actual.toDoubleArray();
    double largest = Math.max(largestInput, largest(expected));
    for (int i = 0; i < e.length; i++) {
      double rounded = actual.dtype() == DType.F32 ? (double) (float) e[i] : e[i];
      boolean same = Double.compare(a[i], rounded) == 0 || a[i] == rounded;
      assertTrue(
          same || Math.abs(a[i] - e[i]) <= bound.at(e[i], largest),
          what
              + " at element "
              + i
              + ": "
              + a[i]
              + " instead of "
              + e[i]
              + ", bound "
              + bound.at(e[i], largest));
    }
  }

  /// Returns the largest finite magnitude.
  static double largest(Tensor... tensors) {
    double largest = 0;
    for (Tensor t : tensors) {
      for (double x : t.toDoubleArray()) {
        largest = Double.isFinite(x) ? Math.max(largest, Math.abs(x)) : largest;
      }
    }
    return largest;
  }
}
