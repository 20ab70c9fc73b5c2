package org.espalier.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.parallel.Workers;
import org.junit.jupiter.api.Test;

/// Reductions of so many elements that they go block by block.
class LongReductionsTest {
  private static final int N = 100_003;

  private static float[] values() {
    float[] values = new float[N];
    for (int i = 0; i < N; i++) {
      values[i] = 1 + (i * 7919 % 2003 - 1001) / 65536f;
    }
    return values;
  }

  /// The same elements, two apart in memory.
  private static Tensor apart(Tensor x) {
    Tensor wide = Tensor.zeros(x.dtype(), x.device(), Shape.of(x.elements(), 2));
    return wide.add(x.reshape(N, 1)).slice(1, 1, 2).reshape(N);
  }

  @Test
  void extremesAndTheirFirstPlacesAreFoundInAnyBlock() {
    for (int place : new int[] {0, 4095, 4096, 50_000, N - 1}) {
      float[] values = values();
      values[place] = 2;
      values[N - 1] = 2;
      Tensor x = Tensor.of(values, N);
      for (Tensor each : new Tensor[] {x, apart(x)}) {
        assertEquals(2, each.max().item());
        assertEquals(place, each.argMax(0).item());
        assertEquals(-2, each.neg().min().item());
        assertEquals(place, each.neg().argMin(0).item());
      }
      values[place] = Float.NaN;
      Tensor nan = Tensor.of(values, N);
      assertTrue(Double.isNaN(nan.max().item()));
      assertEquals(place, nan.argMax(0).item());
      assertEquals(place, apart(nan).argMin(0).item());
    }
  }

  @Test
  void sumsAndProductsHaveTheSameBitsInAnyLayoutAndOnAnyThreads() {
    Tensor x = Tensor.of(values(), N);
    double product = 1;
    for (float each : values()) {
      product *= each;
    }
    double[][] results = new double[3][];
    for (int threads = 1; threads <= 3; threads++) {
      int n = threads;
      Workers.limit(
          n, () -> results[n - 1] = new double[] {x.sum().item(), apart(x).prod().item()});
      assertArrayEquals(results[0], results[n - 1]);
    }
    assertEquals(x.prod().item(), results[0][1]);
    assertEquals(product, results[0][1], 1e-6 * product);
    assertEquals(apart(x).sum().item(), results[0][0]);
  }

  @Test
  void integersAreSharedBetweenThreadsToo() {
    for (DType dtype : new DType[] {DType.I32, DType.I64}) {
      for (int place : new int[] {0, 32_767, 32_768, N - 2}) {
        int[] values = new int[N];
        long sum = 0;
        for (int i = 0; i < N; i++) {
          values[i] = i * 7919 % 2003;
          sum += values[i];
        }
        sum += 5000 - values[place];
        values[place] = 5000;
        Tensor x = Tensor.of(values).to(dtype);
        assertEquals(sum, x.to(DType.I64).sum().itemLong());
        assertEquals(5000, x.max().item());
        assertEquals(place, x.argMax(0).item());
        assertEquals(place, x.neg().argMin(0).item());
      }
    }
  }

  @Test
  void extremesDownTallColumnsSeeNanAndSignedZero() {
    int rows = 700;
    float[] values = new float[rows * 20];
    for (int i = 0; i < values.length; i++) {
      values[i] = -1 - i % 97;
    }
    values[650 * 20 + 3] = Float.NaN;
    values[20 + 5] = -0f;
    values[640 * 20 + 5] = 0f;
    Tensor x = Tensor.of(values, rows, 20);
    Tensor max = x.max(0);
    assertTrue(Double.isNaN(max.toDoubleArray()[3]));
    assertEquals(0.0, max.toDoubleArray()[5]);
    assertEquals(-1, max.toDoubleArray()[0]);
    assertEquals(-97, x.min(0).toDoubleArray()[19]);
    assertArrayEquals(
        max.toDoubleArray(), x.transpose().contiguous().transpose().max(0).toDoubleArray());
  }

  @Test
  void aLongRowPinsNoMemoryOfItsLength() throws InterruptedException {
    Tensor x = Tensor.of(values(), N);
    Tensor gaps = apart(x);
    int[] kept = new int[1];
    Thread fresh =
        new Thread(() ->
            Workers.limit(
                1,
                () -> {
                  gaps.sum();
                  gaps.max();
                  gaps.prod();
                  kept[0] = Scratch.row(0).length;
                }));
    fresh.start();
    fresh.join();
    assertTrue(kept[0] <= BlockResults.BLOCK, kept[0] + " floats");
  }
}
