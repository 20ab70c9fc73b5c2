package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.cuda.device.SoftwareDevice;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Products in fewer digits, for those who ask for it.
@ExtendWith(OnSoftwareDevice.class)
class MatmulPrecisionTest {
  private static final Device CUDA = Device.of("cuda:0");
  private static final int INNER = 96;

  @AfterEach
  void strictAgain() {
    Cuda.setMatmulPrecision(CUDA, MatmulPrecision.HIGHEST);
    System.clearProperty(MatmulPrecision.PROPERTY);
  }

  private static Tensor normal(int seed, int... sizes) {
    Random random = new Random(seed);
    float[] values = new float[Tensor.zeros(sizes).elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(values, sizes);
  }

  /// Returns the largest error of an element, as a share of the sum of its terms' magnitudes.
  private static double error(MatmulPrecision precision) {
    Cuda.setMatmulPrecision(CUDA, precision);
    try (Scope _ = Scope.open()) {
      Tensor a = normal(1, 3, 20, INNER);
      Tensor b = normal(2, 3, INNER, 17);
      double[] actual = a.to(CUDA).matmul(b.to(CUDA)).toDoubleArray();
      Tensor x = a.to(DType.F64).to(Device.REFERENCE);
      Tensor y = b.to(DType.F64).to(Device.REFERENCE);
      double[] exact = x.matmul(y).toDoubleArray();
      double[] magnitudes = x.abs().matmul(y.abs()).toDoubleArray();
      double largest = 0;
      for (int i = 0; i < exact.length; i++) {
        largest = Math.max(largest, Math.abs(actual[i] - exact[i]) / magnitudes[i]);
      }
      return largest;
    }
  }

  @Test
  void eachRoundsAsItSays() {
    assertEquals(MatmulPrecision.HIGHEST, Cuda.matmulPrecision(CUDA));
    double highest = error(MatmulPrecision.HIGHEST);
    double high = error(MatmulPrecision.HIGH);
    double medium = error(MatmulPrecision.MEDIUM);
    // Each factor is off by half a unit of its last digit at most; sums in F32 add little.
    assertTrue(highest < 0x1p-22, "highest: " + highest);
    assertTrue(high > 0x1p-14 && high < 0x1p-10, "high: " + high);
    assertTrue(medium > 0x1p-11 && medium < 0x1p-7, "medium: " + medium);
    assertEquals(highest, error(MatmulPrecision.HIGHEST), "strict again");
  }

  @ParameterizedTest
  @EnumSource
  void sumsAndStartsKeepTheirDigits(MatmulPrecision precision) {
    Cuda.setMatmulPrecision(CUDA, precision);
    try (Scope _ = Scope.open()) {
      // Terms that BF16 holds, whose sum it does not; then the same onto a start.
      Tensor a = Tensor.of(new float[] {1, 1, 1}, 1, 3).to(CUDA);
      Tensor b = Tensor.of(new float[] {256, 1, 0x1p-10f}, 3, 1).to(CUDA);
      assertArrayEquals(new float[] {257 + 0x1p-10f}, a.matmul(b).toFloatArray());
      Tensor weight = Tensor.of(new float[] {1, 2}, 1, 2).to(CUDA).requireGrad();
      Tensor x = Tensor.of(new float[] {1, 0.5f, 3, 4}, 2, 2).to(CUDA);
      for (int i = 0; i < 2; i++) {
        x.matmul(weight.transpose()).sum().backward();
      }
      assertArrayEquals(new float[] {8, 9}, weight.grad().toFloatArray());
    }
  }

  @Test
  void aDeviceBeginsWithWhatThePropertySays() {
    System.setProperty(MatmulPrecision.PROPERTY, "medium");
    try (CudaDevice device = new CudaDevice(0)) {
      assertEquals(MatmulPrecision.MEDIUM, device.blas().precision());
    }
    System.setProperty(MatmulPrecision.PROPERTY, "low");
    TensorException e = assertThrows(TensorException.class, () -> new CudaDevice(0));
    assertTrue(e.getMessage().contains("=low is none of [highest, high, medium]"), e.getMessage());
  }

  @Test
  @Tag("software-device")
  void withoutTensorCoresItIsRefusedAndStaysStrict() {
    SoftwareDevice software = SoftwareDevice.get();
    software.capability(7, 5);
    try (CudaDevice old = new CudaDevice(0)) {
      TensorException e =
          assertThrows(TensorException.class, () -> old.setMatmulPrecision(MatmulPrecision.HIGH));
      assertTrue(
          e.getMessage().contains("'high' needs tensor cores of compute capability 8.0"),
          e.getMessage());
      assertEquals(MatmulPrecision.HIGHEST, old.blas().precision());
    } finally {
      software.capability(8, 0);
    }
  }
}
