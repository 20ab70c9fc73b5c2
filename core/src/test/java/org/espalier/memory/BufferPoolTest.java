package org.espalier.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.espalier.DType;
import org.espalier.TensorException;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.HeapStorage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class BufferPoolTest {
  private static final long PLENTY = 1L << 30;

  private final BufferPool pool = new BufferPool(PLENTY, false);

  private static void giveBack(HeapStorage storage) {
    storage.retain();
    storage.release();
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void handsOutMemoryOfTheDtypeAndSizeThatWasAsked(DType dtype) {
    for (int size : new int[] {0, 1, 16, 17, 1000}) {
      HeapStorage storage = pool.take(dtype, size);
      assertEquals(dtype, storage.dtype());
      assertEquals(size, storage.size());
      if (size > 0) {
        storage.setLong(size - 1, 1);
        assertEquals(1, storage.getLong(size - 1));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void usesAnArrayAgainWhenItsLastHolderLetGo(DType dtype) {
    HeapStorage first = pool.take(dtype, 100);
    first.retain();
    first.retain();
    first.release();
    assertNotSame(first.rawArray(), pool.take(dtype, 100).rawArray());
    first.release();
    assertSame(first.rawArray(), pool.take(dtype, 97).rawArray());
  }

  @Test
  void keepsDtypesAndLengthsApart() {
    giveBack(pool.take(DType.F32, 100));
    pool.take(DType.I32, 100);
    pool.take(DType.F32, 200);
    pool.take(DType.F32, 80);
    assertEquals(0, pool.stats().hits());
  }

  @Test
  void countsBytes() {
    HeapStorage a = pool.take(DType.F32, 100); // 104 floats
    HeapStorage b = pool.take(DType.F64, 16);
    assertEquals(new PoolStats(416 + 128, 0, 544, 0, 2), pool.stats());
    giveBack(a);
    giveBack(b);
    assertEquals(new PoolStats(0, 544, 544, 0, 2), pool.stats());
    pool.take(DType.F32, 104);
    assertEquals(new PoolStats(416, 128, 544, 1, 2), pool.stats());
    pool.trim();
    assertEquals(new PoolStats(416, 0, 544, 1, 2), pool.stats());
  }

  @Test
  void keepsNoMoreThanItsBoundAndDropsTheLengthsUnusedForLongest() {
    BufferPool small = new BufferPool(1000, false);
    HeapStorage old = small.take(DType.F32, 64); // 256 bytes
    HeapStorage middle = small.take(DType.F32, 128); // 512 bytes
    HeapStorage recent = small.take(DType.F32, 80); // 320 bytes
    giveBack(old);
    giveBack(middle);
    giveBack(recent);
    assertEquals(832, small.stats().pooledBytes());
    assertNotSame(old.rawArray(), small.take(DType.F32, 64).rawArray());
    assertSame(middle.rawArray(), small.take(DType.F32, 128).rawArray());
    assertSame(recent.rawArray(), small.take(DType.F32, 80).rawArray());
  }

  @Test
  void neverKeepsAnArrayLargerThanItsBound() {
    BufferPool small = new BufferPool(1000, false);
    HeapStorage kept = small.take(DType.F32, 64);
    giveBack(kept);
    giveBack(small.take(DType.F32, 1000));
    assertEquals(256, small.stats().pooledBytes());
    assertEquals(0, small.stats().liveBytes());
  }

  @Test
  void keepsNothingWhenTheBoundIsZero() {
    BufferPool none = new BufferPool(0, false);
    giveBack(none.take(DType.F32, 1));
    assertEquals(0, none.stats().pooledBytes());
  }

  @Test
  void poisonFillsWhatNobodyOwns() {
    BufferPool poisoned = new BufferPool(PLENTY, true);
    HeapStorage f32 = poisoned.take(DType.F32, 20);
    HeapStorage f64 = poisoned.take(DType.F64, 20);
    HeapStorage i32 = poisoned.take(DType.I32, 20);
    HeapStorage i64 = poisoned.take(DType.I64, 20);
    for (HeapStorage storage : List.of(f32, f64, i32, i64)) {
      for (int i = 0; i < 20; i++) {
        storage.setLong(i, 7);
      }
      giveBack(storage);
    }
    for (int i = 0; i < 20; i++) {
      assertTrue(Double.isNaN(f32.getDouble(i)) && Double.isNaN(f64.getDouble(i)));
      assertEquals(Integer.MIN_VALUE, i32.getLong(i));
      assertEquals(Long.MIN_VALUE, i64.getLong(i));
    }
    assertTrue(Double.isNaN(poisoned.take(DType.F32, 5000).getDouble(4999)), "also when it is new");
  }

  @Test
  void poisonNoticesMemoryThatComesBackTwice() {
    BufferPool poisoned = new BufferPool(PLENTY, true);
    HeapStorage storage = poisoned.take(DType.F32, 20);
    giveBack(storage);
    var thrown = assertThrows(TensorException.class, () -> giveBack(storage));
    assertTrue(thrown.toString().contains("twice"), thrown.toString());
  }

  @Test
  void refusesSizesAndBoundsBelowZero() {
    assertThrows(TensorException.class, () -> pool.take(DType.F32, -1));
    assertThrows(TensorException.class, () -> new BufferPool(-1, false));
  }

  @ParameterizedTest
  @CsvSource({"'', 99", "'  ', 99", "0, 0", "' 4096 ', 4096", "-5, 99", "64MB, 99", "1e9, 99"})
  void readsTheBoundFromTextOrKeepsTheDefault(String text, long expected) {
    assertEquals(expected, PoolSettings.maxBytes(text, 99));
  }

  @Test
  void thereIsOneSharedPool() {
    assertSame(BufferPool.shared(), BufferPool.shared());
  }

  /// Each thread marks what it holds; an array that two hold at once would show the other's mark.
  @Test
  void noArrayHasTwoOwnersWhenManyThreadsTakeAndGiveBack() throws Exception {
    BufferPool small = new BufferPool(200_000, false);
    List<Future<Boolean>> results = new ArrayList<>();
    try (var threads = Executors.newFixedThreadPool(4)) {
      for (int t = 0; t < 4; t++) {
        int mark = t + 1;
        Callable<Boolean> work = () -> ownsWhatItTakes(small, mark);
        results.add(threads.submit(work));
      }
      for (var result : results) {
        assertTrue(result.get(), "an array was changed by a thread that did not own it");
      }
    }
    PoolStats stats = small.stats();
    assertEquals(0, stats.liveBytes());
    assertTrue(stats.pooledBytes() <= 200_000, stats.toString());
    assertEquals(4 * 20_000, stats.hits() + stats.misses());
    assertTrue(stats.hits() > stats.misses(), stats.toString());
    small.trim();
    assertEquals(0, small.stats().pooledBytes());
  }

  private static boolean ownsWhatItTakes(BufferPool pool, int mark) {
    Random random = new Random(mark);
    ArrayDeque<FloatStorage> held = new ArrayDeque<>();
    boolean intact = true;
    for (int i = 0; i < 20_000; i++) {
      FloatStorage storage = (FloatStorage) pool.take(DType.F32, 1 + random.nextInt(2000));
      storage.retain();
      float[] array = storage.array();
      array[0] = mark;
      array[array.length - 1] = mark;
      held.add(storage);
      if (held.size() > 8) {
        intact &= release(held.remove(), mark);
      }
    }
    while (!held.isEmpty()) {
      intact &= release(held.remove(), mark);
    }
    return intact;
  }

  private static boolean release(FloatStorage storage, int mark) {
    float[] array = storage.array();
    boolean mine = array[0] == mark && array[array.length - 1] == mark;
    storage.release();
    return mine;
  }

  @Test
  void answersFromThePoolWithoutMakingArrays() {
    var threads =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    for (int i = 0; i < 10_000; i++) {
      giveBack(pool.take(DType.F32, 100_000));
    }
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 1000; i++) {
      giveBack(pool.take(DType.F32, 100_000));
    }
    long each = (threads.getCurrentThreadAllocatedBytes() - before) / 1000;
    assertTrue(each <= 96, each + " bytes for a request; only the storage may be new");
  }
}
