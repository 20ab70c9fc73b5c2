package org.espalier.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.spi.Matmul;
import org.espalier.spi.View;
import org.junit.jupiter.api.Test;

class ReferenceMatmulTest {
  private final ReferenceBackend backend = new ReferenceBackend();

  @Test
  void multipliesAHandWorkedPair() {
    View a = Views.f32(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
    View b = Views.f32(Shape.of(3, 2), 7, 8, 9, 10, 11, 12);
    View c = Views.f32(Shape.of(2, 2));
    backend.matmul(new Matmul(a, b, null, c, false));
    assertArrayEquals(new double[] {58, 64, 139, 154}, Views.values(c));
  }

  @Test
  void multipliesBatchesOfAnyStrides() {
    double[] left = Views.random(2, 2 * 3 * 4);
    double[] right = Views.random(3, 4 * 5);
    double[] expected = new double[2 * 3 * 5];
    for (int s = 0; s < 2; s++) {
      for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 5; j++) {
          for (int p = 0; p < 4; p++) {
            expected[(s * 3 + i) * 5 + j] += left[(s * 3 + i) * 4 + p] * right[p * 5 + j];
          }
        }
      }
    }
    View a = Views.strided(Views.f64(Shape.of(2, 3, 4), left));
    View b = Views.strided(Views.f64(Shape.of(4, 5), right));
    View c = Views.f64(Shape.of(2, 3, 5));
    backend.matmul(new Matmul(a, b.with(b.layout().expand(Shape.of(2, 4, 5))), null, c, false));
    assertArrayEquals(expected, Views.values(c), 1e-14);
  }

  @Test
  void startsFromABiasRowOrFromTheOutputItself() {
    View a = Views.f32(Shape.of(2, 1), 1, 2);
    View b = Views.f32(Shape.of(1, 2), 10, 20);
    View bias = Views.f32(Shape.of(2), 0.5, -0.5);
    View c = Views.f32(Shape.of(2, 2));
    backend.matmul(new Matmul(a, b, bias.with(bias.layout().expand(c.shape())), c, false));
    assertArrayEquals(new double[] {10.5, 19.5, 20.5, 39.5}, Views.values(c));
    backend.matmul(new Matmul(a, b, c, c, false));
    assertArrayEquals(new double[] {20.5, 39.5, 40.5, 79.5}, Views.values(c));
  }

  @Test
  void aSumOfNoProductsIsTheStart() {
    View a = Views.f32(Shape.of(2, 0));
    View b = Views.f32(Shape.of(0, 2));
    View c = Views.f32(Shape.of(2, 2), 1, 2, 3, 4);
    backend.matmul(new Matmul(a, b, c, c, false));
    assertArrayEquals(new double[] {1, 2, 3, 4}, Views.values(c));
    backend.matmul(new Matmul(a, b, null, c, false));
    assertArrayEquals(new double[4], Views.values(c));
    View none = Views.f32(Shape.of(0, 3));
    backend.matmul(
        new Matmul(none, Views.f32(Shape.of(3, 2)), null, Views.f32(Shape.of(0, 2)), false));
  }

  @Test
  void roundsOnceAtTheEndOfTheChain() {
    View a = Views.f32(Shape.of(1, 3), 1e8, 1, -1e8);
    View b = Views.f32(Shape.of(3, 1), 1, 1, 1);
    View c = Views.f32(Shape.of(1, 1));
    backend.matmul(new Matmul(a, b, null, c, false));
    assertArrayEquals(new double[] {1}, Views.values(c));
  }

  @Test
  void multipliesIntegersInLong() {
    View a = Views.of(DType.I64, Shape.of(1, 2), 3, 5);
    View b = Views.of(DType.I64, Shape.of(2, 1), 7, 11);
    View start = Views.of(DType.I64, Shape.of(1, 1));
    start.heap().setLong(0, 1L << 60);
    View c = Views.of(DType.I64, Shape.of(1, 1));
    backend.matmul(new Matmul(a, b, start, c, false));
    assertArrayEquals(new long[] {(1L << 60) + 76}, Views.longValues(c));
  }
}
