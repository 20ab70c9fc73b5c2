package org.espalier.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.espalier.Shape;
import org.espalier.random.RandomStream;
import org.espalier.spi.RandomKernel;
import org.espalier.spi.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ReferenceRandomTest {
  private final ReferenceBackend backend = new ReferenceBackend();

  private double[] numbers(RandomKernel kernel, long position, int n) {
    View out = Views.f64(Shape.of(n));
    backend.random(kernel, 11, 5, position, out);
    return Views.values(out);
  }

  @Test
  void uniformNumbersAreThoseOfTheStreamReadInOrder() {
    RandomStream stream = new RandomStream(11, 5);
    for (double number : numbers(RandomKernel.UNIFORM, 0, 50)) {
      assertEquals(stream.nextFloat(), number);
    }
  }

  @ParameterizedTest
  @EnumSource(RandomKernel.class)
  void aNumberDependsOnItsPlaceOnly(RandomKernel kernel) {
    double[] all = numbers(kernel, 0, 40);
    for (int from = 0; from < 9; from++) {
      assertArrayEquals(Arrays.copyOfRange(all, from, 40), numbers(kernel, from, 40 - from));
    }
    long far = (1L << 35) + 3;
    assertEquals(numbers(kernel, far, 3)[2], numbers(kernel, far + 2, 1)[0]);
  }

  @Test
  void uniformFloatsStayBelowOne() {
    View out = Views.f32(Shape.of(100_000));
    backend.random(RandomKernel.UNIFORM, 1, 2, 0, out);
    double[] u = Views.values(out);
    double mean = Arrays.stream(u).average().orElseThrow();
    assertTrue(Arrays.stream(u).allMatch(x -> x >= 0 && x < 1));
    assertEquals(0.5, mean, 5 * Math.sqrt(1 / 12.0 / u.length));
  }

  /// Mean, variance, and the correlation of neighbours, which share their words, within five
  /// deviations.
  @Test
  void normalNumbersHaveTheMomentsOfTheNormalDistribution() {
    double[] z = numbers(RandomKernel.NORMAL, 0, 100_000);
    double sum = 0;
    double squares = 0;
    double products = 0;
    for (int i = 0; i < z.length; i++) {
      sum += z[i];
      squares += z[i] * z[i];
      products += z[i] * z[i ^ 1];
    }
    assertEquals(0, sum / z.length, 5 / Math.sqrt(z.length));
    assertEquals(1, squares / z.length, 5 * Math.sqrt(2.0 / z.length));
    assertEquals(0, products / z.length, 5 * Math.sqrt(2.0 / z.length));
  }
}
