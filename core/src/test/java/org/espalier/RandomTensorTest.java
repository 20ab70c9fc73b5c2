package org.espalier;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.espalier.parallel.Workers;
import org.espalier.random.RandomStream;
import org.junit.jupiter.api.Test;

/// Random tensors: their distributions, and that their bits depend on nothing but the stream. Seeds
/// are fixed, so that a bound of four or five deviations is met or missed for good.
class RandomTensorTest {
  private static final int N = 40_000;
  private static final long SEED = 20240229;

  private static RandomStream stream(long stream) {
    return new RandomStream(SEED, stream);
  }

  private static double normalDistribution(double x) {
    return 0.5 * (1 + Tensor.of(new double[] {x / Math.sqrt(2)}).to(Device.REFERENCE).erf().item());
  }

  /// Returns Kolmogorov's statistic: the largest distance between the sample's distribution and the
  /// one expected, times the root of the number of samples. It is above 1.95 once in 1000 samples.
  private static double kolmogorov(double[] sample, DoubleUnaryOperator distribution) {
    double[] sorted = sample.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    double worst = 0;
    for (int i = 0; i < n; i++) {
      double expected = distribution.applyAsDouble(sorted[i]);
      worst = Math.max(worst, Math.max((i + 1.0) / n - expected, expected - (double) i / n));
    }
    return worst * Math.sqrt(n);
  }

  /// Checks the first `moments.length` moments about 0 within five deviations.
  private static void moments(double[] sample, double[] moments, double[] squares) {
    for (int k = 0; k < moments.length; k++) {
      int power = k + 1;
      double mean = Arrays.stream(sample).map(x -> Math.pow(x, power)).average().orElseThrow();
      double deviation = Math.sqrt((squares[k] - moments[k] * moments[k]) / sample.length);
      assertEquals(moments[k], mean, 5 * deviation, "moment " + power);
    }
  }

  @Test
  void uniformNumbersFillTheirIntervalEvenly() {
    double[] u = Tensor.uniform(stream(1), N).toDoubleArray();
    assertTrue(Arrays.stream(u).allMatch(x -> x >= 0 && x < 1));
    assertTrue(kolmogorov(u, x -> x) < 1.95);
    moments(u, new double[] {1 / 2.0, 1 / 3.0, 1 / 4.0}, new double[] {1 / 3.0, 1 / 5.0, 1 / 7.0});
  }

  @Test
  void normalNumbersHaveTheBellsShape() {
    double[] z = Tensor.normal(stream(2), 100, N / 100).toDoubleArray();
    moments(z, new double[] {0, 1, 0, 3}, new double[] {1, 3, 15, 105});
    assertTrue(kolmogorov(Arrays.copyOf(z, 4000), RandomTensorTest::normalDistribution) < 1.95);
  }

  @Test
  void bernoulliIsTrueAsOftenAsItShould() {
    for (double p : new double[] {0.05, 0.5, 0.9}) {
      double mean = Tensor.bernoulli(stream(3), p, N).to(DType.F64).mean().item();
      assertEquals(p, mean, 5 * Math.sqrt(p * (1 - p) / N));
    }
    assertEquals(0, Tensor.bernoulli(stream(4), 0, 1000).any().item());
    assertEquals(1, Tensor.bernoulli(stream(4), 1, 1000).all().item());
    Tensor half = Tensor.bernoulli(stream(4), 0.5, DType.F16, Device.CPU, Shape.of(4));
    assertEquals(DType.F16, half.dtype());
    assertThrows(TensorException.class, () -> Tensor.bernoulli(stream(4), 1.5, 3));
    assertThrows(TensorException.class, () -> Tensor.bernoulli(stream(4), Double.NaN, 3));
  }

  @Test
  void eachProbabilityOfATensorIsItsOwn() {
    Tensor p = Tensor.of(new float[] {0, 0.25f, 1, Float.NaN}).expand(Shape.of(8000, 4));
    double[] mean = Tensor.bernoulli(stream(5), p).to(DType.F64).mean(0).toDoubleArray();
    assertEquals(0, mean[0]);
    assertEquals(0.25, mean[1], 5 * Math.sqrt(0.25 * 0.75 / 8000));
    assertEquals(1, mean[2]);
    assertEquals(0, mean[3]);
    Tensor counts = Tensor.of(new int[] {1});
    assertThrows(TensorException.class, () -> Tensor.bernoulli(stream(5), counts));
  }

