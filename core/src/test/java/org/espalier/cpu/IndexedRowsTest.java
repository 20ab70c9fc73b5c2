package org.espalier.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.TensorException;
import org.espalier.reference.ReferenceBackend;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.Layout;
import org.espalier.spi.View;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Rows of every dtype by index, against the reference backend.
class IndexedRowsTest {
  private static final CpuBackend CPU = new CpuBackend();
  private static final ReferenceBackend REFERENCE = new ReferenceBackend();

  private static View filled(DType dtype, Shape shape, long seed) {
    HeapStorage memory = (HeapStorage) CPU.allocate(dtype, shape.elements() + 3);
    Random random = new Random(seed);
    for (int i = 0; i < shape.elements() + 3; i++) {
      memory.setDouble(i, dtype == DType.BOOL ? random.nextInt(2) : random.nextInt(-99, 99));
    }
    return new View(memory, Layout.contiguous(shape, 3));
  }

  private static View indices(int rows, int count) {
    View view = filled(DType.I32, Shape.of(count), 5);
    Random random = new Random(8);
    for (int i = 0; i < count; i++) {
      view.ints()[view.offset() + i] = random.nextInt(rows);
    }
    return view;
  }

  private static double[] values(View x) {
    View copy = filled(DType.F64, x.shape(), 0);
    REFERENCE.copy(x, copy);
    double[] out = new double[x.elements()];
    for (int i = 0; i < out.length; i++) {
      out[i] = copy.heap().getDouble(copy.offset() + i);
    }
    return out;
  }

  /// A table stored the other way round, so that its rows are not contiguous.
  private static View transposed(DType dtype, int rows, int columns, long seed) {
    View view = filled(dtype, Shape.of(columns, rows), seed);
    return view.with(view.layout().permute(1, 0));
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void gathersWithTheValuesOfTheReferenceAndWithoutIt(DType dtype) {
    View at = indices(7, 20);
    for (View table : new View[] {filled(dtype, Shape.of(7, 5), 1), transposed(dtype, 7, 5, 1)}) {
      for (View out : new View[] {filled(dtype, Shape.of(20, 5), 2), transposed(dtype, 20, 5, 2)}) {
        View expected = filled(dtype, Shape.of(20, 5), 3);
        REFERENCE.gather(table, at, expected);
        long before = CPU.delegatedKernels();
        CPU.gather(table, at, out);
        assertEquals(0, CPU.delegatedKernels() - before);
        assertArrayEquals(values(expected), values(out), dtype.toString());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "I32", "I64", "BOOL"})
  void addsWithTheValuesOfTheReferenceAndWithoutIt(DType dtype) {
    View at = indices(7, 20);
    for (View rows : new View[] {filled(dtype, Shape.of(20, 5), 1), transposed(dtype, 20, 5, 1)}) {
      for (boolean across : new boolean[] {false, true}) {
        View expected = across ? transposed(dtype, 7, 5, 2) : filled(dtype, Shape.of(7, 5), 2);
        View out = across ? transposed(dtype, 7, 5, 2) : filled(dtype, Shape.of(7, 5), 2);
        REFERENCE.scatterAdd(rows, at, expected);
        long before = CPU.delegatedKernels();
        CPU.scatterAdd(rows, at, out);
        assertEquals(0, CPU.delegatedKernels() - before);
        assertArrayEquals(values(expected), values(out), dtype.toString());
      }
    }
  }

  /// Enough rows for several threads: each destination belongs to one of them.
  @ParameterizedTest
  @EnumSource(names = {"F32", "I32", "I64", "BOOL"})
  void addsManyRowsAsTheReferenceDoes(DType dtype) {
    View at = indices(37, 3000);
    View rows = transposed(dtype, 3000, 17, 1);
    View expected = filled(dtype, Shape.of(37, 17), 2);
    View out = filled(dtype, Shape.of(37, 17), 2);
    REFERENCE.scatterAdd(rows, at, expected);
    CPU.scatterAdd(rows, at, out);
    assertArrayEquals(values(expected), values(out));
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "I32", "BOOL"})
  void checksIndicesBeforeItWrites(DType dtype) {
    View at = indices(9, 20);
    View out = filled(dtype, Shape.of(7, 5), 2);
    double[] before = values(out);
    View rows = filled(dtype, Shape.of(20, 5), 1);
    assertThrows(TensorException.class, () -> CPU.scatterAdd(rows, at, out));
    assertArrayEquals(before, values(out));
    assertThrows(TensorException.class, () -> CPU.gather(out, at, rows));
  }
}
