package org.espalier.cuda.device;

import static org.espalier.cuda.device.RawDriver.ILLEGAL_ADDRESS;
import static org.espalier.cuda.device.RawDriver.INVALID_VALUE;
import static org.espalier.cuda.device.RawDriver.NOT_READY;
import static org.espalier.cuda.device.RawDriver.SUCCESS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.espalier.cuda.device.RawDriver.Grid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Streams run late, as a busy device would, so that who does not wait is found out.
final class StreamsTest {
  private RawDriver driver;
  private long axpy;

  @BeforeEach
  void open() {
    driver = new RawDriver();
    axpy = driver.function(driver.module("good.ptx"), "axpy");
  }

  @AfterEach
  void close() {
    driver.close();
  }

  /// y += 1 * x, in a stream.
  private void add(long stream, long y, long x, int count) {
    assertEquals(SUCCESS, driver.launch(axpy, Grid.of(1, 32), stream, y, x, 1f, (long) count));
  }

  private float[] withoutWaiting(long address, int count) {
    MemorySegment values = driver.arena.allocate(ValueLayout.JAVA_FLOAT, count);
    driver.check("cuMemcpyDtoH_v2", values, address, (long) count * 4);
    return values.toArray(ValueLayout.JAVA_FLOAT);
  }

  private MemorySegment pinned(int bytes) {
    return MemorySegment.ofAddress(driver.handle("cuMemHostAlloc", (long) bytes, 0))
        .reinterpret(bytes);
  }

  @Test
  void whoReadsBeforeAStreamHasRunSeesTheOldValues() {
    long stream = driver.stream();
    long y = driver.upload(1f, 2f);
    add(stream, y, driver.upload(10f, 10f), 2);
    assertArrayEquals(new float[] {1, 2}, withoutWaiting(y, 2));
    driver.check("cuStreamSynchronize", stream);
    assertArrayEquals(new float[] {11, 12}, withoutWaiting(y, 2));
  }

  @Test
  void eagerStreamsRunAtOnce() {
    driver.device.lazyStreams(false);
    long y = driver.upload(1f);
    add(driver.stream(), y, driver.upload(10f), 1);
    assertArrayEquals(new float[] {11}, withoutWaiting(y, 1));
  }

  @Test
  void aBlockingStreamWaitsForTheDefaultOneAndIsWaitedFor() {
    long blocking = driver.handle("cuStreamCreate", 0);
    long y = driver.upload(1f);
    add(blocking, y, driver.upload(10f), 1);
    assertArrayEquals(new float[] {11}, withoutWaiting(y, 1));
  }

  @Test
  void memoryFreedBeforeALazyStreamHasRunIsAUseAfterFree() {
    long stream = driver.stream();
    long y = driver.upload(1f);
    long x = driver.upload(10f);
    add(stream, y, x, 1);
    driver.check("cuMemFree_v2", x);
    assertEquals(ILLEGAL_ADDRESS, driver.call("cuStreamSynchronize", stream));
    String said = driver.device.describe();
    assertTrue(said.contains("kernel axpy") && said.contains("freed memory of 4 bytes"), said);
  }

  @Test
  void freeingInTheStreamsOrderIsRight() {
    long stream = driver.stream();
    long y = driver.upload(1f);
    long x = driver.handle("cuMemAllocAsync", 4L, stream);
    driver.check("cuMemsetD32Async", x, Float.floatToIntBits(3f), 1L, stream);
    add(stream, y, x, 1);
    driver.check("cuMemFreeAsync", x, stream);
    driver.check("cuStreamSynchronize", stream);
    assertArrayEquals(new float[] {4}, withoutWaiting(y, 1));
    assertEquals(1, driver.device.counters().liveAllocations());
  }

  @Test
  void aPinnedBufferOverwrittenTooEarlySendsTheNewValues() {
    long stream = driver.stream();
    MemorySegment buffer = pinned(4);
    long x = driver.allocate(4);
    buffer.set(ValueLayout.JAVA_FLOAT, 0, 1f);
    driver.check("cuMemcpyHtoDAsync_v2", x, buffer, 4L, stream);
    buffer.set(ValueLayout.JAVA_FLOAT, 0, 2f);
    driver.check("cuStreamSynchronize", stream);
    assertArrayEquals(new float[] {2}, withoutWaiting(x, 1));
  }

  @Test
  void aPinnedBufferFreedTooEarlyIsNamed() {
    long stream = driver.stream();
    MemorySegment buffer = pinned(4);
    driver.check("cuMemcpyHtoDAsync_v2", driver.allocate(4), buffer, 4L, stream);
    driver.check("cuMemFreeHost", buffer);
    assertEquals(ILLEGAL_ADDRESS, driver.call("cuStreamSynchronize", stream));
    assertTrue(driver.device.describe().contains("freed pinned memory of the host"));
  }