  @Test
  void aPermutationNamesEveryRowOnce() {
    Tensor order = Tensor.permutation(stream(6), 100);
    assertEquals(DType.I32, order.dtype());
    int[] sorted = order.toIntArray();
    Arrays.sort(sorted);
    assertArrayEquals(IntStream.range(0, 100).toArray(), sorted);
    assertFalse(Arrays.equals(sorted, order.toIntArray()));
    assertEquals(0, Tensor.permutation(stream(6), 0).elements());
    assertThrows(TensorException.class, () -> Tensor.permutation(stream(6), -1));
  }

  @Test
  void theBitsDependNeitherOnThreadsNorOnTheDevice() {
    int n = 33_333; // odd, and enough for several threads
    for (Function<Device, Tensor> draw :
        List.<Function<Device, Tensor>>of(
            d -> Tensor.uniform(stream(7), DType.F32, d, Shape.of(n)),
            d -> Tensor.normal(stream(7), DType.F32, d, Shape.of(n)),
            d -> Tensor.uniform(stream(7), DType.F16, d, Shape.of(99)),
            d -> Tensor.normal(stream(7), DType.BF16, d, Shape.of(99)),
            d -> Tensor.bernoulli(stream(7), 0.3, DType.F32, d, Shape.of(99)))) {
      float[] expected = draw.apply(Device.REFERENCE).toFloatArray();
      for (int threads : new int[] {1, 2, 4}) {
        Workers.limit(
            threads, () -> assertArrayEquals(expected, draw.apply(Device.CPU).toFloatArray()));
      }
    }
  }

  @Test
  void whatIsDrawnInPartsIsWhatIsDrawnAtOnce() {
    float[] whole = Tensor.uniform(stream(8), 10).toFloatArray();
    RandomStream parts = stream(8);
    float[] first = Tensor.uniform(parts, 3).toFloatArray();
    float[] rest = Tensor.uniform(parts, 7).toFloatArray();
    assertArrayEquals(Arrays.copyOf(whole, 3), first);
    assertArrayEquals(Arrays.copyOfRange(whole, 3, 10), rest);
    assertEquals(10, parts.position());
  }

  @Test
  void normalNumbersNeverShareAWord() {
    RandomStream random = stream(9);
    random.nextInt();
    Tensor.normal(random, 3); // words 2 to 5: the pair of word 0 is begun, the last is used in part
    assertEquals(6, random.position());
    float next = Tensor.normal(random, 1).toFloatArray()[0];
    assertEquals(Tensor.normal(stream(9), 7).toFloatArray()[6], next);
    assertEquals(8, random.position());
  }

  @Test
  void everyFloatingDtypeStaysBelowOne() {
    for (DType dtype : new DType[] {DType.F16, DType.BF16, DType.F32, DType.F64}) {
      Tensor u = Tensor.uniform(stream(10), dtype, Device.CPU, Shape.of(N));
      assertEquals(dtype, u.dtype());
      assertTrue(u.to(DType.F32).max().item() < 1, dtype.name());
      assertEquals(0.5, u.to(DType.F64).mean().item(), 5 / Math.sqrt(12.0 * N) + 0x1p-9);
      assertEquals(dtype, Tensor.normal(stream(10), dtype, Device.CPU, Shape.of(3)).dtype());
    }
    assertThrows(
        TensorException.class,
        () -> Tensor.uniform(stream(10), DType.I32, Device.CPU, Shape.of(3)));
  }

  @Test
  void drawnTensorsCloseWithTheirScope() {
    Tensor kept;
    Tensor closed;
    try (Scope scope = Scope.open()) {
      closed = Tensor.bernoulli(stream(11), 0.5, 3);
      kept = scope.keep(Tensor.uniform(stream(11), DType.F16, Device.CPU, Shape.of(3)));
    }
    assertTrue(closed.isClosed());
    assertEquals(3, kept.toFloatArray().length);
  }
}
