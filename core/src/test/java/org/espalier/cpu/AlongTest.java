package org.espalier.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.TensorException;
import org.espalier.parallel.Workers;
import org.espalier.reference.ReferenceBackend;
import org.espalier.spi.Backend;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.Layout;
import org.espalier.spi.ReduceKernel;
import org.espalier.spi.View;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Kernels along an axis and reductions, large enough for threads, stripes and every way of
/// sorting: what the reference backend gives, on any number of threads.
@Tag("widths")
class AlongTest {
  private static final CpuBackend CPU = new CpuBackend();
  private static final ReferenceBackend REFERENCE = new ReferenceBackend();
  private static final DType[] ALL = {DType.F32, DType.I32, DType.I64, DType.BOOL};
  private static final DType[] NUMBERS = {DType.F32, DType.I32, DType.I64};

  private interface Call {
    void on(Backend backend, View out);
  }

  private static View view(DType dtype, int... sizes) {
    Shape shape = Shape.of(sizes);
    return new View(REFERENCE.allocate(dtype, shape.elements()), Layout.contiguous(shape));
  }

  /// Returns numbers with many ties and, in F32, the special ones.
  private static View drawn(Random random, DType dtype, int... sizes) {
    View x = view(dtype, sizes);
    HeapStorage memory = x.heap();
    double[] special = {Double.NaN, -0.0, 0.0, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
    for (int i = 0; i < x.elements(); i++) {
      switch (dtype) {
        case F32 ->
            memory.setDouble(
                i,
                random.nextInt(9) == 0
                    ? special[random.nextInt(special.length)]
                    : Math.rint(20 * random.nextGaussian()) / 4);
        case BOOL -> memory.setLong(i, random.nextInt(2));
        case I64 ->
            memory.setLong(i, random.nextBoolean() ? random.nextLong() : random.nextInt(-9, 9));
        default -> memory.setLong(i, random.nextBoolean() ? random.nextInt() : random.nextInt(9));
      }
    }
    return x;
  }

  private static View normal(Random random, int... sizes) {
    View x = view(DType.F32, sizes);
    for (int i = 0; i < x.elements(); i++) {
      x.floats()[i] = (float) random.nextGaussian();
    }
    return x;
  }

  private static View places(Random random, DType dtype, int size, int... sizes) {
    View x = view(dtype, sizes);
    for (int i = 0; i < x.elements(); i++) {
      x.heap().setLong(i, random.nextInt(size));
    }
    return x;
  }

  private static View transposed(View x) {
    int rank = x.shape().rank();
    int[] order = new int[rank];
    Arrays.setAll(order, i -> rank - 1 - i);
    return x.with(x.layout().permute(order));
  }

  private static long[] bits(View x) {
    long[] bits = new long[x.elements()];
    for (int i = 0; i < bits.length; i++) {
      bits[i] =
          x.dtype().isFloating()
              ? Double.doubleToLongBits(x.heap().getDouble(i))
              : x.heap().getLong(i);
    }
    return bits;
  }

  /// Checks the output against the reference, to the bit, on one and on four threads.
  private static void same(String what, Call call, DType dtype, int... sizes) {
    View expected = view(dtype, sizes);
    call.on(REFERENCE, expected);
    long before = CPU.delegatedKernels();
    for (int threads : new int[] {1, 4}) {
      View actual = view(dtype, sizes);
      Workers.limit(threads, () -> call.on(CPU, actual));
      assertArrayEquals(bits(expected), bits(actual), what + ", threads " + threads);
    }
    assertEquals(before, CPU.delegatedKernels(), what);
  }

  @Test
  void ordersOfAnyLengthAreThoseOfAStableSort() {
    Random random = new Random(1);
    for (DType dtype : ALL) {
      for (int n : new int[] {1, 64, 65, 1000}) {
        View x = drawn(random, dtype, 5, n);
        for (boolean descending : new boolean[] {false, true}) {
          for (int wanted : new int[] {n, Math.ceilDiv(n, 20)}) {
            same(
                dtype + " the first " + wanted + " of " + n,
                (b, out) -> b.argSort(x, 1, descending, out),
                DType.I64,
                5,
                wanted);
          }
        }
      }
      View columns = transposed(drawn(random, dtype, 40, 70));
      same(dtype + " upright", (b, out) -> b.argSort(columns, 0, true, out), DType.I64, 70, 40);
    }
  }

  @Test
  void ordersOfDoublesAreNative() {
    View x = view(DType.F64, 2, 100);
    Random random = new Random(2);
    for (int i = 0; i < 200; i++) {
      x.heap().setDouble(i, i % 9 == 0 ? -0.0 : i % 7 == 0 ? Double.NaN : random.nextGaussian());
    }
    for (boolean descending : new boolean[] {false, true}) {
      same("F64", (b, out) -> b.argSort(x, 1, descending, out), DType.I64, 2, 100);
    }
  }

  @Test
  void runningSumsAreThoseInDouble() {
    Random random = new Random(3);
    for (DType dtype : NUMBERS) {
      View x = dtype == DType.F32 ? normal(random, 5, 55, 130) : drawn(random, dtype, 5, 55, 130);
      View t = transposed(x);
      for (int axis = 0; axis < 3; axis++) {
        int a = axis;
        same(dtype + " " + axis, (b, out) -> b.cumulate(x, a, a == 1, out), dtype, 5, 55, 130);
        same(dtype + " up " + axis, (b, out) -> b.cumulate(t, a, a != 1, out), dtype, 130, 55, 5);
      }
    }
  }

  @Test
  void scattersGoInAscendingOrderWhateverTheThreads() {
    Random random = new Random(4);
    List<ReduceKernel> kernels =
        List.of(ReduceKernel.SUM, ReduceKernel.PROD, ReduceKernel.MAX, ReduceKernel.MIN);
    for (DType dtype : NUMBERS) {
      for (ReduceKernel kernel : kernels) {
        // Threads take part from 32768 elements up; one dtype and two kernels are enough for that.
        int n = dtype == DType.F32 && kernel.hasIdentity() ? 300 : 21;
        View last = drawn(random, dtype, 110, n);
        View to = places(random, kernel.hasIdentity() ? DType.I64 : DType.I32, 25, 110, n);
        same(
            kernel + " " + dtype + " last",
            (b, out) -> {
              REFERENCE.fill(out, 1);
              b.scatterAlong(kernel, last, 1, to, out);
            },
            dtype,
            115,
            25);
        View first = transposed(last);
        View up = transposed(to);
        same(
            kernel + " " + dtype + " first",
            (b, out) -> {
              REFERENCE.fill(out, 1);
              b.scatterAlong(kernel, first, 0, up, out);
            },
            dtype,
            25,
            110);
        View rows = drawn(random, dtype, n, 130);
        View each = places(random, DType.I32, 12, n, 1);
        View spread = each.with(each.layout().expand(Shape.of(n, 130)));
        same(
            kernel + " " + dtype + " rows",
            (b, out) -> {
              REFERENCE.fill(out, 1);
              b.scatterAlong(kernel, rows, 0, spread, out);
            },
            dtype,
            12,
            130);
      }
    }
  }

  @Test
  void gathersTakeEveryDtype() {
    Random random = new Random(5);
    for (DType dtype :
        new DType[] {DType.F32, DType.F64, DType.F16, DType.I32, DType.I64, DType.BOOL}) {
      View x = view(dtype, 40, 300);
      for (int i = 0; i < x.elements(); i++) {
        x.heap().setLong(i, random.nextInt(100));
      }
      View from = places(random, DType.I64, 300, 30, 500);
      same(dtype.name(), (b, out) -> b.gatherAlong(x, 1, from, out), dtype, 30, 500);
      View up = transposed(from);
      View t = transposed(x);
      same(dtype + " upright", (b, out) -> b.gatherAlong(t, 0, up, out), dtype, 500, 30);
    }
  }

  @Test
  void aScatterChecksEveryIndexBeforeItWrites() {
    Random random = new Random(6);
    View x = normal(random, 40, 300);
    for (DType index : new DType[] {DType.I32, DType.I64}) {
      View to = places(random, index, 25, 40, 300);
      to.heap().setLong(11_999, 25);
      View out = view(DType.F32, 40, 25);
      CPU.fill(out, 3);
      assertThrows(TensorException.class, () -> CPU.scatterAlong(ReduceKernel.MAX, x, 1, to, out));
      float[] untouched = new float[1000];
      Arrays.fill(untouched, 3);
      assertArrayEquals(untouched, Arrays.copyOf(out.floats(), 1000));
    }
  }

  @Test
  void wholeNumbersReduceLikeTheReferenceBeyondAChunk() {
    Random random = new Random(7);
    for (DType dtype : new DType[] {DType.I32, DType.I64, DType.BOOL}) {
      View x = drawn(random, dtype, 6, 2500);
      View t = transposed(drawn(random, dtype, 2500, 6));
      for (ReduceKernel kernel : ReduceKernel.values()) {
        DType to = kernel.isPlace() ? DType.I64 : dtype;
        same(dtype + " " + kernel, (b, out) -> b.reduce(kernel, x, out), to, 6, 1);
        same(dtype + " " + kernel + " upright", (b, out) -> b.reduce(kernel, t, out), to, 6, 1);
        same(dtype + " " + kernel + " columns", (b, out) -> b.reduce(kernel, x, out), to, 1, 2500);
      }
    }
  }

  /// The order of additions by its definition, in plain loops.
  private static float defined(float[] values, boolean columns) {
    if (columns) {
      float sum = 0;
      for (int from = 0; from < values.length; from += 64) {
        float block = 0;
        for (int i = from; i < Math.min(values.length, from + 64); i++) {
          block += values[i];
        }
        sum += block;
      }
      return sum;
    }
    float[] lanes = new float[16];
    for (int i = 0; i < values.length; i++) {
      lanes[i % 16] += values[i];
    }
    for (int half = 8; half > 0; half /= 2) {
      for (int i = 0; i < half; i++) {
        lanes[i] += lanes[i + half];
      }
    }
    return lanes[0];
  }

  @Test
  void theOrderOfAdditionsFollowsFromTheShapeAlone() {
    Random random = new Random(8);
    int[] sizes = {5, 100, 40};
    View x = normal(random, sizes);
    List<View> layouts = new ArrayList<>();
    layouts.add(x);
    for (int[] order : new int[][] {{2, 1, 0}, {1, 0, 2}, {0, 2, 1}, {1, 2, 0}, {2, 0, 1}}) {
      int[] stored = new int[3];
      int[] back = new int[3];
      for (int i = 0; i < 3; i++) {
        stored[i] = sizes[order[i]];
        back[order[i]] = i;
      }
      View copy = view(DType.F32, stored);
      View same = copy.with(copy.layout().permute(back));
      REFERENCE.copy(x, same);
      layouts.add(same);
    }
    assertEquals(6, layouts.size());
    for (boolean[] reduced :
        new boolean[][] {
          {true, false, false},
          {false, true, false},
          {false, false, true},
          {true, true, false},
          {true, false, true},
          {false, true, true}
        }) {
      int[] out = new int[3];
      Arrays.setAll(out, i -> reduced[i] ? 1 : sizes[i]);
      float[] expected = definition(x, reduced, out);
      for (View layout : layouts) {
        View y = view(DType.F32, out);
        CPU.reduce(ReduceKernel.SUM, layout, y);
        assertArrayEquals(
            expected,
            Arrays.copyOf(y.floats(), expected.length),
            Arrays.toString(reduced) + " of " + layout.layout());
      }
    }
  }

  private static float[] definition(View x, boolean[] reduced, int[] out) {
    int n = Shape.of(out).elements();
    float[][] rows = new float[n][x.elements() / n];
    int[] next = new int[n];
    for (int i = 0; i < x.elements(); i++) {
      int[] at = {i / 4000, i / 40 % 100, i % 40};
      int to = 0;
      for (int a = 0; a < 3; a++) {
        to = to * out[a] + (reduced[a] ? 0 : at[a]);
      }
      rows[to][next[to]++] = x.floats()[i];
    }
    float[] sums = new float[n];
    for (int i = 0; i < n; i++) {
      sums[i] = defined(rows[i], !reduced[2]);
    }
    return sums;
  }
}
