package org.espalier.cuda.device;

import static org.espalier.cuda.device.RawDriver.SUCCESS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Kernels of `tensor.cu`: matrix fragments and asynchronous copies of capability 8.0.
final class TensorCoresTest {
  private RawDriver driver;
  private long module;

  @BeforeEach
  void open() {
    driver = new RawDriver();
    module = driver.module("tensor.ptx");
  }

  @AfterEach
  void close() {
    driver.close();
  }

  private void run(String kernel, Object... parameters) {
    int code = driver.run(driver.function(module, kernel), 1, 32, parameters);
    assertEquals(SUCCESS, code, () -> driver.device.describe());
  }

  private static float value(int i) {
    return (i * 13 % 31 - 15) / 8f; // exact in bfloat16
  }

  private long halves(int count, int from) {
    MemorySegment bits = driver.arena.allocate(ValueLayout.JAVA_SHORT, count);
    for (int i = 0; i < count; i++) {
      short upper = (short) (Float.floatToIntBits(value(from + i)) >>> 16);
      bits.setAtIndex(ValueLayout.JAVA_SHORT, i, upper);
    }
    return driver.upload(bits);
  }

  @Test
  void multipliesFragmentsThatWereCopiedAndLoadedAsMatrices() {
    long c = driver.allocate(16 * 8 * 4);
    run("product", c, halves(256, 0), halves(128, 7));
    float[] got = driver.floats(c, 128);
    for (int row = 0; row < 16; row++) {
      for (int column = 0; column < 8; column++) {
        double sum = 0;
        for (int k = 0; k < 16; k++) {
          sum += value(row * 16 + k) * value(7 + k * 8 + column);
        }
        assertEquals(sum, got[row * 8 + column], "row " + row + ", column " + column);
      }
    }
  }

  @Test
  void aCopyThatWasNotWaitedForIsNaN() {
    long out = driver.allocate(32 * 4);
    run("reads_too_early", out, driver.upload(new float[32]));
    for (float value : driver.floats(out, 32)) {
      assertTrue(Float.isNaN(value));
    }
  }

  @Test
  void aWarpAddsUpInOneInstruction() {
    int[] x = IntStream.range(0, 32).map(i -> i * i - 100).toArray();
    long out = driver.allocate(32 * 4);
    run("sums_by_redux", out, driver.upload(x));
    assertEquals(IntStream.of(x).sum(), driver.ints(out, 32)[31]);
  }
}
