package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.op.ScatterAlong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Errors that only a kernel can see are thrown where the host waits, once, with their kernel.
@ExtendWith(OnSoftwareDevice.class)
class KernelFaultTest {
  private static final Device CUDA = Device.of("cuda:0");

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  @Test
  void anIndexOutOfRangeShowsWhenTheResultIsRead() {
    Tensor table = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2).to(CUDA);
    Tensor rows = table.rows(Tensor.of(new int[] {0, 3, -1}).to(CUDA));
    TensorException e = assertThrows(TensorException.class, rows::toFloatArray);
    assertMessage(e, "gather: index 3 at place 1 is outside the axis of size 3");
    assertArrayEquals(
        new float[] {5, 6}, table.rows(Tensor.of(new int[] {2}).to(CUDA)).toFloatArray());
  }

  @Test
  void synchronizeShowsItToo() {
    CudaBackend backend = Cuda.backend(CUDA);
    Tensor table = Tensor.ones(2, 2).to(CUDA);
    table.rows(Tensor.of(new int[] {7}).to(CUDA));
    TensorException e = assertThrows(TensorException.class, backend::synchronize);
    assertMessage(e, "index 7 at place 0");
    backend.synchronize();
  }

  @Test
  void scatteringToAWrongIndexChangesNothing() {
    Tensor table = Tensor.ones(3).to(CUDA);
    Tensor indices = Tensor.of(new int[] {0, 9}).to(CUDA);
    Tensor sum = ScatterAlong.apply(table, 0, indices, Tensor.ones(2).to(CUDA));
    TensorException e = assertThrows(TensorException.class, sum::toFloatArray);
    assertMessage(e, "scatter: index 9 at place 1");
    assertArrayEquals(new float[] {1, 1, 1}, sum.toFloatArray());
  }

  @Test
  void integersAreNotDividedByZero() {
    Tensor a = Tensor.of(new int[] {6, 7, 8}).to(CUDA);
    Tensor quotient = a.floorDiv(Tensor.of(new int[] {3, 0, 0}).to(CUDA));
    TensorException e = assertThrows(TensorException.class, quotient::toIntArray);
    assertMessage(e, "integer division of 7 by zero at element 1");
  }

  @Test
  void manyKernelsWithoutAWaitAreAllLookedAt() {
    Tensor table = Tensor.ones(4).to(CUDA);
    Tensor good = Tensor.of(new int[] {1}).to(CUDA);
    table.rows(Tensor.of(new int[] {4}).to(CUDA));
    TensorException e =
        assertThrows(
            TensorException.class,
            () -> {
              for (int i = 0; i < 2000; i++) {
                try (Scope _ = Scope.open()) {
                  table.rows(good);
                }
              }
            });
    assertMessage(e, "index 4 at place 0 is outside the axis of size 4");
    assertEquals(1, table.rows(good).toFloatArray()[0]);
  }

  @Test
  void whatIsNotThereSaysWhatToDo() {
    Tensor x = Tensor.ones(3).to(DType.F64).to(CUDA);
    TensorException e = assertThrows(TensorException.class, x::exp);
    assertMessage(e, "EXP in F64 is not there on cuda; compute in F32");
  }

  private static void assertMessage(TensorException e, String part) {
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }
}
