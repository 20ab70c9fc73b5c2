package org.espalier.random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PhiloxTest {
  /// The known answers for philox 4x32-10 that accompany the paper (Random123, `kat_vectors`).
  @Test
  void givesThePublishedKnownAnswers() {
    int[] out = new int[4];
    Philox.block(0, 0, 0, out, 0);
    assertArrayEquals(new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, out);
    Philox.block(-1, -1, -1, out, 0);
    assertArrayEquals(new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}, out);
    Philox.block(0x299f31d0a4093822L, 0x0370734413198a2eL, 0x85a308d3243f6a88L, out, 0);
    assertArrayEquals(new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}, out);
  }

  @Test
  void makesUniformNumbersOfTheUpperBits() {
    assertEquals(0f, Philox.uniform(0xFF));
    assertEquals(0.5f, Philox.uniform(0x80000000));
    assertEquals(1 - 0x1p-24f, Philox.uniform(-1));
  }

  @Test
  void makesNormalNumbersByBoxAndMuller() {
    var stream = new RandomStream(41, 0);
    for (int i = 0; i < 100_000; i++) {
      int a = i == 0 ? 0 : i == 1 ? -1 : stream.nextInt();
      int b = i < 4 ? i << 30 : stream.nextInt();
      double radius = Math.sqrt(-2 * StrictMath.log(((a & 0xffffffffL) + 0.5) * 0x1p-32));
      double angle = 2 * Math.PI * (b & 0xffffffffL) * 0x1p-32;
      assertEquals(radius * StrictMath.cos(angle), Philox.normal(a, b, false), 1e-12);
      assertEquals(radius * StrictMath.sin(angle), Philox.normal(a, b, true), 1e-12);
    }
  }

  @Test
  void drawsNumbersWithTheMomentsOfTheNormalDistribution() {
    var stream = new RandomStream(42, 7);
    int n = 200_000;
    double[] moment = new double[5];
    for (int i = 0; i < n; i++) {
      double x = stream.nextNormal();
      double p = 1;
      for (int k = 1; k <= 4; k++) {
        p *= x;
        moment[k] += p / n;
      }
    }
    assertEquals(0, moment[1], 0.01, "mean, seed 42");
    assertEquals(1, moment[2], 0.015, "variance, seed 42");
    assertEquals(0, moment[3], 0.04, "third moment, seed 42");
    assertEquals(3, moment[4], 0.12, "fourth moment, seed 42");
  }

  @Test
  void givesDifferentBlocksForDifferentSeedsAndStreams() {
    int[] a = new int[4];
    int[] b = new int[4];
    Philox.block(1, 2, 3, a, 0);
    for (long[] other :
        new long[][] {{2, 2, 3}, {1L << 40, 2, 3}, {1, 3, 3}, {1, 2L << 40, 3}, {1, 2, 4}}) {
      Philox.block(other[0], other[1], other[2], b, 0);
      int same = 0;
      for (int i = 0; i < 4; i++) {
        same += a[i] == b[i] ? 1 : 0;
      }
      assertTrue(same == 0);
    }
  }
}
