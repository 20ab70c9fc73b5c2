package org.espalier.cuda.device;

import static org.espalier.cuda.device.RawDriver.ILLEGAL_ADDRESS;
import static org.espalier.cuda.device.RawDriver.INVALID_CONTEXT;
import static org.espalier.cuda.device.RawDriver.INVALID_HANDLE;
import static org.espalier.cuda.device.RawDriver.INVALID_VALUE;
import static org.espalier.cuda.device.RawDriver.LAUNCH_FAILED;
import static org.espalier.cuda.device.RawDriver.OUT_OF_MEMORY;
import static org.espalier.cuda.device.RawDriver.SUCCESS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.espalier.cuda.device.RawDriver.Grid;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/// Devices, contexts and threads; what is counted; errors on request.
final class DevicesTest {
  private static final int NO_DEVICE = 100;
  private static final int INVALID_DEVICE = 101;

  @AutoClose private final RawDriver driver = new RawDriver();

  private long axpy() {
    return driver.function(driver.module("good.ptx"), "axpy");
  }

  @Test
  void twoDevicesHaveMemoryOfTheirOwn() {
    driver.device.devices(2);
    assertEquals(2, driver.number("cuDeviceGetCount"));
    long onFirst = driver.upload(1f);
    driver.makeCurrent(1);
    assertEquals(INVALID_VALUE, driver.launch(axpy(), 1, 32, onFirst, onFirst, 1f, 1L));
    long onSecond = driver.upload(2f);
    assertEquals(SUCCESS, driver.run(axpy(), 1, 32, onSecond, onSecond, 1f, 1L));
    assertArrayEquals(new float[] {4}, driver.floats(onSecond, 1));
    assertEquals(INVALID_DEVICE, driver.call("cuDeviceGet", driver.arena.allocate(4), 2));
  }

  @Test
  void anAddressOfAnotherDeviceThatAKernelFollowsIsNamed() {
    driver.device.devices(2);
    long onFirst = driver.upload(1f);
    driver.makeCurrent(1);
    long follow = driver.function(driver.module("bad.ptx"), "follows_address");
    assertEquals(
        ILLEGAL_ADDRESS, driver.run(follow, 1, 1, driver.allocate(4), driver.upload(onFirst)));
    assertTrue(driver.device.describe().contains("memory of device 0"), driver.device.describe());
  }

  @Test
  void anErrorBreaksItsOwnDeviceOnly() {
    driver.device.devices(2);
    long bad = driver.function(driver.module("bad.ptx"), "writes_past_end");
    assertEquals(ILLEGAL_ADDRESS, driver.run(bad, 1, 32, driver.allocate(4), 1));
    driver.makeCurrent(1);
    driver.check("cuCtxSynchronize");
  }

  @Test
  void aThreadWithoutAContextIsRefused() throws InterruptedException {
    var code = new AtomicInteger();
    MemorySegment result = driver.arena.allocate(8);
    Thread thread =
        Thread.ofPlatform().start(() -> code.set(driver.call("cuMemAlloc_v2", result, 4L)));
    thread.join();
    assertEquals(INVALID_CONTEXT, code.get());
    assertTrue(driver.device.describe().contains("cuMemAlloc: this thread has no current context"));
  }

  @Test
  void withoutADeviceTheDriverDoesNotStart() {
    driver.device.devices(0);
    assertEquals(NO_DEVICE, driver.call("cuInit", 0));
  }

  @Test
  void capabilityAndMemoryAreWhatTheTestSays() {
    driver.device.capability(7, 5);
    driver.device.memoryLimit(1000);
    MemorySegment value = driver.arena.allocate(8);
    driver.check("cuDeviceGetAttribute", value, 75, 0);
    assertEquals(7, value.get(ValueLayout.JAVA_INT, 0));
    driver.check("cuDeviceTotalMem_v2", value, 0);
    assertEquals(1000, value.get(ValueLayout.JAVA_LONG, 0));
    long most = driver.allocate(800);
    assertEquals(OUT_OF_MEMORY, driver.call("cuMemAlloc_v2", value, 201L));
    assertTrue(
        driver.device.describe().contains("201 bytes were asked for; 800 of 1000 are in use"));
    driver.check("cuMemFree_v2", most);
    driver.allocate(1000);
  }

