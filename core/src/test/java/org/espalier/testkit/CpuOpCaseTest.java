package org.espalier.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.stream.Stream;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.cpu.CpuBackend;
import org.espalier.engine.Backends;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/// The SIMD backend: as the reference, the same bits in any layout, and single precision by its own
/// kernels.
@Tag("widths")
class CpuOpCaseTest extends AgainstReferenceSuite {
  @Override
  protected Device device() {
    return Device.CPU;
  }

  /// F32, integers, booleans, and conversions between all of them.
  @TestFactory
  Stream<DynamicTest> onlyDoublesAreDelegated() {
    return cases().stream().map(c -> dynamicTest(c.toString(), () -> runsItsOwnKernels(c)));
  }

  private static void runsItsOwnKernels(OpCase opCase) {
    try (Scope _ = Scope.open()) {
      CpuBackend cpu = (CpuBackend) Backends.of(Device.CPU);
      Tensor[] inputs = opCase.tensors(DType.F32, Device.CPU, Input.Form.CONTIGUOUS);
      long before = cpu.delegatedKernels();
      OpCaseSuite.run(opCase, inputs);
      assertEquals(0, cpu.delegatedKernels() - before, "kernels of the reference backend");
    }
  }
}
