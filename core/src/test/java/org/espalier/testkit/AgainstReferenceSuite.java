package org.espalier.testkit;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.Arrays;
import java.util.stream.Stream;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.engine.Backends;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// What every device but `reference` owes: in F32 each op case agrees with the reference backend in
/// F64 within the case's bound, output and gradients.
public abstract class AgainstReferenceSuite extends OpCaseSuite {
  /// Gradients pass through two kernels and the rounding of what was saved between them.
  private static final double GRADIENT_FACTOR = 4;

  /// For subclasses.
  protected AgainstReferenceSuite() {}

  @BeforeEach
  void theTwoSidesAreDifferentCode() {
    assertNotEquals(Backends.of(Device.REFERENCE).getClass(), Backends.of(device()).getClass());
  }

  @TestFactory
  Stream<DynamicTest> agreesWithTheReferenceInDouble() {
    return cases().stream().map(c -> dynamicTest(c.toString(), () -> compare(c)));
  }

  private void compare(OpCase opCase) {
    try (Scope _ = Scope.open()) {
      Outcome expected = run(opCase, DType.F64, Device.REFERENCE, Input.Form.CONTIGUOUS);
      Outcome actual = run(opCase, DType.F32, device(), Input.Form.CONTIGUOUS);
      Tensor[] reals =
          Arrays.stream(opCase.tensors(DType.F64, Device.REFERENCE, Input.Form.CONTIGUOUS))
              .filter(t -> t.dtype().isFloating())
              .toArray(Tensor[]::new);
      double largest = largest(reals);
      assertWithin(opCase.bound(), expected.output, actual.output, largest, "output");
      OpCase.Bound bound =
          new OpCase.Bound(
              GRADIENT_FACTOR * Math.max(8, opCase.bound().factor()),
              Math.max(4, opCase.bound().terms()),
              true);
      for (int i = 0; i < expected.gradients.length; i++) {
        assertWithin(
            bound,
            expected.gradients[i],
            actual.gradients[i],
            opCase.bound().ofLargest() ? largest : 0,
            "gradient of real input " + i);
      }
    }
  }
}
