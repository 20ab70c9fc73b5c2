package org.espalier.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.TensorException;
import org.espalier.memory.BufferPool;
import org.espalier.parallel.Workers;
import org.espalier.reference.ReferenceBackend;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.Layout;
import org.espalier.spi.UnaryKernel;
import org.espalier.spi.View;
import org.junit.jupiter.api.Test;

/// Integers, booleans and conversions in every kind of stride, against the reference backend;
/// integers over their whole range.
class CpuIntegersTest {
  private static final int ROWS = 37;
  private static final int COLUMNS = 101;
  private static final Shape SHAPE = Shape.of(ROWS, COLUMNS);
  private static final BufferPool POOL = new BufferPool(0, true);
  private static final List<DType> INTEGERS = List.of(DType.I32, DType.I64, DType.BOOL);

  private final CpuBackend cpu = new CpuBackend();
  private final ReferenceBackend reference = new ReferenceBackend();

  private static View empty(DType dtype, int... sizes) {
    Shape shape = Shape.of(sizes);
    return new View(POOL.take(dtype, shape.elements()), Layout.contiguous(shape));
  }

  private static View drawn(DType dtype, int seed, int... sizes) {
    View view = empty(dtype, sizes);
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < view.elements(); i++) {
      if (dtype.isFloating()) {
        view.heap().setDouble(i, (random.nextDouble() - 0.5) * Math.scalb(1.0, random.nextInt(70)));
      } else {
        long wide = random.nextLong() >> random.nextInt(64);
        view.heap().setLong(i, dtype == DType.BOOL ? wide & 1 : wide);
      }
    }
    return view;
  }

  /// The operand in every layout: adjacent, down the columns, one row or one column repeated, every
  /// third element, and one element.
  private static List<View> layouts(DType dtype, int seed) {
    View thirds = drawn(dtype, seed, ROWS, COLUMNS, 3);
    return List.of(
        drawn(dtype, seed, ROWS, COLUMNS),
        drawn(dtype, seed, COLUMNS, ROWS)
            .with(Layout.contiguous(Shape.of(COLUMNS, ROWS)).permute(1, 0)),
        expanded(drawn(dtype, seed, COLUMNS)),
        expanded(drawn(dtype, seed, ROWS, 1)),
        thirds.with(reshaped(thirds.layout().slice(2, 1, 2))),
        expanded(drawn(dtype, seed)));
  }

  private static View expanded(View view) {
    return view.with(view.layout().expand(SHAPE));
  }

  private static Layout reshaped(Layout layout) {
    Layout two = layout.reshape(SHAPE);
    if (two == null) {
      throw new AssertionError("an axis of one element joins any other");
    }
    return two;
  }

  /// The elements in row-major order, reals as the bits of doubles.
  private static long[] values(View view) {
    long[] values = new long[ROWS * COLUMNS];
    Layout layout = view.layout();
    boolean flat = view.shape().rank() == 1;
    int columns = flat ? view.elements() : COLUMNS;
    for (int i = 0; i < view.elements(); i++) {
      int at =
          flat
              ? view.offset() + i
              : view.offset() + i / columns * layout.stride(0) + i % columns * layout.stride(1);
      values[i] =
          view.dtype().isFloating()
              ? Double.doubleToLongBits(view.heap().getDouble(at))
              : view.heap().getLong(at);
    }
    return Arrays.copyOf(values, view.elements());
  }

  /// An output whose rows are as far apart as two, and one down the columns.
  private static List<View> outputs(DType dtype) {
    View wide = empty(dtype, ROWS, 2 * COLUMNS);
    return List.of(
        empty(dtype, ROWS, COLUMNS),
        wide.with(wide.layout().slice(1, 3, 3 + COLUMNS)),
        empty(dtype, COLUMNS, ROWS).with(Layout.contiguous(Shape.of(COLUMNS, ROWS)).permute(1, 0)));
  }

  /// Counts comparisons, so that outputs and inputs meet in changing layouts.
  private int turn;

  @Test
  void computesWhatTheReferenceDoesInAnyStrides() {
    INTEGERS.forEach(this::computes);
    assertEquals(0, cpu.delegatedKernels());
  }

  private void computes(DType dtype) {
    List<View> left = layouts(dtype, 1);
    List<View> right = layouts(dtype, 2);
    for (BinaryKernel kernel : BinaryKernel.values()) {
      for (int i = 0; i < left.size(); i++) {
        View b = right.get((i * 5 + turn++) % right.size());
        if (kernel == BinaryKernel.DIV || kernel == BinaryKernel.POW) {
          b = copyOf(b); // without zeros and negative powers, of which zeros have none
          for (int j = 0; j < b.elements(); j++) {
            b.heap().setLong(j, (b.heap().getLong(j) & 0xFF) | 1);
          }
        }
        DType out = kernel.isComparison() ? DType.BOOL : dtype;
        View expected = empty(out, ROWS, COLUMNS);
        reference.binary(kernel, left.get(i), b, expected);
        View actual = outputs(out).get((i + turn++) % 3);
        cpu.binary(kernel, left.get(i), b, actual);
        assertArrayEquals(values(expected), values(actual), dtype + " " + kernel + " " + i);
      }
    }
    for (UnaryKernel kernel :
        List.of(
            UnaryKernel.NEG,
            UnaryKernel.ABS,
            UnaryKernel.SQUARE,
            UnaryKernel.RELU,
            UnaryKernel.SIGN,
            UnaryKernel.FLOOR,
            UnaryKernel.CEIL,
            UnaryKernel.ROUND)) {
      for (int i = 0; i < left.size(); i++) {
        View expected = empty(dtype, ROWS, COLUMNS);
        reference.unary(kernel, left.get(i), expected);
        View actual = outputs(dtype).get((i + turn++) % 3);
        cpu.unary(kernel, left.get(i), actual);
        assertArrayEquals(values(expected), values(actual), dtype + " " + kernel + " " + i);
      }
    }
  }

  @Test
  void givesTheSameOnSeveralThreads() {
    int n = 311; // enough for several blocks of work
    Layout across = Layout.contiguous(Shape.of(n, n)).permute(1, 0);
    for (DType dtype : INTEGERS) {
      View a = drawn(dtype, 11, n, n);
      View b = drawn(dtype, 12, n, n).with(across);
      View half = empty(DType.F16, n, n);
      View alone = empty(dtype, n, n);
      View several = empty(dtype, n, n);
      View halfAlone = empty(DType.F16, n, n);
      for (int threads : new int[] {1, 3}) {
        Workers.limit(
            threads,
            () -> {
              cpu.binary(BinaryKernel.SUB, a, b, threads == 1 ? alone : several);
              cpu.copy(b, threads == 1 ? halfAlone : half);
            });
      }
      for (int i = 0; i < n * n; i++) {
        assertEquals(alone.heap().getLong(i), several.heap().getLong(i));
        assertEquals(halfAlone.heap().getDouble(i), half.heap().getDouble(i));
      }
    }
  }

  private View copyOf(View x) {
    View copy = empty(x.dtype(), ROWS, COLUMNS);
    reference.copy(x, copy);
    return copy;
  }

  @Test
  void movesEveryDtypeInAnyStrides() {
    for (DType dtype : DType.values()) {
      List<View> from = layouts(dtype, 3);
      List<View> masks = layouts(DType.BOOL, 4);
      for (int i = 0; i < from.size(); i++) {
        View a = from.get(i);
        View b = from.get((i + 1) % from.size());
        View mask = masks.get((i + 2) % masks.size());
        View out = outputs(dtype).get((i + turn++) % 3);
        cpu.copy(a, out);
        assertArrayEquals(values(a), values(out), dtype + " copy " + i);
        View chosen = empty(dtype, ROWS, COLUMNS);
        reference.select(mask, a, b, chosen);
        cpu.select(mask, a, b, out);
        assertArrayEquals(values(chosen), values(out), dtype + " select " + i);
        View filled = empty(dtype, ROWS, COLUMNS);
        reference.fill(filled, -3.7);
        cpu.fill(out, -3.7);
        assertArrayEquals(values(filled), values(out), dtype + " fill");
      }
    }
    assertEquals(0, cpu.delegatedKernels());
  }

  @Test
  void convertsEachDtypeToEachInAnyStrides() {
    for (DType from : DType.values()) {
      List<View> inputs = layouts(from, 5);
      for (DType to : DType.values()) {
        for (int i = 0; i < inputs.size(); i++) {
          View expected = empty(to, ROWS, COLUMNS);
          reference.copy(inputs.get(i), expected);
          View out = outputs(to).get((i + turn++) % 3);
          cpu.copy(inputs.get(i), out);
          assertArrayEquals(values(expected), values(out), from + " to " + to + " " + i);
        }
      }
    }
    assertEquals(0, cpu.delegatedKernels());
  }

  @Test
  void refusesZeroDivisorsBeforeItWritesAnything() {
    for (DType dtype : INTEGERS) {
      View a = drawn(dtype, 6, ROWS, COLUMNS);
      a.heap().setLong(0, 1);
      View b = drawn(dtype, 7, ROWS, COLUMNS);
      for (int i = 0; i < b.elements(); i++) {
        b.heap().setLong(i, 1);
      }
      View across = b.with(Layout.contiguous(Shape.of(COLUMNS, ROWS)).permute(1, 0));
      b.heap().setLong(5 * ROWS + 2, 0); // row 2, column 5 of the transposed view
      long[] before = values(a);
      var refused =
          assertThrows(TensorException.class, () -> cpu.binary(BinaryKernel.DIV, a, across, a));
      String message = String.valueOf(refused.getMessage());
      assertTrue(message.contains("by zero at element " + (2 * COLUMNS + 5)), message);
      assertArrayEquals(before, values(a));
    }
  }

  @Test
  void refusesZeroToANegativePower() {
    View a = drawn(DType.I32, 8, 4);
    View b = drawn(DType.I32, 9, 4);
    for (int i = 0; i < 4; i++) {
      a.heap().setLong(i, i < 3 ? 7 : 0);
      b.heap().setLong(i, -1);
    }
    for (var backend : List.of(cpu, reference)) {
      View out = empty(DType.I32, 4);
      var refused =
          assertThrows(TensorException.class, () -> backend.binary(BinaryKernel.POW, a, b, out));
      String message = String.valueOf(refused.getMessage());
      assertTrue(message.contains("0 to the power -1 at element 3"), message);
    }
  }

  @Test
  void refusesFunctionsOfRealsAndNamesTheDtype() {
    for (DType dtype : INTEGERS) {
      View x = drawn(dtype, 10, 4);
      for (UnaryKernel kernel : List.of(UnaryKernel.EXP, UnaryKernel.SIN, UnaryKernel.RECIPROCAL)) {
        var refused = assertThrows(TensorException.class, () -> cpu.unary(kernel, x, x));
        assertTrue(refused.toString().contains(dtype.toString()), refused.toString());
      }
    }
  }

  @Test
  void wrapsAroundAtTheEndsOfTheRange() {
    View x = empty(DType.I32, 2);
    x.heap().setLong(0, Integer.MIN_VALUE);
    x.heap().setLong(1, Integer.MAX_VALUE);
    View one = empty(DType.I32, 2);
    cpu.fill(one, -1);
    View out = empty(DType.I32, 2);
    cpu.binary(BinaryKernel.SUB, x, one, out);
    assertArrayEquals(new long[] {Integer.MIN_VALUE + 1, Integer.MIN_VALUE}, values(out));
    cpu.binary(BinaryKernel.DIV, x, one, out);
    assertArrayEquals(new long[] {Integer.MIN_VALUE, -Integer.MAX_VALUE}, values(out));
    cpu.unary(UnaryKernel.ABS, x, out);
    assertArrayEquals(new long[] {Integer.MIN_VALUE, Integer.MAX_VALUE}, values(out));
  }
}
