package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.cuda.device.SoftwareDevice;
import org.espalier.cuda.planted.TrialProvider;
import org.espalier.op.Attention;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// When attention is rounded to BF16, and what becomes of a training where it is.
@ExtendWith(OnSoftwareDevice.class)
class AttentionPrecisionTest {
  private static final Device CUDA = Device.of("cuda:0");
  private static final int STEPS = 10;

  @AfterEach
  void strictAgain() {
    Cuda.setMatmulPrecision(CUDA, MatmulPrecision.HIGHEST);
  }

  /// Returns the kernels of attention that one pass forward and backward launches.
  private static Set<String> kernels(Device device, int dim) {
    SoftwareDevice software = SoftwareDevice.get();
    try (Scope _ = Scope.open()) {
      Tensor x = Tensor.ones(3, dim).to(device).requireGrad();
      Tensor offsets = Tensor.of(new int[] {0, 3}).to(device);
      software.resetCounters();
      new Attention(1, 1, 1, false, 0, 0, 0).apply(x, x, x, offsets, offsets).sum().backward();
      assertEquals(3 * dim, x.grad().elements());
      x.grad().toDoubleArray();
    }
    Set<String> names = new TreeSet<>(software.counters().kernels().keySet());
    names.removeIf(name -> !name.startsWith("attention"));
    return names;
  }

  private static Set<String> strict() {
    return Set.of("attention_forward", "attention_backward_queries", "attention_backward_keys");
  }

  private static Set<String> rounded(int width) {
    return Set.of(
        "attention_bf16_forward_" + width,
        "attention_bf16_backward_queries_" + width,
        "attention_bf16_backward_keys_" + width);
  }

  @Test
  @Tag("software-device")
  void onlyMediumRoundsAndTakesTheNarrowestKernels() {
    for (MatmulPrecision precision : List.of(MatmulPrecision.HIGHEST, MatmulPrecision.HIGH)) {
      Cuda.setMatmulPrecision(CUDA, precision);
      assertEquals(strict(), kernels(CUDA, 32), precision.toString());
    }
    Cuda.setMatmulPrecision(CUDA, MatmulPrecision.MEDIUM);
    int[] dims = {1, 32, 33, 64, 65, 128};
    int[] widths = {32, 32, 64, 64, 128, 128};
    for (int i = 0; i < dims.length; i++) {
      assertEquals(rounded(widths[i]), kernels(CUDA, dims[i]), "heads of " + dims[i]);
    }
    assertEquals(strict(), kernels(CUDA, 129), "heads that are too wide");
  }

  /// The driver of a real one would not take the file: its target is capability 8.0.
  @Test
  @Tag("software-device")
  void aDeviceWithoutTensorCoresStaysStrict() {
    SoftwareDevice software = SoftwareDevice.get();
    software.capability(7, 5);
    try (CudaDevice old = new CudaDevice(0)) {
      assertThrows(TensorException.class, () -> old.setMatmulPrecision(MatmulPrecision.MEDIUM));
      TrialProvider.put(new CudaBackend(old));
      assertEquals(strict(), kernels(TrialProvider.TRIAL, 32));
    } finally {
      TrialProvider.put(null);
      software.capability(8, 0);
    }
  }

  /// What forward leaves for backward is the same in both.
  @ParameterizedTest
  @CsvSource({"HIGHEST, MEDIUM", "MEDIUM, HIGHEST"})
  void forwardAndBackwardMayDiffer(MatmulPrecision forward, MatmulPrecision backward) {
    double[][] gradients = new double[2][];
    for (int run = 0; run < 2; run++) {
      try (Scope _ = Scope.open()) {
        double[] values = IntStream.range(0, 50 * 24).mapToDouble(i -> Math.sin(i * i)).toArray();
        Tensor x = Tensor.of(values, 50, 24).to(DType.F32).to(CUDA).requireGrad();
        Tensor offsets = Tensor.of(new int[] {0, 50}).to(CUDA);
        Cuda.setMatmulPrecision(CUDA, run == 0 ? MatmulPrecision.HIGHEST : forward);
        Tensor y =
            new Attention(1, 1, 3, true, 0.1, 1, 1)
                .apply(x.slice(1, 0, 8), x.slice(1, 8, 16), x.slice(1, 16, 24), offsets, offsets);
        Tensor loss = y.mul(y).sum();
        Cuda.setMatmulPrecision(CUDA, run == 0 ? MatmulPrecision.HIGHEST : backward);
        loss.backward();
        gradients[run] = x.grad().toDoubleArray();
      }
    }
    double largest = Arrays.stream(gradients[0]).map(Math::abs).max().orElse(0);
    assertArrayEquals(gradients[0], gradients[1], 0x1p-5 * largest);
  }

  /// Every product of the step is rounded, those of the attention too. The losses fall from 1.22 to
  /// 0.43 and are 0.0004 apart at most.
  @Test
  void tenStepsInMediumLoseNearlyWhatStrictOnesLose() {
    double[] strict = losses(MatmulPrecision.HIGHEST);
    double[] medium = losses(MatmulPrecision.MEDIUM);
    double farthest =
        IntStream.range(0, STEPS).mapToDouble(i -> Math.abs(strict[i] - medium[i])).max().orElse(0);
    assertTrue(farthest > 1e-5 && farthest < 2e-3, farthest + " apart at most");
    assertTrue(medium[STEPS - 1] < medium[0], "it learns");
  }

  private static double[] losses(MatmulPrecision precision) {
    Cuda.setMatmulPrecision(CUDA, precision);
    var training = new SmallTraining(CUDA);
    return IntStream.range(0, STEPS).mapToDouble(training::step).toArray();
  }

  @Test
  void recordedStepsInMediumHaveTheBitsOfEagerOnes() {
    Cuda.setMatmulPrecision(CUDA, MatmulPrecision.MEDIUM);
    try (var recorded = new RecordedTraining(5);
        var eager = new RecordedTraining(5, false)) {
      assertEquals(eager.run(0, 5), recorded.run(0, 5));
    }
  }
}
