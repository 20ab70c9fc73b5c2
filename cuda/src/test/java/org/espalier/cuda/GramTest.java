package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Gradient;
import org.espalier.autograd.Gradients;
import org.espalier.cuda.device.SoftwareDevice;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Inner products of gradients in many parts, beside the reference in double.
@ExtendWith(OnSoftwareDevice.class)
class GramTest {
  private static final Device CUDA = Device.of("cuda:0");

  /// More vectors than a launch multiplies, more parts than it holds, and some of several chunks.
  private static final int VECTORS = 6;

  private static final int PARTS = 61;

  private static List<List<@Nullable Gradient>> gradients(DType dtype, Device device) {
    List<List<@Nullable Gradient>> all = new ArrayList<>();
    for (int i = 0; i < VECTORS; i++) {
      Random random = new Random(i);
      List<@Nullable Gradient> parts = new ArrayList<>();
      for (int p = 0; p < PARTS; p++) {
        float[] values = new float[p == 7 ? 20_000 : p == 9 ? 0 : 1 + p];
        for (int k = 0; k < values.length; k++) {
          values[k] = (float) random.nextGaussian();
        }
        boolean absent = (i + p) % 5 == 0 || p == 11 || (p == 13 && i < 4);
        parts.add(
            absent
                ? null
                : new Gradient.Dense(Tensor.of(values, values.length).to(dtype).to(device)));
      }
      all.add(parts);
    }
    return all;
  }

  @Test
  void manyVectorsInManyPartsAreMultiplied() {
    try (Scope _ = Scope.open()) {
      double[][] expected = Gradients.gram(gradients(DType.F64, Device.REFERENCE));
      for (DType dtype : new DType[] {DType.F32, DType.F64, DType.F32}) {
        double[][] actual = Gradients.gram(gradients(dtype, CUDA));
        for (int i = 0; i < VECTORS; i++) {
          assertArrayEquals(expected[i], actual[i], 1e-9 * expected[i][i], dtype + " row " + i);
        }
      }
    }
  }

  @Test
  @Tag("software-device")
  void theHostWaitsOnce() {
    try (Scope _ = Scope.open()) {
      List<List<@Nullable Gradient>> all = gradients(DType.F32, CUDA);
      SoftwareDevice.get().resetCounters();
      Gradients.gram(all);
      assertEquals(1, SoftwareDevice.get().counters().synchronisations());
    }
  }
}
