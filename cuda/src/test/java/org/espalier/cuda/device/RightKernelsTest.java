package org.espalier.cuda.device;

import static org.espalier.cuda.device.RawDriver.SUCCESS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;
import org.espalier.cuda.device.RawDriver.Grid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Kernels of `good.cu`, compiled by nvcc: right whatever the order of blocks and warps.
final class RightKernelsTest {
  private RawDriver driver;
  private long module;

  @BeforeEach
  void open() {
    driver = new RawDriver();
    module = driver.module("good.ptx");
  }

  @AfterEach
  void close() {
    driver.close();
  }

  private void run(String kernel, Grid grid, Object... parameters) {
    int code = driver.run(driver.function(module, kernel), grid, parameters);
    assertEquals(SUCCESS, code, () -> driver.device.describe());
  }

  private static float[] numbers(int count) {
    var values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (i * 37 % 101) / 8f - 5;
    }
    return values;
  }

  @ParameterizedTest
  @EnumSource
  void addsAMultipleOverASteppingGrid(ThreadOrder order) {
    driver.device.threadOrder(order, 3);
    float[] x = numbers(1000);
    long y = driver.upload(x);
    run("axpy", Grid.of(3, 64), y, driver.upload(x), 2f, 1000L);
    var expected = new float[1000];
    for (int i = 0; i < 1000; i++) {
      expected[i] = Math.fma(2f, x[i], x[i]);
    }
    assertArrayEquals(expected, driver.floats(y, 1000));
  }

  @ParameterizedTest
  @EnumSource
  void sumsABlockByShufflesAndSharedMemory(ThreadOrder order) {
    driver.device.threadOrder(order, 5);
    float[] x = numbers(700);
    long sums = driver.allocate(3 * 4);
    run("block_sum", Grid.of(3, 256), sums, driver.upload(x), 700);
    float[] got = driver.floats(sums, 3);
    for (int block = 0; block < 3; block++) {
      double sum = 0;
      for (int i = block * 256; i < Math.min(700, (block + 1) * 256); i++) {
        sum += x[i];
      }
      assertEquals(sum, got[block], 1e-3);
    }
  }

  @ParameterizedTest
  @EnumSource
  void transposesByTiles(ThreadOrder order) {
    driver.device.threadOrder(order, 7);
    int rows = 21;
    int columns = 37;
    float[] x = numbers(rows * columns);
    long out = driver.allocate(4L * rows * columns);
    run("transpose", new Grid(3, 2, 16, 16, 0), out, driver.upload(x), rows, columns);
    float[] got = driver.floats(out, rows * columns);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        assertEquals(x[row * columns + column], got[column * rows + row]);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void reversesInDynamicSharedMemory(ThreadOrder order) {
    driver.device.threadOrder(order, 11);
    float[] x = numbers(192);
    long address = driver.upload(x);
    run("reverse", Grid.of(2, 96).withShared(96 * 4), address);
    float[] got = driver.floats(address, 192);
    for (int i = 0; i < 192; i++) {
      assertEquals(x[i / 96 * 96 + 95 - i % 96], got[i]);
    }
  }

  @ParameterizedTest
  @EnumSource
  void countsWithAtomics(ThreadOrder order) {
    driver.device.threadOrder(order, 13);
    MemorySegment values = driver.arena.allocate(500);
    var expected = new int[16];
    for (int i = 0; i < 500; i++) {
      values.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 7));
      expected[i * 7 & 15] += 2;
    }
    long bins = driver.upload(new int[16]);
    run("histogram", Grid.of(2, 128), bins, driver.upload(values), 500);
    assertArrayEquals(expected, driver.ints(bins, 16));
  }

  @Test
  void lanesThatLeaveALoopMeetAgainBehindIt() {
    int[] start = IntStream.rangeClosed(1, 50).toArray();
    long steps = driver.allocate(50 * 4);
    run("collatz", Grid.of(1, 64), steps, driver.upload(start), 50);
    int[] got = driver.ints(steps, 50);
    for (int i = 0; i < 50; i++) {
      int count = 0;
      for (long value = start[i]; value != 1; count++) {
        value = value % 2 == 0 ? value / 2 : 3 * value + 1;
      }
      assertEquals(count, got[i]);
    }
  }

  @Test
  void lanesGoManyWaysAtOnce() {
    int[] which = IntStream.range(0, 64).map(i -> i * 5 % 9).toArray();
    long out = driver.allocate(64 * 4);
    run("choose", Grid.of(1, 64), out, driver.upload(which), 64);
    float[] got = driver.floats(out, 64);
    for (int i = 0; i < 64; i++) {
      double x = i + 1;
      double expected =
          switch (which[i]) {
            case 0 -> Math.sqrt(x);
            case 1 -> x / 3;
            case 2 -> Math.exp(-x);
            case 3 -> Math.log(x);
            case 4 -> Math.sin(x);
            case 5 -> Math.tanh(x / 10);
            case 6 -> Math.pow(x, 1.5);
            default -> -1;
          };
      assertEquals(expected, got[i], 1e-6 * Math.max(1e-3, Math.abs(expected)), "thread " + i);
    }
  }

  @Test
  void callsAFunctionReadsConstantsAndChangesAVariable() {
    float[] x = numbers(40);
    long out = driver.allocate(40 * 4);
    run("polynomial", Grid.of(1, 64), out, driver.upload(x), 40);
    float[] got = driver.floats(out, 40);
    for (int i = 0; i < 40; i++) {
      double full = 1 - 2 * x[i] + 0.5 * x[i] * x[i] + 0.25 * x[i] * x[i] * x[i];
      double part = i % 2 == 0 ? 0 : 1 - 2 * x[i];
      assertEquals(full + part, got[i], 1e-3);
    }
    MemorySegment address = driver.arena.allocate(ValueLayout.JAVA_LONG);
    driver.check("cuModuleGetGlobal_v2", address, 0L, module, driver.arena.allocateFrom("calls"));
    assertEquals(8, driver.ints(address.get(ValueLayout.JAVA_LONG, 0), 1)[0]);
  }

  @Test
  void addressesLocalMemoryByANumber() {
    long out = driver.allocate(8 * 4);
    run("permute", Grid.of(1, 8), out, driver.upload(3, 1, 4, 0, 5, 7, 2, 6), 8);
    assertArrayEquals(new int[] {9, 1, 36, 0, 4, 16, 49, 25}, driver.ints(out, 8));
  }

  @Test
  void votesMatchesAndCountsOverABarrier() {
    int[] x = IntStream.range(0, 64).map(i -> i % 3 - 1).toArray();
    long out = driver.allocate(64 * 3 * 4);
    run("votes", Grid.of(1, 64), out, driver.upload(x));
    int[] got = driver.ints(out, 64 * 3);
    long positive = IntStream.of(x).filter(value -> value > 0).count();
    for (int i = 0; i < 64; i++) {
      int ballot = 0;
      int same = 0;
      for (int lane = 0; lane < 32; lane++) {
        int other = x[i / 32 * 32 + lane];
        ballot |= (other > 0 ? 1 : 0) << lane;
        same |= (other == x[i] ? 1 : 0) << lane;
      }
      assertEquals(positive * 100 + 10, got[i * 3]);
      assertEquals(ballot, got[i * 3 + 1]);
      assertEquals(same, got[i * 3 + 2]);
    }
  }

  @Test
  void loadsVectorsAndComputesInDouble() {
    float[] x = numbers(4 * 33);
    long[] index = IntStream.range(0, 33).mapToLong(i -> 32 - i).toArray();
    long sums = driver.allocate(33 * 8);
    run("wide", Grid.of(1, 64), sums, driver.upload(x), driver.upload(index), 33);
    long[] bits = driver.longs(sums, 33);
    for (int i = 0; i < 33; i++) {
      int at = (32 - i) * 4;
      double expected = Math.fma((double) x[at], x[at + 1], (double) (x[at + 2] / x[at + 3]));
      assertEquals(expected, Double.longBitsToDouble(bits[i]), 1e-6 * Math.abs(expected));
    }
  }
}
