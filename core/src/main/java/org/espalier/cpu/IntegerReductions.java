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
    Ranges.run(
        plan.results(),
        n,
        (first, end) -> {
          long[] chunk = MEMORY.get();
          for (int i = first; i < end; i++) {
            to.setLong(plan.outAt(i), reduce(kernel, from, plan.reduced, plan.at(i), n, chunk));
          }
        });
  }

  private static long reduce(
      ReduceKernel kernel, HeapStorage x, Axes reduced, int at, int n, long[] chunk) {
    long result =
        switch (kernel) {
          case SUM -> 0;
          case PROD -> 1;
          case MAX, ARG_MAX -> Long.MIN_VALUE;
          case MIN, ARG_MIN -> Long.MAX_VALUE;
        };
    long place = 0;
    for (int from = 0; from < n; from += CHUNK) {
      int length = Math.min(CHUNK, n - from);
      load(x, reduced, at, from, length, chunk);
      long before = result;
      result = fold(kernel, chunk, length, result);
      if (kernel.isPlace() && result != before) {
        place = (long) from + first(chunk, length, result);
      }
    }
    return kernel.isPlace() ? place : result;
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
