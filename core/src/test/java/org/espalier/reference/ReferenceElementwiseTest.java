package org.espalier.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.TensorException;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.UnaryKernel;
import org.espalier.spi.View;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ReferenceElementwiseTest {
  private static final double NAN = Double.NaN;
  private static final double INF = Double.POSITIVE_INFINITY;
  private final ReferenceBackend backend = new ReferenceBackend();

  private double unary(UnaryKernel kernel, double x) {
    View view = Views.f64(Shape.of(1), x);
    backend.unary(kernel, view, view);
    return Views.values(view)[0];
  }

  private double[] binary(BinaryKernel kernel, View a, View b) {
    View out = Views.of(kernel.isComparison() ? DType.BOOL : a.dtype(), a.shape());
    backend.binary(kernel, a, b, out);
    return Views.values(out);
  }

  @ParameterizedTest
  @CsvSource({
    "NEG, 1.5, -1.5",
    "ABS, -3, 3",
    "EXP, 1, 2.718281828459045",
    "LOG, 10, 2.302585092994046",
    "SQRT, 2, 1.4142135623730951",
    "RSQRT, 4, 0.5",
    "RECIPROCAL, 8, 0.125",
    "SQUARE, -3, 9",
    "TANH, 0.5, 0.46211715726000975",
    "SIGMOID, 0.5, 0.6224593312018546",
    "RELU, -2, 0",
    "RELU, 2, 2",
    "ERF, 1, 0.8427007929497149"
  })
  void computesKnownValues(UnaryKernel kernel, double x, double expected) {
    assertEquals(expected, unary(kernel, x), Math.ulp(expected));
  }

  @ParameterizedTest
  @CsvSource({
    "EXP, -Infinity, 0",
    "EXP, Infinity, Infinity",
    "EXP, 710, Infinity",
    "LOG, 0, -Infinity",
    "LOG, -1, NaN",
    "SQRT, -1, NaN",
    "RSQRT, 0, Infinity",
    "RECIPROCAL, 0, Infinity",
    "TANH, 1000, 1",
    "SIGMOID, -1000, 0",
    "SIGMOID, 1000, 1",
    "SIGMOID, -700, 9.859676543759770e-305",
    "ERF, -Infinity, -1"
  })
  void keepsTheEndsOfTheRange(UnaryKernel kernel, double x, double expected) {
    assertEquals(expected, unary(kernel, x));
  }

  @ParameterizedTest
  @EnumSource(UnaryKernel.class)
  void nanStaysNan(UnaryKernel kernel) {
    assertTrue(Double.isNaN(unary(kernel, NAN)));
  }

  @Test
  void roundsOnceToSinglePrecision() {
    View x = Views.f32(Shape.of(1), 0.1);
    View out = Views.f32(Shape.of(1));
    backend.unary(UnaryKernel.EXP, x, out);
    assertEquals((float) Math.exp(0.1f), out.floats()[0]);
  }

  @Test
  void integersAreComputedInLongAndWrapAround() {
    View x = Views.longs((1L << 62) + 1, -5);
    backend.unary(UnaryKernel.NEG, x, x);
    assertArrayEquals(new long[] {-(1L << 62) - 1, 5}, Views.longValues(x));
    View y = Views.ints(Integer.MAX_VALUE, 3);
    backend.binary(BinaryKernel.ADD, y, Views.ints(1, 4), y);
    assertArrayEquals(new long[] {Integer.MIN_VALUE, 7}, Views.longValues(y));
  }

  @Test
  void refusesTranscendentalsOfIntegers() {
    View x = Views.ints(1);
    var thrown = assertThrows(TensorException.class, () -> backend.unary(UnaryKernel.EXP, x, x));
    assertTrue(thrown.toString().contains("I32"), thrown.toString());
  }

  @Test
  void readsAnyStridesAndBroadcasts() {
    View a = Views.f32(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
    View column = Views.f32(Shape.of(2, 1), 10, 20);
    View out = Views.strided(Views.f32(Shape.of(2, 3)));
    backend.binary(
        BinaryKernel.SUB,
        Views.strided(a),
        column.with(column.layout().expand(Shape.of(2, 3))),
        out);
    assertArrayEquals(new double[] {-9, -8, -7, -16, -15, -14}, Views.values(out));
  }

  @Test
  void nanWinsMaxAndMin() {
    View a = Views.f64(Shape.of(4), NAN, 1, -INF, 2);
    View b = Views.f64(Shape.of(4), 1, NAN, 5, 7);
    assertArrayEquals(new double[] {NAN, NAN, 5, 7}, binary(BinaryKernel.MAX, a, b));
    assertArrayEquals(new double[] {NAN, NAN, -INF, 2}, binary(BinaryKernel.MIN, a, b));
  }

  @Test
  void comparisonsWriteBooleansAndNanEqualsNothing() {
    View a = Views.f64(Shape.of(4), NAN, 1, 2, 3);
    View b = Views.f64(Shape.of(4), NAN, 1, 3, 2);
    assertArrayEquals(new double[] {0, 1, 0, 0}, binary(BinaryKernel.EQUAL, a, b));
    assertArrayEquals(new double[] {0, 0, 1, 0}, binary(BinaryKernel.LESS, a, b));
    assertArrayEquals(new double[] {0, 1, 1, 0}, binary(BinaryKernel.LESS_OR_EQUAL, a, b));
  }

  @Test
  void comparesLongsThatADoubleCannotTellApart() {
    View a = Views.longs((1L << 60) + 1);
    View b = Views.longs(1L << 60);
    assertArrayEquals(new double[] {0}, binary(BinaryKernel.EQUAL, a, b));
    assertArrayEquals(new double[] {1}, binary(BinaryKernel.LESS, b, a));
  }

  @Test
  void booleansAddAsOrAndMultiplyAsAnd() {
    View a = Views.of(DType.BOOL, Shape.of(4), 0, 0, 1, 1);
    View b = Views.of(DType.BOOL, Shape.of(4), 0, 1, 0, 1);
    assertArrayEquals(new double[] {0, 1, 1, 1}, binary(BinaryKernel.ADD, a, b));
    assertArrayEquals(new double[] {0, 0, 0, 1}, binary(BinaryKernel.MUL, a, b));
    assertArrayEquals(new double[] {0, 1, 1, 0}, binary(BinaryKernel.SUB, a, b));
  }

  @Test
  void integerDivisionTruncatesAndRefusesZero() {
    assertArrayEquals(
        new double[] {-3, 3}, binary(BinaryKernel.DIV, Views.ints(-7, 7), Views.ints(2, 2)));
    var thrown =
        assertThrows(
            TensorException.class,
            () -> binary(BinaryKernel.DIV, Views.ints(1, 9), Views.ints(1, 0)));
    assertTrue(thrown.toString().contains("9 by zero at element 1"), thrown.toString());
  }

  @Test
  void copiesBetweenDtypes() {
    View reals = Views.f64(Shape.of(6), 1.9, -1.9, 1e20, NAN, 0, -0.0);
    View ints = Views.ints(9, 9, 9, 9, 9, 9);
    backend.copy(reals, ints);
    assertArrayEquals(new long[] {1, -1, Integer.MAX_VALUE, 0, 0, 0}, Views.longValues(ints));
    View bools = Views.of(DType.BOOL, Shape.of(6));
    backend.copy(reals, bools);
    assertArrayEquals(new long[] {1, 1, 1, 1, 0, 0}, Views.longValues(bools));
    View longs = Views.longs((1L << 62) + 1, 3L << 40);
    View same = Views.longs(0, 0);
    backend.copy(longs, same);
    assertArrayEquals(Views.longValues(longs), Views.longValues(same));
    View floats = Views.f32(Shape.of(1));
    backend.copy(Views.f64(Shape.of(1), 0.1), floats);
    assertEquals(0.1f, floats.floats()[0]);
  }

  @Test
  void selectsByCondition() {
    View condition = Views.of(DType.BOOL, Shape.of(3), 1, 0, 1);
    View a = Views.longs(1L << 60, 2, 3);
    View b = Views.longs(4, (1L << 60) + 1, 6);
    backend.select(Views.strided(condition), a, b, a);
    assertArrayEquals(new long[] {1L << 60, (1L << 60) + 1, 3}, Views.longValues(a));
  }

  @Test
  void fillsOnlyTheElementsOfTheView() {
    View all = Views.f32(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
    backend.fill(all.with(all.layout().slice(1, 1, 2)), 9);
    assertArrayEquals(new double[] {1, 9, 3, 4, 9, 6}, Views.values(all));
  }

  @Test
  void acceptsScalarsAndNothing() {
    View scalar = Views.f32(Shape.SCALAR, 3);
    backend.unary(UnaryKernel.SQUARE, scalar, scalar);
    assertArrayEquals(new double[] {9}, Views.values(scalar));
    View nothing = Views.f32(Shape.of(0, 4));
    backend.unary(UnaryKernel.EXP, nothing, nothing);
    backend.binary(BinaryKernel.ADD, nothing, nothing, nothing);
    assertEquals(0, nothing.elements());
  }

  @Test
  void readsAndWritesHostMemory() {
    View view = Views.f32(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
    View row = view.with(view.layout().slice(0, 1, 2));
    HeapStorage host = Views.f32(Shape.of(3)).heap();
    backend.read(row, host);
    assertEquals(5, host.getDouble(1));
    host.setDouble(1, 50);
    backend.write(host, row);
    assertArrayEquals(new double[] {1, 2, 3, 4, 50, 6}, Views.values(view));
    View column = view.with(view.layout().slice(1, 1, 2));
    assertThrows(TensorException.class, () -> backend.read(column, host));
    assertThrows(TensorException.class, () -> backend.read(view, host));
    assertThrows(TensorException.class, () -> backend.write(Views.ints(1, 2, 3).heap(), row));
  }

  @Test
  void refusesZeroDivisorsBeforeItWrites() {
    View x = Views.ints(8, 0, 3);
    for (BinaryKernel kernel : new BinaryKernel[] {BinaryKernel.DIV, BinaryKernel.POW}) {
      View y = kernel == BinaryKernel.DIV ? Views.ints(2, 0, 1) : Views.ints(2, -1, 2);
      var e = assertThrows(TensorException.class, () -> backend.binary(kernel, x, y, x));
      assertTrue(String.valueOf(e.getMessage()).contains("at element 1"), e::getMessage);
      assertArrayEquals(new double[] {8, 0, 3}, Views.values(x));
    }
  }
}
