package org.espalier.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.TensorException;
import org.espalier.parallel.Workers;
import org.espalier.reference.ReferenceBackend;
import org.espalier.spi.Backend;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.FusedKernel;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.IntStorage;
import org.espalier.spi.Layout;
import org.espalier.spi.Matmul;
import org.espalier.spi.RandomKernel;
import org.espalier.spi.ReduceKernel;
import org.espalier.spi.UnaryKernel;
import org.espalier.spi.View;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Large kernels, which work on several threads: the same bits for any number of them, and near the
/// reference backend.
@Tag("widths")
class CpuKernelsTest {
  private static final CpuBackend CPU = new CpuBackend();
  private static final ReferenceBackend REFERENCE = new ReferenceBackend();

  private static final int ROWS = 120;
  private static final int COLUMNS = 301;

  /// Runs a kernel and returns what it wrote.
  private interface Call {
    List<View> on(Backend backend, Random random);
  }

  private static View floats(float[] x, int... sizes) {
    return new View(new FloatStorage(x, x.length, null), Layout.contiguous(Shape.of(sizes)));
  }

  private static View normal(Random r, int... sizes) {
    float[] x = new float[Shape.of(sizes).elements()];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) r.nextGaussian();
    }
    return floats(x, sizes);
  }

  private static View empty(int... sizes) {
    float[] x = new float[Shape.of(sizes).elements()];
    Arrays.fill(x, Float.NaN);
    return floats(x, sizes);
  }

  private static View ints(int... x) {
    return new View(new IntStorage(x, x.length, null), Layout.contiguous(Shape.of(x.length)));
  }

  private static int[] draw(Random r, int n, int bound) {
    int[] x = new int[n];
    for (int i = 0; i < n; i++) {
      x[i] = r.nextInt(bound);
    }
    return x;
  }

  private static View transposed(View x) {
    return x.with(x.layout().permute(1, 0));
  }

  private static List<Call> calls() {
    List<Call> l = new ArrayList<>();
    for (boolean log : new boolean[] {false, true}) {
      l.add((b, r) -> {
        View x = normal(r, ROWS, COLUMNS);
        View y = empty(ROWS, COLUMNS);
        View dx = empty(ROWS, COLUMNS);
        b.run(new FusedKernel.Softmax(x, log, y));
        b.run(new FusedKernel.SoftmaxBackward(y, normal(r, ROWS, COLUMNS), log, dx));
        return List.of(y, dx);
      });
      l.add((b, r) -> {
        View x = normal(r, ROWS, COLUMNS);
        View y = empty(ROWS, COLUMNS);
        View dx = empty(ROWS, COLUMNS);
        b.run(new FusedKernel.Gelu(x, log, y));
        b.run(new FusedKernel.GeluBackward(x, normal(r, ROWS, COLUMNS), log, dx));
        return List.of(y, dx);
      });
    }
    l.add((b, r) -> {
      View x = normal(r, ROWS * 15, 24);
      View y = empty(ROWS * 15, 24);
      View mean = empty(ROWS * 15);
      View rstd = empty(ROWS * 15);
      View w = normal(r, 24);
      b.run(new FusedKernel.LayerNorm(x, w, normal(r, 24), 1e-5, y, mean, rstd));
      View dx = empty(ROWS * 15, 24);
      View dw = empty(24);
      View db = empty(24);
      View dy = normal(r, ROWS * 15, 24);
      b.run(new FusedKernel.LayerNormBackward(dy, x, mean, rstd, w, dx, dw, db));
      return List.of(y, mean, rstd, dx, dw, db);
    });
    l.add((b, r) -> {
      View x = normal(r, ROWS, COLUMNS);
      int[] targets = draw(r, ROWS, COLUMNS);
      targets[7] = -100;
      View loss = empty(ROWS);
      View sums = empty(ROWS, 2);
      View dx = empty(ROWS, COLUMNS);
      b.run(new FusedKernel.CrossEntropy(x, ints(targets), -100, 0.1, loss, sums));
      b.run(
          new FusedKernel.CrossEntropyBackward(
              x, ints(targets), sums, normal(r, ROWS), -100, 0.1, dx));
      return List.of(loss, sums, dx);
    });
    l.add((b, r) -> {
      View y = empty(ROWS, COLUMNS);
      b.run(new FusedKernel.Dropout(normal(r, ROWS, COLUMNS), 0.3, 99, 5, y));
      return List.of(y);
    });
    l.add((b, r) -> {
      int[] offsets = new int[60];
      for (int i = 1; i < offsets.length; i++) {
        offsets[i] = offsets[i - 1] + r.nextInt(10);
      }
      int rows = offsets[59] + 3;
      View y = empty(59, 200);
      View dx = empty(rows, 200);
      b.run(new FusedKernel.SegmentMean(normal(r, rows, 200), ints(offsets), y));
      b.run(new FusedKernel.SegmentMeanBackward(normal(r, 59, 200), ints(offsets), dx));
      return List.of(y, dx);
    });
    l.add((b, r) -> {
      View p = normal(r, 500, 100);
      View m = normal(r, 500, 100);
      View v = empty(500, 100);
      b.unary(UnaryKernel.SQUARE, m, v);
      View rows = ints(draw(r, 450, 500));
      b.run(
          new FusedKernel.AdamW(
              List.of(
                  new FusedKernel.AdamWSlot(p, normal(r, 500, 100), null, m, v),
                  new FusedKernel.AdamWSlot(p, normal(r, 450, 100), rows, m, v)),
              0.5,
              0.999,
              0.9,
              0.999,
              1e-2,
              1.7,
              1e-8));
      return List.of(p, m, v);
    });
    for (ReduceKernel k : List.of(ReduceKernel.SUM, ReduceKernel.MAX, ReduceKernel.MIN)) {
      l.add((b, r) -> {
        View x = normal(r, ROWS, COLUMNS);
        List<View> out = List.of(empty(ROWS, 1), empty(1, COLUMNS), empty(1, 1), empty(COLUMNS, 1));
        b.reduce(k, x, out.get(0));
        b.reduce(k, x, out.get(1));
        b.reduce(k, x, out.get(2));
        b.reduce(k, transposed(x), out.get(3));
        return out;
      });
    }
    l.add((b, r) -> {
      View x = normal(r, 9, 70, 11, 13);
      View y = empty(9, 1, 11, 1);
      View z = empty(1, 70, 1, 13);
      b.reduce(ReduceKernel.SUM, x, y);
      b.reduce(ReduceKernel.SUM, x, z);
      return List.of(y, z);
    });
    l.add((b, r) -> {
      View y = empty(500, 64);
      View table = normal(r, 90, 64);
      View index = ints(draw(r, 500, 90));
      b.gather(table, index, y);
      b.scatterAdd(normal(r, 1000, 64), ints(draw(r, 1000, 90)), table);
      return List.of(y, table);
    });
    for (BinaryKernel k :
        List.of(BinaryKernel.ADD, BinaryKernel.SUB, BinaryKernel.MUL, BinaryKernel.MAX)) {
      l.add((b, r) -> {
        Shape shape = Shape.of(ROWS, COLUMNS);
        View x = normal(r, ROWS, COLUMNS);
        View row = normal(r, 1, COLUMNS);
        View column = normal(r, ROWS, 1);
        View across = transposed(normal(r, COLUMNS, ROWS));
        List<View> out = new ArrayList<>();
        for (View y : List.of(x, row, column, across)) {
          out.add(empty(ROWS, COLUMNS));
          b.binary(k, x, y.with(y.layout().expand(shape)), out.getLast());
          out.add(empty(ROWS, COLUMNS));
          b.binary(k, y.with(y.layout().expand(shape)), across, out.getLast());
        }
        return out;
      });
    }
    for (UnaryKernel k : UnaryKernel.values()) {
      l.add((b, r) -> {
        View x = normal(r, ROWS, COLUMNS);
        if (List.of(UnaryKernel.LOG, UnaryKernel.LOG1P, UnaryKernel.SQRT, UnaryKernel.RSQRT)
            .contains(k)) {
          b.unary(UnaryKernel.ABS, x, x);
        }
        View y = empty(ROWS, COLUMNS);
        View z = empty(COLUMNS, ROWS);
        b.unary(k, x, y);
        b.unary(k, transposed(x), z);
        return List.of(y, z);
      });
    }
    for (RandomKernel k : RandomKernel.values()) {
      l.add((b, r) -> {
        View y = empty(40_000);
        b.random(k, 12, 13, 1_000_000_000_003L, y);
        return List.of(y);
      });
    }
    l.add((b, r) -> {
      View a = normal(r, 6, 40, 50);
      View w = normal(r, 50, 60);
      View c = empty(6, 40, 60);
      View wide = w.with(w.layout().expand(Shape.of(6, 50, 60)));
      b.matmul(new Matmul(a, wide, null, c, false));
      View d = empty(6, 60, 60);
      View across = c.with(c.layout().permute(0, 2, 1));
      View start = normal(r, 1, 1, 60);
      b.matmul(new Matmul(across, c, start.with(start.layout().expand(d.shape())), d, false));
      View e = empty(60, 40);
      View slice = normal(r, 60, 2, 55);
      View left =
          slice.with(
              Objects.requireNonNull(slice.layout().slice(1, 1, 2).reshape(Shape.of(60, 55)))
                  .slice(1, 3, 53));
      b.matmul(new Matmul(left, transposed(normal(r, 40, 50)), null, e, true));
      View column = normal(r, 60, 1);
      b.matmul(
          new Matmul(
              left,
              transposed(normal(r, 40, 50)),
              column.with(column.layout().expand(e.shape())),
              e,
              true));
      return List.of(c, d, e);
    });
    return l;
  }

  private static float[] array(View x) {
    return x.floats().clone();
  }

  @Test
  void givesTheSameBitsForAnyNumberOfThreads() {
    int index = 0;
    for (Call call : calls()) {
      int seed = ++index;
      List<float[]> alone = new ArrayList<>();
      Workers.limit(1, () -> call.on(CPU, new Random(seed)).forEach(v -> alone.add(array(v))));
      for (int threads : new int[] {2, 3}) {
        Workers.limit(
            threads,
            () -> {
              List<View> out = call.on(CPU, new Random(seed));
              for (int i = 0; i < out.size(); i++) {
                String what = "call " + seed + ", output " + i + ", " + threads + " threads";
                assertArrayEquals(alone.get(i), array(out.get(i)), what);
              }
            });
      }
    }
  }

  @Test
  void staysNearTheReferenceBackend() {
    long delegated = CPU.delegatedKernels();
    int index = 0;
    for (Call call : calls()) {
      int seed = ++index;
      List<View> expected = call.on(REFERENCE, new Random(seed));
      List<View> actual = call.on(CPU, new Random(seed));
      for (int i = 0; i < expected.size(); i++) {
        float[] e = expected.get(i).floats();
        float[] a = actual.get(i).floats();
        float largest = 1;
        for (float v : e) {
          largest = Float.isFinite(v) ? Math.max(largest, Math.abs(v)) : largest;
        }
        for (int j = 0; j < e.length; j++) {
          float bound = 3e-6f * Math.max(Math.abs(e[j]), Math.min(largest, 100));
          if (e[j] != a[j]) {
            assertEquals(e[j], a[j], bound, "call " + seed + ", output " + i + ", element " + j);
          }
        }
      }
    }
    assertEquals(delegated, CPU.delegatedKernels(), "kernels in f32 are its own");
  }

  @Test
  void givesARowTheSameBitsAloneAndInABatch() {
    Random r = new Random(3);
    View x = normal(r, 40, 77);
    View all = empty(40, 77);
    CPU.run(new FusedKernel.Softmax(x, false, all));
    for (int row = 0; row < 40; row++) {
      View one = x.with(x.layout().slice(0, row, row + 1));
      View y = empty(1, 77);
      CPU.run(new FusedKernel.Softmax(one, false, y));
      assertArrayEquals(Arrays.copyOfRange(all.floats(), row * 77, row * 77 + 77), y.floats());
    }
  }

  @Test
  void sumsLongRowsInDouble() {
    int n = 3_000_001;
    float[] x = new float[n];
    Arrays.fill(x, 0.1f);
    View sum = empty(1);
    CPU.reduce(ReduceKernel.SUM, floats(x, n), sum);
    assertEquals((float) (n * (double) 0.1f), sum.floats()[0]);
    var out = CPU.allocate(DType.F64, 1);
    View dot = new View(out, Layout.contiguous(Shape.SCALAR));
    CPU.run(new FusedKernel.Dot(floats(x, n), floats(x, n), dot));
    assertEquals(n * (0.1f * (double) 0.1f), ((HeapStorage) out).getDouble(0), 1e-7);
  }

  @Test
  void countsWhatItDelegates() {
    CpuBackend cpu = new CpuBackend();
    View x = new View(cpu.allocate(DType.F64, 3), Layout.contiguous(Shape.of(3)));
    cpu.fill(x, 4);
    cpu.unary(UnaryKernel.SQRT, x, x);
    assertEquals(2, ((HeapStorage) x.storage()).getDouble(1));
    assertEquals(1, cpu.delegatedKernels(), "moving values is its own");
  }

  @Test
  void refusesIndicesOutsideTheTableAndLeavesTheOutputAlone() {
    View table = normal(new Random(4), 5, 3);
    float[] before = array(table);
    for (int bad : new int[] {-1, 5}) {
      View index = ints(0, bad);
      View rows = normal(new Random(5), 2, 3);
      var e = assertThrows(TensorException.class, () -> CPU.scatterAdd(rows, index, table));
      assertTrue(
          String.valueOf(e.getMessage()).contains("index " + bad + " at place 1"), e.getMessage());
      assertThrows(TensorException.class, () -> CPU.gather(table, index, empty(2, 3)));
      assertArrayEquals(before, array(table));
    }
    View logits = normal(new Random(6), 1, 4);
    var e =
        assertThrows(
            TensorException.class,
            () ->
                CPU.run(
                    new FusedKernel.CrossEntropy(logits, ints(4), -100, 0, empty(1), empty(1, 2))));
    assertTrue(String.valueOf(e.getMessage()).contains("target 4 of row 0"), e.getMessage());
  }

  @Test
  void refusesSegmentOffsetsThatDoNotAscend() {
    View x = normal(new Random(7), 4, 3);
    for (int[] offsets : new int[][] {{0, 3, 2}, {0, 5}, {-1, 2}}) {
      View y = empty(offsets.length - 1, 3);
      assertThrows(
          TensorException.class, () -> CPU.run(new FusedKernel.SegmentMean(x, ints(offsets), y)));
    }
  }

  @Test
  void takesEmptyViewsAndScalars() {
    View none = empty(0, 5);
    View y = empty(0, 5);
    CPU.unary(UnaryKernel.EXP, none, y);
    CPU.binary(BinaryKernel.ADD, none, none, y);
    CPU.run(new FusedKernel.Softmax(none, true, y));
    View sums = empty(1, 5);
    CPU.reduce(ReduceKernel.SUM, none, sums);
    assertArrayEquals(new float[5], sums.floats());
    View scalar = floats(new float[] {2});
    View out = floats(new float[1]);
    CPU.unary(UnaryKernel.SQUARE, scalar, out);
    assertEquals(4, out.floats()[0]);
    CPU.run(new FusedKernel.AdamW(List.of(), 1, 1, 0.9, 0.9, 0, 1, 1e-8));
  }
}