  @Test
  void pageableMemoryIsTakenAtOnceAndCounted() {
    long stream = driver.stream();
    MemorySegment pageable = driver.arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1f);
    long x = driver.allocate(4);
    driver.check("cuMemcpyHtoDAsync_v2", x, pageable, 4L, stream);
    pageable.set(ValueLayout.JAVA_FLOAT, 0, 2f);
    driver.check("cuStreamSynchronize", stream);
    assertArrayEquals(new float[] {1}, withoutWaiting(x, 1));
    assertEquals(1, driver.device.counters().pageableCopies());
  }

  @Test
  void aCopyBackIntoPinnedMemoryIsThereAfterTheEvent() {
    long stream = driver.stream();
    MemorySegment buffer = pinned(4);
    long event = driver.handle("cuEventCreate", 0);
    driver.check("cuMemcpyDtoHAsync_v2", buffer, driver.upload(5f), 4L, stream);
    driver.check("cuEventRecord", event, stream);
    assertTrue(Float.isNaN(buffer.get(ValueLayout.JAVA_FLOAT, 0)));
    driver.check("cuEventSynchronize", event);
    assertEquals(5f, buffer.get(ValueLayout.JAVA_FLOAT, 0));
  }

  @Test
  void anEventThatIsAskedForOftenEnoughComes() {
    long stream = driver.stream();
    long event = driver.handle("cuEventCreate", 0);
    long y = driver.upload(1f);
    add(stream, y, driver.upload(10f), 1);
    driver.check("cuEventRecord", event, stream);
    assertEquals(NOT_READY, driver.call("cuEventQuery", event));
    assertEquals(NOT_READY, driver.call("cuEventQuery", event));
    driver.check("cuEventQuery", event);
    assertArrayEquals(new float[] {11}, withoutWaiting(y, 1));
  }

  @Test
  void aStreamThatWaitsForAnEventSeesWhatCameBefore() {
    long first = driver.stream();
    long second = driver.stream();
    long event = driver.handle("cuEventCreate", 2);
    long y = driver.upload(1f);
    long z = driver.upload(0f);
    add(first, y, driver.upload(10f), 1);
    driver.check("cuEventRecord", event, first);
    driver.check("cuStreamWaitEvent", second, event, 0);
    add(second, z, y, 1);
    driver.check("cuStreamSynchronize", second);
    assertArrayEquals(new float[] {11}, withoutWaiting(z, 1));
  }

  @Test
  void aStreamThatDoesNotWaitSeesWhatWasThere() {
    long first = driver.stream();
    long second = driver.stream();
    long y = driver.upload(1f);
    long z = driver.upload(0f);
    add(first, y, driver.upload(10f), 1);
    add(second, z, y, 1);
    driver.check("cuStreamSynchronize", second);
    assertArrayEquals(new float[] {1}, withoutWaiting(z, 1));
  }

  @Test
  void anEventMeasuresAndTellsWhenItCannot() {
    long stream = driver.stream();
    long from = driver.handle("cuEventCreate", 0);
    long to = driver.handle("cuEventCreate", 0);
    MemorySegment time = driver.arena.allocate(ValueLayout.JAVA_FLOAT);
    driver.check("cuEventRecord", from, stream);
    driver.check("cuEventRecord", to, stream);
    assertEquals(NOT_READY, driver.call("cuEventElapsedTime", time, from, to));
    driver.check("cuStreamSynchronize", stream);
    driver.check("cuEventElapsedTime", time, from, to);
    assertTrue(time.get(ValueLayout.JAVA_FLOAT, 0) >= 0);
    driver.check("cuEventDestroy_v2", from);
    assertEquals(RawDriver.INVALID_HANDLE, driver.call("cuEventRecord", from, stream));
  }

  @Test
  void copiesAndFillsStayInBounds() {
    long x = driver.allocate(16);
    MemorySegment host = driver.arena.allocate(64);
    assertEquals(INVALID_VALUE, driver.call("cuMemcpyHtoD_v2", x, host, 17L));
    assertEquals(INVALID_VALUE, driver.call("cuMemcpyDtoH_v2", host, x + 8, 16L));
    assertEquals(INVALID_VALUE, driver.call("cuMemsetD32_v2", x, 0, 5L));
    assertEquals(INVALID_VALUE, driver.call("cuMemcpyDtoD_v2", x, host.address(), 4L));
    assertTrue(driver.device.describe().contains("is no address of a device"));
    driver.check("cuMemsetD8_v2", x, (byte) 1, 16L);
    driver.check("cuMemsetD16_v2", x + 2, (short) 0x0202, 1L);
    assertArrayEquals(new int[] {0x02020101, 0x01010101}, driver.ints(x, 2));
  }
}
