package org.espalier.testkit;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.GradCheck;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The reference backend, and every op's backward against central differences in F64: the fused
/// form, the composed form, and second derivatives.
class ReferenceOpCaseTest extends OpCaseSuite {
  @Override
  protected Device device() {
    return Device.REFERENCE;
  }

  @TestFactory
  Stream<DynamicTest> gradientsAreTheSlopes() {
    return slopes(1, ReferenceOpCaseTest::firstOrder);
  }

  @TestFactory
  Stream<DynamicTest> gradientsOfGradientsAreTheirSlopes() {
    return slopes(2, ReferenceOpCaseTest::secondOrder);
  }

  private Stream<DynamicTest> slopes(int orders, Consumer<OpCase> check) {
    return cases().stream()
        .filter(c -> c.orders() >= orders)
        .map(c -> dynamicTest(c.toString(), () -> check.accept(c)));
  }

  private static void firstOrder(OpCase opCase) {
    try (Scope _ = Scope.open()) {
      List<GradCheck.Worst> worst = GradCheck.bothForms(opCase.function(), inputs(opCase));
      worst.getFirst().requireWithin(1e-7);
      assertDoesNotThrow(() -> worst.getLast().requireWithin(1e-7), "recorded with createGraph");
    }
  }

  private static void secondOrder(OpCase opCase) {
    try (Scope _ = Scope.open()) {
      GradCheck.secondOrder(opCase.function(), inputs(opCase)).requireWithin(1e-6);
    }
  }

  private static Tensor[] inputs(OpCase opCase) {
    return opCase.tensors(DType.F64, Device.REFERENCE, Input.Form.CONTIGUOUS);
  }
}
