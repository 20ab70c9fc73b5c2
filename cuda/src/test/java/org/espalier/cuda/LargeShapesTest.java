package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import java.util.function.UnaryOperator;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.op.IndexAdd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Shapes that take several blocks, chunks, tiles or merges, which the op cases are too small for.
@ExtendWith(OnSoftwareDevice.class)
class LargeShapesTest {
  private static final Device CUDA = Device.of("cuda:0");

  /// Few different values, so that ties and repeated indices are common.
  private static Tensor coarse(int... sizes) {
    Tensor x = normal(sizes);
    return x.mul(4).round().div(4);
  }

  private static Tensor normal(int... sizes) {
    int n = 1;
    for (int size : sizes) {
      n *= size;
    }
    float[] values = new float[n];
    Random random = new Random(n);
    for (int i = 0; i < n; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(values, sizes);
  }

  private static void assertSame(Tensor x, UnaryOperator<Tensor> function, double tolerance) {
    try (Scope _ = Scope.open()) {
      double[] expected = function.apply(x.to(DType.F64).to(Device.REFERENCE)).toDoubleArray();
      double[] actual = function.apply(x.to(CUDA)).toDoubleArray();
      assertArrayEquals(expected, actual, tolerance);
      int[] reverse = {1, 0};
      if (x.rank() == 2) {
        Tensor turned = x.permute(reverse).copy().to(CUDA).permute(reverse);
        assertArrayEquals(actual, function.apply(turned).toDoubleArray(), 0, "in another layout");
      }
    }
  }

  @Test
  void longSumsGoInChunks() {
    assertSame(normal(3, 5000), x -> x.sum(1), 1e-3);
    assertSame(normal(5000, 3), x -> x.sum(0), 1e-3);
    assertSame(normal(70, 131), Tensor::sum, 1e-3);
    assertSame(coarse(2, 3, 700, 4), x -> x.sum(0, 2), 0);
  }

  @Test
  void theFirstOfManyExtremesIsFound() {
    assertSame(coarse(3, 5000), x -> x.argMax(1), 0);
    assertSame(coarse(5000, 3), x -> x.argMin(0), 0);
    assertSame(coarse(20, 300), x -> x.max(1), 0);
    assertSame(coarse(9000), x -> x.min(0), 0);
  }

  @Test
  void sortingMergesManyTiles() {
    assertSame(coarse(3, 1000), x -> x.argSort(1, false), 0);
    assertSame(coarse(1000, 3), x -> x.argSort(0, true), 0);
    assertSame(coarse(257), x -> x.argSort(0, true), 0);
    assertSame(coarse(2, 256), x -> x.argSort(1, false), 0);
  }

  @Test
  void runningSumsCarryOver() {
    assertSame(coarse(3, 1000), x -> x.cumsum(1), 0);
    assertSame(coarse(600, 2), x -> x.cumsum(0), 0);
  }

  @Test
  void transposesGoInTiles() {
    assertSame(normal(70, 45), x -> x.transpose().contiguous(), 1e-6);
    assertSame(normal(3, 40, 33), x -> x.permute(0, 2, 1).contiguous(), 1e-6);
    assertSame(normal(40, 3, 33), x -> x.permute(2, 1, 0).contiguous(), 1e-6);
  }

  @Test
  void elementwiseFunctionsGoOnInStepsOfTheGrid() {
    assertSame(normal(100_003), x -> x.mul(x).neg(), 1e-5);
    assertSame(normal(300, 301), x -> x.add(x.slice(0, 0, 1)), 1e-6);
  }

  @Test
  void valuesOfOneRowAreAddedInOrder() {
    try (Scope _ = Scope.open()) {
      int n = 700;
      Tensor values = normal(n, 5);
      int[] rows = new Random(1).ints(n, 0, 4).toArray();
      Tensor expected = IndexAdd.apply(values, Tensor.of(rows), 6);
      Tensor actual = IndexAdd.apply(values.to(CUDA), Tensor.of(rows).to(CUDA), 6);
      assertArrayEquals(expected.toFloatArray(), actual.toFloatArray(), "to the bit");
    }
  }

  @Test
  void productsOfIntegersAreExact() {
    try (Scope _ = Scope.open()) {
      Tensor a = coarse(3, 20, 37).mul(1000).to(DType.I32);
      Tensor b = coarse(1, 37, 18).mul(-77_777).to(DType.I32);
      int[] expected = a.matmul(b).toIntArray();
      assertArrayEquals(expected, a.to(CUDA).matmul(b.to(CUDA)).toIntArray());
      long[] wide = a.to(DType.I64).matmul(b.to(DType.I64)).toLongArray();
      Tensor there = a.to(DType.I64).to(CUDA).matmul(b.to(DType.I64).to(CUDA));
      assertArrayEquals(wide, there.toLongArray());
    }
  }

  @Test
  void productsBroadcastTheirBatches() {
    try (Scope _ = Scope.open()) {
      Tensor a = normal(2, 3, 4, 5);
      Tensor b = normal(3, 5, 6);
      float[] expected = a.matmul(b).toFloatArray();
      assertArrayEquals(expected, a.to(CUDA).matmul(b.to(CUDA)).toFloatArray(), 1e-4f);
      Tensor c = normal(2, 1, 6, 5).to(CUDA).permute(0, 1, 3, 2);
      assertEquals(4 * 6 * 6, a.to(CUDA).matmul(c).elements());
    }
  }
}
