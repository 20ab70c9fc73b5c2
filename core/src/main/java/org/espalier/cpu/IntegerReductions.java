package org.espalier.cpu;

import org.espalier.spi.BoolStorage;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.IntStorage;
import org.espalier.spi.LongStorage;
import org.espalier.spi.ReduceKernel;
import org.espalier.spi.View;

/// Sums, products, extremes and their places of i32, i64 and booleans along axes, in long.
///
/// Elements are widened into a chunk of longs at a time, which plain loops then fold: wrapping
/// makes the order irrelevant.
final class IntegerReductions {
  private static final int CHUNK = 1024;

  /// Elements of the only result that a thread takes at a time.
  private static final int PART = 1 << 15;

  private static final ThreadLocal<long[]> MEMORY = ThreadLocal.withInitial(() -> new long[CHUNK]);

  private IntegerReductions() {}

  /// Tells whether the elements are whole numbers on the heap.
  static boolean reduces(View x) {
    return x.storage() instanceof IntStorage
        || x.storage() instanceof LongStorage
        || x.storage() instanceof BoolStorage;
  }

  /// Reduces the axes where `out` has size 1 and `x` has not.
  static void run(ReduceKernel kernel, View x, View out) {
    Reduction plan = new Reduction(x, out);
    HeapStorage from = x.heap();
    HeapStorage to = out.heap();
    int n = plan.reduced.count();
    if (plan.results() == 1 && n > 2 * PART) {
      inParts(kernel, plan, from, to);
      return;
    }
    Ranges.run(
        plan.results(),
        n,
        (first, end) -> {
          long[] result = new long[2];
          for (int i = first; i < end; i++) {
            reduce(kernel, from, plan.reduced, plan.at(i), 0, n, result);
            to.setLong(plan.outAt(i), result[kernel.isPlace() ? 1 : 0]);
          }
        });
  }

  /// Threads share the elements of the only result.
  private static void inParts(ReduceKernel kernel, Reduction plan, HeapStorage x, HeapStorage out) {
    int n = plan.reduced.count();
    int parts = Math.ceilDiv(n, PART);
    long[] values = new long[parts];
    long[] places = new long[parts];
    Ranges.run(
        parts,
        PART,
        (first, end) -> {
          long[] result = new long[2];
          for (int part = first; part < end; part++) {
            int from = part * PART;
            reduce(kernel, x, plan.reduced, plan.at(0), from, Math.min(n, from + PART), result);
            values[part] = result[0];
            places[part] = result[1];
          }
        });
    long value = fold(kernel, values, parts, identity(kernel));
    long result = kernel.isPlace() ? places[first(values, parts, value)] : value;
    out.setLong(plan.outAt(0), result);
  }

  private static long identity(ReduceKernel kernel) {
    return switch (kernel) {
      case SUM -> 0;
      case PROD -> 1;
      case MAX, ARG_MAX -> Long.MIN_VALUE;
      case MIN, ARG_MIN -> Long.MAX_VALUE;
    };
  }

  /// Reduces the elements `[from, to)`, and leaves what they give and where that stands first.
  private static void reduce(
      ReduceKernel kernel, HeapStorage x, Axes reduced, int at, int from, int to, long[] answer) {
    long[] chunk = MEMORY.get();
    long result = identity(kernel);
    long place = from;
    for (int i = from; i < to; i += CHUNK) {
      int length = Math.min(CHUNK, to - i);
      load(x, reduced, at, i, length, chunk);
      long before = result;
      result = fold(kernel, chunk, length, result);
      if (kernel.isPlace() && result != before) {
        place = (long) i + first(chunk, length, result);
      }
    }
    answer[0] = result;
    answer[1] = place;
  }

  private static int first(long[] chunk, int n, long value) {
    int i = 0;
    while (i < n - 1 && chunk[i] != value) {
      i++;
    }
    return i;
  }

  private static void load(HeapStorage x, Axes reduced, int at, int from, int n, long[] chunk) {
    if (reduced.isRun()) {
      int start = at + from;
      switch (x) {
        case IntStorage s -> {
          int[] v = s.array();
          for (int i = 0; i < n; i++) {
            chunk[i] = v[start + i];
          }
        }
        case LongStorage s -> System.arraycopy(s.array(), start, chunk, 0, n);
        default -> {
          for (int i = 0; i < n; i++) {
            chunk[i] = x.getLong(start + i);
          }
        }
      }
      return;
    }
    for (int i = 0; i < n; i++) {
      chunk[i] = x.getLong(at + reduced.at(from + i));
    }
  }

  private static long fold(ReduceKernel kernel, long[] chunk, int n, long start) {
    long result = start;
    switch (kernel) {
      case SUM -> {
        for (int i = 0; i < n; i++) {
          result += chunk[i];
        }
      }
      case PROD -> {
        for (int i = 0; i < n; i++) {
          result *= chunk[i];
        }
      }
      case MAX, ARG_MAX -> {
        for (int i = 0; i < n; i++) {
          result = Math.max(result, chunk[i]);
        }
      }
      case MIN, ARG_MIN -> {
        for (int i = 0; i < n; i++) {
          result = Math.min(result, chunk[i]);
        }
      }
    }
    return result;
  }
}
