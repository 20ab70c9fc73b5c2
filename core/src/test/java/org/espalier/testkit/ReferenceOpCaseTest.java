package org.espalier.testkit;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.function.BiFunction;
import java.util.function.Function;
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
    return checks(1, 1e-7, GradCheck::firstOrder);
  }

  @TestFactory
  Stream<DynamicTest> recordedGradientsAreTheSlopes() {
    return checks(1, 1e-7, GradCheck::composed);
  }

  @TestFactory
  Stream<DynamicTest> gradientsOfGradientsAreTheirSlopes() {
    return checks(2, 1e-6, GradCheck::secondOrder);
  }

  private static Stream<DynamicTest> checks(
      int orders,
      double tolerance,
      BiFunction<Function<Tensor[], Tensor>, Tensor[], GradCheck.Worst> check) {
    return OpCases.all().stream()
        .filter(c -> c.orders() >= orders)
        .map(c -> dynamicTest(c.toString(), () -> check(c, tolerance, check)));
  }

  private static void check(
      OpCase opCase,
      double tolerance,
      BiFunction<Function<Tensor[], Tensor>, Tensor[], GradCheck.Worst> check) {
    try (Scope _ = Scope.open()) {
      Tensor[] inputs = opCase.tensors(DType.F64, Device.REFERENCE, Input.Form.CONTIGUOUS);
      check.apply(opCase.function(), inputs).requireWithin(tolerance);
    }
  }
}
