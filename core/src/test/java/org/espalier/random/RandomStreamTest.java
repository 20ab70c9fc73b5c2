package org.espalier.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.espalier.TensorException;
import org.junit.jupiter.api.Test;

class RandomStreamTest {
  @Test
  void continuesAtASavedPosition() {
    var stream = new RandomStream(5, 6);
    for (int i = 0; i < 7; i++) {
      stream.nextInt();
    }
    long saved = stream.position();
    assertEquals(7, saved);
    double[] expected = {
      stream.nextDouble(), stream.nextNormal(), stream.nextFloat(), stream.nextInt(1000)
    };
    var other = new RandomStream(5, 6);
    other.seek(saved);
    assertArrayEquals(
        expected,
        new double[] {
          other.nextDouble(), other.nextNormal(), other.nextFloat(), other.nextInt(1000)
        });
    assertThrows(TensorException.class, () -> other.seek(-1));
  }

  @Test
  void readsTheWordsOfPhiloxInOrder() {
    var stream = new RandomStream(0, 0);
    assertEquals(0x6627e8d5, stream.nextInt());
    assertEquals(0xe169c58d, stream.nextInt());
    assertEquals(0xbc57ac4c, stream.nextInt());
    assertEquals(0x9b00dbd8, stream.nextInt());
  }

  @Test
  void drawsBoundedIntegersEquallyOften() {
    for (int bound : new int[] {1, 2, 3, 7, 10}) {
      var stream = new RandomStream(17, bound);
      int[] count = new int[bound];
      int n = 70_000;
      for (int i = 0; i < n; i++) {
        count[stream.nextInt(bound)]++;
      }
      double chi2 = 0;
      for (int c : count) {
        double e = (double) n / bound;
        chi2 += (c - e) * (c - e) / e;
      }
      assertTrue(chi2 < bound + 6 * Math.sqrt(2 * bound) + 3, "chi square " + chi2 + ", seed 17");
    }
    assertThrows(TensorException.class, () -> new RandomStream(1, 1).nextInt(0));
  }

  @Test
  void drawsABoundThatDoesNotDivideTheWordsWithoutBias() {
    int bound =
        3 << 29; // words / bound = 2.67: plain scaling would favour two thirds of the numbers
    var stream = new RandomStream(18, 0);
    int third = 0;
    int n = 60_000;
    for (int i = 0; i < n; i++) {
      third += stream.nextInt(bound) % 3 == 0 ? 1 : 0;
    }
    assertEquals(n / 3.0, third, 6 * Math.sqrt(n * 2 / 9.0), "seed 18");
  }

  @Test
  void keepsUniformNumbersInsideTheirInterval() {
    var stream = new RandomStream(19, 0);
    double sum = 0;
    int n = 100_000;
    for (int i = 0; i < n; i++) {
      float f = stream.nextFloat();
      double d = stream.nextDouble();
      assertTrue(f >= 0 && f < 1 && d >= 0 && d < 1);
      sum += f + d;
    }
    assertEquals(n, sum, 6 * Math.sqrt(n / 6.0), "seed 19");
  }

  @Test
  void permutesEveryOrderEquallyOften() {
    var stream = new RandomStream(20, 0);
    int[] count = new int[27];
    int n = 24_000;
    for (int i = 0; i < n; i++) {
      int[] p = stream.permutation(3);
      count[p[0] * 9 + p[1] * 3 + p[2]]++;
    }
    int orders = 0;
    for (int c : count) {
      if (c > 0) {
        orders++;
        assertEquals(n / 6.0, c, 6 * Math.sqrt(n / 6.0), "seed 20");
      }
    }
    assertEquals(6, orders);
    assertEquals(0, stream.permutation(0).length);
  }
}