  @Test
  void freeingTwiceOrInTheMiddleIsNamed() {
    long x = driver.allocate(16);
    assertEquals(INVALID_VALUE, driver.call("cuMemFree_v2", x + 4));
    assertTrue(driver.device.describe().contains("4 bytes into an allocation of 16 bytes"));
    driver.check("cuMemFree_v2", x);
    assertEquals(INVALID_VALUE, driver.call("cuMemFree_v2", x));
    assertTrue(driver.device.describe().contains("freed memory"));
  }

  @Test
  void countsWhatAStepMayNotDo() {
    long function = axpy();
    long stream = driver.stream();
    long x = driver.upload(new float[64]);
    driver.device.resetCounters();
    long y = driver.allocate(256);
    driver.check("cuMemcpyDtoDAsync_v2", y, x, 256L, stream);
    driver.check("cuMemsetD32Async", y, 0, 8L, stream);
    assertEquals(SUCCESS, driver.launch(function, Grid.of(2, 32), stream, y, x, 1f, 64L));
    driver.check("cuStreamSynchronize", stream);
    driver.check("cuMemFree_v2", y);
    DeviceCounters counters = driver.device.counters();
    assertEquals(1, counters.launches());
    assertEquals(1, counters.allocations());
    assertEquals(1, counters.frees());
    assertEquals(1, counters.liveAllocations());
    assertEquals(256, counters.liveBytes());
    assertEquals(256, counters.bytesOnDevice());
    assertEquals(0, counters.bytesToDevice());
    assertEquals(1, counters.copies());
    assertEquals(1, counters.fills());
    assertEquals(2, counters.synchronisations(), "waiting for the stream, and cuMemFree");
    assertEquals(new DeviceCounters.KernelCounters(1, 2, 2 * 256, 256), counters.kernel("axpy"));
    assertEquals(0, counters.kernel("no such kernel").launches());
  }

  @Test
  void aCallFailsWhenItIsToldTo() {
    driver.device.failNext("cuMemAlloc", 1, OUT_OF_MEMORY);
    driver.allocate(4);
    assertEquals(OUT_OF_MEMORY, driver.call("cuMemAlloc_v2", driver.arena.allocate(8), 4L));
    assertTrue(driver.device.describe().contains("the fault that was asked for"));
    driver.allocate(4);
    driver.device.failNext("*", 0, LAUNCH_FAILED);
    assertEquals(LAUNCH_FAILED, driver.call("cuStreamSynchronize", 0L));
  }

  @Test
  void aKernelFailsLateWhenItIsToldTo() {
    long y = driver.upload(1f);
    long function = axpy();
    driver.device.failNext("execute", 0, LAUNCH_FAILED);
    assertEquals(SUCCESS, driver.launch(function, 1, 32, y, y, 1f, 1L));
    assertEquals(LAUNCH_FAILED, driver.call("cuCtxSynchronize"));
    assertTrue(driver.device.describe().contains("kernel axpy"));
  }

  @Test
  void everythingThatWasDestroyedIsGone() {
    long stream = driver.stream();
    long module = driver.module("good.ptx");
    driver.check("cuStreamDestroy_v2", stream);
    driver.check("cuModuleUnload", module);
    assertEquals(INVALID_HANDLE, driver.call("cuStreamSynchronize", stream));
    assertEquals(
        INVALID_HANDLE,
        driver.call(
            "cuModuleGetFunction",
            driver.arena.allocate(8),
            module,
            driver.arena.allocateFrom("axpy")));
  }

  @Test
  void everyFunctionThatJCudaNamesIsThere() throws IOException {
    Path names = Path.of(System.getProperty("basedir", "."), "src", "test", "native", "names");
    for (String library : List.of("cuda", "cublas")) {
      List<String> all = Files.readAllLines(names.resolve(library + ".txt"));
      assertTrue(all.size() > 300);
      for (String name : all) {
        assertTrue(driver.has(name), name);
      }
    }
  }
}
