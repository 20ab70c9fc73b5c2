package org.espalier.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.op.ScatterReduce.Kind;
import org.junit.jupiter.api.Test;

/// What indices of I64 name, and assignment and reduction by place.
class PlacesTest {
  @Test
  void theIndicesOfTopKPickRows() {
    Tensor scores = Tensor.of(new float[] {1, 9, 4, 7});
    Tensor x = Tensor.of(new float[] {0, 1, 10, 11, 20, 21, 30, 31}, 4, 2);
    Tensor best = scores.topK(2).indices();
    assertArrayEquals(new float[] {10, 11, 30, 31}, x.rows(best).toFloatArray());
    assertArrayEquals(new float[] {10, 11, 30, 31}, x.embedding(best).toFloatArray());
    assertArrayEquals(
        new float[] {10, 30, 11, 31},
        x.transpose().indexSelect(1, best).contiguous().toFloatArray());
  }

  @Test
  void i64CountsOffsetsTargetsAndPositionsMeanWhatThoseOfI32Mean() {
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
    Tensor offsets = Tensor.of(new int[] {0, 2, 3});
    Tensor wide = offsets.to(DType.I64);
    assertArrayEquals(x.segmentSum(offsets).toFloatArray(), x.segmentSum(wide).toFloatArray());
    assertArrayEquals(x.segmentMean(offsets).toFloatArray(), x.segmentMean(wide).toFloatArray());
    assertArrayEquals(x.segmentMax(offsets).toFloatArray(), x.segmentMax(wide).toFloatArray());
    assertArrayEquals(
        x.repeatInterleave(offsets, 0).toFloatArray(), x.repeatInterleave(wide, 0).toFloatArray());
    Tensor targets = Tensor.of(new int[] {0, 1, CrossEntropy.IGNORE});
    assertArrayEquals(
        CrossEntropy.apply(x, targets, CrossEntropy.IGNORE, 0).toFloatArray(),
        CrossEntropy.apply(x, targets.to(DType.I64), CrossEntropy.IGNORE, 0).toFloatArray());
    Attention attention = new Attention(1, 1, 1, true, 0, 0, 0);
    assertArrayEquals(
        attention.apply(x, x, x, offsets, offsets).toFloatArray(),
        attention.apply(x, x, x, wide, wide).toFloatArray());
  }

  @Test
  void anIndexBeyondI32IsNamedAndNotWrapped() {
    for (long far : new long[] {1L << 32, -(1L << 32), Long.MAX_VALUE}) {
      Tensor indices = Tensor.of(new long[] {0, far});
      var e = assertThrows(TensorException.class, () -> Tensor.zeros(3, 2).rows(indices));
      assertTrue(
          String.valueOf(e.getMessage()).contains("index " + far + " at place 1"), e::getMessage);
    }
  }

  @Test
  void scatterIsTheOtherWayOfGather() {
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    Tensor order = Tensor.of(new int[] {2, 0, 1, 1, 2, 0}, 2, 3);
    Tensor there = Tensor.zeros(2, 3).scatter(1, order, x);
    assertArrayEquals(x.toFloatArray(), there.gather(1, order).toFloatArray());
  }

  @Test
  void theLastOfSeveralValuesForOnePlaceStaysAndHasTheGradient() {
    Tensor x = Tensor.of(new float[] {1, 2, 3}).requireGrad();
    Tensor source = Tensor.of(new float[] {10, Float.NaN, 30}).requireGrad();
    Tensor y = x.scatter(0, Tensor.of(new long[] {2, 0, 0}), source);
    assertArrayEquals(new float[] {30, 2, 10}, y.toFloatArray());
    Tensor[] gradients = Autograd.of(y.sum()).gradients(x, source);
    assertArrayEquals(new float[] {0, 1, 0}, gradients[0].toFloatArray());
    assertArrayEquals(new float[] {1, 0, 1}, gradients[1].toFloatArray());
  }

  @Test
  void scatterKeepsHalvesAndRefusesPlacesThatAreNotThere() {
    Tensor half = Tensor.ones(2, 2).to(DType.BF16);
    Tensor index = Tensor.of(new int[] {1, 0}, 1, 2);
    assertEquals(DType.BF16, half.scatter(0, index, half.slice(0, 0, 1)).dtype());
    for (int bad : new int[] {-1, 2}) {
      Tensor outside = Tensor.of(new int[] {0, bad}, 1, 2);
      var e =
          assertThrows(TensorException.class, () -> half.scatter(0, outside, half.slice(0, 0, 1)));
      assertTrue(
          String.valueOf(e.getMessage()).contains("scatter: index " + bad + " at place 1"),
          e::getMessage);
    }
  }

  /// The values of PyTorch's `scatter_reduce` on these numbers.
  @Test
  void reducesAsScatterReduceOfPyTorchDoes() {
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4});
    Tensor index = Tensor.of(new int[] {0, 1, 0, 1, 2, 1});
    Tensor source = Tensor.of(new float[] {1, 2, 3, 4, 5, 6});
    Map<Kind, double[]> with =
        Map.of(
            Kind.SUM, new double[] {5, 14, 8, 4},
            Kind.MEAN, new double[] {5 / 3.0, 3.5, 4, 4},
            Kind.PROD, new double[] {3, 96, 15, 4},
            Kind.MAX, new double[] {3, 6, 5, 4},
            Kind.MIN, new double[] {1, 2, 3, 4});
    Map<Kind, double[]> without =
        Map.of(
            Kind.SUM, new double[] {4, 12, 5, 4},
            Kind.MEAN, new double[] {2, 4, 5, 4},
            Kind.PROD, new double[] {3, 48, 5, 4},
            Kind.MAX, new double[] {3, 6, 5, 4},
            Kind.MIN, new double[] {1, 2, 5, 4});
    for (Kind kind : Kind.values()) {
      for (Device device : new Device[] {Device.CPU, Device.REFERENCE}) {
        Tensor a = x.to(device);
        Tensor i = index.to(device);
        Tensor s = source.to(device);
        assertArrayEquals(
            with.get(kind),
            a.scatterReduce(kind, 0, i, s, true).toDoubleArray(),
            1e-6,
            kind.name());
        assertArrayEquals(
            without.get(kind),
            a.scatterReduce(kind, 0, i, s, false).toDoubleArray(),
            1e-6,
            kind.name());
      }
    }
  }

  @Test
  void argMaxOfAllCountsInRowMajorOrder() {
    Tensor x = Tensor.of(new float[] {1, 7, 3, 7, -2, 0}, 2, 3);
    assertEquals(1, x.argMax().toLongArray()[0]);
    assertEquals(4, x.argMin().toLongArray()[0]);
    assertEquals(3, x.transpose().argMin().toLongArray()[0]);
    assertEquals(0, x.argMax().rank());
  }
}
