package org.espalier.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.Set;
import java.util.stream.Stream;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.cpu.CpuBackend;
import org.espalier.engine.Backends;
import org.espalier.op.ArgMax;
import org.espalier.op.ArgMin;
import org.espalier.op.ArgSort;
import org.espalier.op.Cast;
import org.espalier.op.Compare;
import org.espalier.op.CumSum;
import org.espalier.op.Gather;
import org.espalier.op.Max;
import org.espalier.op.Min;
import org.espalier.op.Op;
import org.espalier.op.Prod;
import org.espalier.op.Rows;
import org.espalier.op.ScatterAdd;
import org.espalier.op.ScatterAlong;
import org.espalier.op.ScatterReduce;
import org.espalier.op.Sum;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The SIMD backend: as the reference, the same bits in any layout, and single precision by its own
/// kernels.
class CpuOpCaseTest extends AgainstReferenceSuite {
  private static final Set<Class<? extends Op>> WHOLE =
      Set.of(
          Sum.class,
          Prod.class,
          Max.class,
          Min.class,
          ArgMax.class,
          ArgMin.class,
          CumSum.class,
          ArgSort.class,
          Gather.class,
          ScatterAlong.class,
          ScatterReduce.class,
          ScatterAdd.class,
          Rows.class);

  @Override
  protected Device device() {
    return Device.CPU;
  }

  /// Conversions between dtypes aside.
  @TestFactory
  Stream<DynamicTest> singlePrecisionIsNotDelegated() {
    return OpCases.all().stream()
        .filter(c -> c.op() != Cast.class && c.op() != Compare.class)
        .filter(c -> c.inputs().stream().anyMatch(Input::isReal))
        .map(c -> dynamicTest(c.toString(), () -> runsItsOwnKernels(c)));
  }

  /// Reductions, orders and look-ups of integers and booleans.
  @TestFactory
  Stream<DynamicTest> wholeNumbersAreNotDelegated() {
    return OpCases.all().stream()
        .filter(c -> WHOLE.contains(c.op()) && c.inputs().stream().noneMatch(Input::isReal))
        .map(c -> dynamicTest(c.toString(), () -> runsItsOwnKernels(c)));
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
