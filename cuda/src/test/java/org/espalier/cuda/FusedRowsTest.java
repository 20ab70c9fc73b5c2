package org.espalier.cuda;

import static org.espalier.testkit.Input.ints;
import static org.espalier.testkit.Input.normal;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.cuda.device.SoftwareDevice;
import org.espalier.cuda.device.ThreadOrder;
import org.espalier.op.CrossEntropy;
import org.espalier.op.Dropout;
import org.espalier.op.LayerNorm;
import org.espalier.op.RmsNorm;
import org.espalier.op.SegmentMean;
import org.espalier.testkit.Input;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Fused kernels of rows at the sizes where their versions meet: rows of a warp, of a block, longer
/// than registers hold, aligned and not.
@ExtendWith(OnSoftwareDevice.class)
class FusedRowsTest {
  private static final Device CUDA = Device.of("cuda:0");

  @ParameterizedTest
  @ValueSource(ints = {257, 1024, 1027, 8193})
  void softmaxOfRowsOfAnyLength(int columns) {
    BesideReference.of(x -> x[0].softmax(), normal(1, 3, columns)).agreesWithin(1e-5);
    BesideReference.of(x -> x[0].logSoftmax(), normal(1, 3, columns)).agreesWithin(1e-5);
  }

  @ParameterizedTest
  @ValueSource(ints = {257, 1024, 1027, 8193})
  void crossEntropyOfAnyNumberOfClasses(int classes) {
    for (double smoothing : new double[] {0, 0.1}) {
      BesideReference.of(
              x -> CrossEntropy.apply(x[0], x[1], CrossEntropy.IGNORE, smoothing),
              normal(1, 4, classes),
              ints(0, classes - 1, CrossEntropy.IGNORE, 77))
          .agreesWithin(1e-5);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {257, 1024, 1027, 8193})
  void normsOfRowsOfAnyLength(int columns) {
    Input x = normal(1, 3, columns);
    Input weight = normal(2, columns);
    Input bias = normal(3, columns);
    BesideReference.of(t -> LayerNorm.apply(t[0], t[1], t[2], 1e-5), x, weight, bias)
        .agreesWithin(1e-5);
    BesideReference.of(t -> RmsNorm.apply(t[0], t[1], 1e-6), x, weight).agreesWithin(1e-5);
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 300, 1030})
  void normsOfMoreRowsThanOneBlockOfThem(int columns) {
    Input x = normal(1, 200, columns);
    BesideReference.of(
            t -> LayerNorm.apply(t[0], t[1], t[2], 1e-5), x, normal(2, columns), normal(3, columns))
        .agreesWithin(1e-5);
  }

  @Test
  void meansOfLongSegments() {
    BesideReference.of(
            t -> SegmentMean.apply(t[0], t[1]), normal(1, 300, 131), ints(0, 3, 3, 200, 265, 300))
        .agreesWithin(1e-5);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 15, 16, 17, 32, 33, 100, 128})
  void dropoutHasTheBitsOfTheCpu(int columns) {
    try (Scope _ = Scope.open()) {
      Tensor x = Tensor.ones(37, columns);
      Tensor expected = Dropout.apply(x, 0.3, -77, 5);
      Tensor actual = Dropout.apply(x.to(CUDA), 0.3, -77, 5);
      assertArrayEquals(expected.toDoubleArray(), actual.toDoubleArray());
    }
  }

  @Test
  @Tag("software-device")
  void noBitDependsOnTheOrderOfThreads() {
    BesideReference norm =
        BesideReference.of(
            t -> LayerNorm.apply(t[0], t[1], t[2], 1e-5),
            normal(1, 150, 40),
            normal(2, 40),
            normal(3, 40));
    BesideReference mean =
        BesideReference.of(t -> SegmentMean.apply(t[0], t[1]), normal(1, 90, 9), ints(0, 50, 90));
    List<double[]> expected = both(norm, mean);
    SoftwareDevice device = SoftwareDevice.get();
    try {
      for (int seed = 0; seed < 3; seed++) {
        device.threadOrder(ThreadOrder.SHUFFLED, seed);
        List<double[]> actual = both(norm, mean);
        for (int i = 0; i < expected.size(); i++) {
          assertArrayEquals(expected.get(i), actual.get(i), "seed " + seed + ", result " + i);
        }
      }
    } finally {
      device.threadOrder(ThreadOrder.FORWARD, 0);
    }
  }

  private static List<double[]> both(BesideReference first, BesideReference second) {
    return Stream.of(first.onCuda(), second.onCuda()).flatMap(List::stream).toList();
  }

  @Test
  void aTargetThatIsNoClassIsNamedAtTheNextWait() {
    try (Scope _ = Scope.open()) {
      Tensor logits = Tensor.ones(3, 4).to(CUDA);
      Tensor loss = CrossEntropy.apply(logits, Tensor.of(new int[] {0, 4, 1}).to(CUDA), -100, 0);
      var e = assertThrows(TensorException.class, loss::toDoubleArray);
      assertTrue(e.getMessage().contains("target 4 of row 1"), e.getMessage());
    }
  }

  @Test
  void offsetsThatDescendAreNamedAtTheNextWait() {
    try (Scope _ = Scope.open()) {
      Tensor x = Tensor.ones(5, 3).to(CUDA);
      Tensor mean = SegmentMean.apply(x, Tensor.of(new int[] {0, 4, 2, 5}).to(CUDA));
      var e = assertThrows(TensorException.class, mean::toDoubleArray);
      assertTrue(e.getMessage().contains("offset 2 at place 2"), e.getMessage());
    }
  }

  @Test
  void halfPrecisionIsWidenedBeforeTheKernels() {
    try (Scope _ = Scope.open()) {
      Tensor x = Tensor.of(new double[] {1, 2, 3}, 1, 3).to(DType.BF16).to(CUDA);
      Tensor y = x.softmax();
      assertEquals(DType.F32, y.dtype());
      assertEquals(1, Arrays.stream(y.toDoubleArray()).sum(), 1e-6);
    }
  }
}
