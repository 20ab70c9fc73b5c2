package org.espalier.cuda.device;

import static org.espalier.cuda.device.RawDriver.INVALID_PTX;
import static org.espalier.cuda.device.RawDriver.INVALID_VALUE;
import static org.espalier.cuda.device.RawDriver.NOT_FOUND;
import static org.espalier.cuda.device.RawDriver.NOT_SUPPORTED;
import static org.espalier.cuda.device.RawDriver.OUT_OF_RESOURCES;
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

/// What a launch and a module are refused for, before anything runs.
final class LaunchChecksTest {
  private static final int UNSUPPORTED_PTX_VERSION = 222;
  private static final int NO_BINARY_FOR_GPU = 209;
  private static final int MAX_DYNAMIC_SHARED = 8;

  private RawDriver driver;
  private long module;
  private long axpy;

  @BeforeEach
  void open() {
    driver = new RawDriver();
    module = driver.module("good.ptx");
    axpy = driver.function(module, "axpy");
  }

  @AfterEach
  void close() {
    driver.close();
  }

  private void assertSays(String part) {
    String said = driver.device.describe();
    assertTrue(said.contains(part), () -> "\"" + part + "\" is not in: " + said);
  }

  @Test
  void tooManyThreadsAreRefused() {
    long x = driver.allocate(4);
    assertEquals(OUT_OF_RESOURCES, driver.launch(axpy, 1, 512, x, x, 1f, 1L));
    assertSays("its launch bounds say 256");
    assertEquals(INVALID_VALUE, driver.launch(axpy, 1, 2048, x, x, 1f, 1L));
    assertEquals(INVALID_VALUE, driver.launch(axpy, 0, 32, x, x, 1f, 1L));
    assertSays("is empty");
    assertEquals(
        INVALID_VALUE, driver.launch(axpy, new Grid(1, 65536, 32, 1, 0), 0L, x, x, 1f, 1L));
  }

  @Test
  void tooMuchSharedMemoryNeedsToBeAskedFor() {
    long reverse = driver.function(module, "reverse");
    long x = driver.upload(new float[32]);
    Grid big = Grid.of(1, 32).withShared(60 * 1024);
    assertEquals(INVALID_VALUE, driver.launch(reverse, big, 0L, x));
    assertSays("opt in for more");
    assertEquals(
        INVALID_VALUE, driver.call("cuFuncSetAttribute", reverse, MAX_DYNAMIC_SHARED, 200 * 1024));
    driver.check("cuFuncSetAttribute", reverse, MAX_DYNAMIC_SHARED, 60 * 1024);
    assertEquals(SUCCESS, driver.run(reverse, big, x));
  }

  @Test
  void aMissingParameterIsNamed() {
    long x = driver.allocate(4);
    assertEquals(INVALID_VALUE, driver.launch(axpy, 1, 32, x, x, 1f));
    assertSays("axpy takes 4 parameters; there is nothing to read for number 3");
  }

  @Test
  void aParameterTooManyIsFoundWhenListsHaveAnEnd() {
    driver.device.terminatedParameters(true);
    long x = driver.allocate(4);
    assertEquals(INVALID_VALUE, driver.launch(axpy, 1, 32, x, x, 1f, 1L, 7));
    assertSays("axpy takes 4 parameters; more were given");
    assertEquals(SUCCESS, driver.launch(axpy, 1, 32, x, x, 1f, 1L));
  }

  @Test
  void parametersInTheWrongOrderAreFoundByWhatTheyAre() {
    long x = driver.allocate(400);
    assertEquals(INVALID_VALUE, driver.launch(axpy, 1, 32, 100L, x, 1f, 1L));
    assertSays("parameter 0 is a pointer, and 0x64 is no live memory of the device");
    assertEquals(INVALID_VALUE, driver.launch(axpy, 1, 32, x, x, 1f, x));
    assertSays("parameter 3 is a number, and");
  }

  @Test
  void aPointerToFreedMemoryIsRefusedAtTheLaunch() {
    long x = driver.allocate(4);
    long gone = driver.allocate(8);
    driver.check("cuMemFree_v2", gone);
    assertEquals(INVALID_VALUE, driver.launch(axpy, 1, 32, x, gone, 1f, 1L));
    assertSays("0 bytes into freed memory of 8 bytes");
  }

  @Test
  void aPointerMayBeNullOrStandAtTheEnd() {
    long x = driver.allocate(400);
    assertEquals(SUCCESS, driver.run(axpy, 1, 32, x + 400, 0L, 1f, 0L));
  }

  @Test
  void aBlockOfParametersMustHaveTheRightSize() {
    long y = driver.upload(1f);
    MemorySegment block = driver.arena.allocate(32, 8);
    block.set(ValueLayout.JAVA_LONG, 0, y);
    block.set(ValueLayout.JAVA_LONG, 8, driver.upload(2f));
    block.set(ValueLayout.JAVA_FLOAT, 16, 3f);
    block.set(ValueLayout.JAVA_LONG, 24, 1L);
    assertEquals(INVALID_VALUE, launchBlock(block, 28));
    assertSays("axpy takes 32 bytes of parameters; given were 28");
    assertEquals(SUCCESS, launchBlock(block, 32));
    assertArrayEquals(new float[] {7}, driver.floats(y, 1));
  }

  private int launchBlock(MemorySegment block, long bytes) {
    MemorySegment extra = driver.arena.allocate(ValueLayout.JAVA_LONG, 5);
    extra.setAtIndex(ValueLayout.JAVA_LONG, 0, 1);
    extra.setAtIndex(ValueLayout.JAVA_LONG, 1, block.address());
    extra.setAtIndex(ValueLayout.JAVA_LONG, 2, 2);
    extra.setAtIndex(
        ValueLayout.JAVA_LONG,
        3,
        driver.arena.allocateFrom(ValueLayout.JAVA_LONG, bytes).address());
    return driver.call("cuLaunchKernel", axpy, 1, 1, 1, 32, 1, 1, 0, 0L, MemorySegment.NULL, extra);
  }

  @Test
  void aKernelThatIsNotThereIsNamed() {
    MemorySegment result = driver.arena.allocate(8);
    assertEquals(
        NOT_FOUND,
        driver.call("cuModuleGetFunction", result, module, driver.arena.allocateFrom("axpi")));
    assertSays("no kernel axpi");
  }

  private int load(String ptx) {
    return driver.call(
        "cuModuleLoadData", driver.arena.allocate(8), driver.arena.allocateFrom(ptx));
  }

  @Test
  void ptxThatADriverForCuda12CannotReadIsRefused() {
    assertEquals(UNSUPPORTED_PTX_VERSION, load(".version 9.0\n.target sm_75\n.address_size 64\n"));
    assertSays("8.5 at most");
    assertEquals(200, load("no PTX at all"));
  }

  @Test
  void ptxForANewerDeviceIsRefused() {
    driver.device.capability(7, 5);
    assertEquals(INVALID_PTX, load(".version 8.0\n.target sm_80\n.address_size 64\n"));
    assertSays("PTX for sm_80 on a device of capability 7.5");
  }

  @Test
  void anInstructionThatIsNotKnownIsNamedAndNeverSkipped() {
    long unknown =
        driver.moduleOf(
            """
            .version 8.0
            .target sm_75
            .address_size 64
            .visible .entry strange() {
              .reg .b32 %r<4>;
              mov.u32 %r1, 7;
              vadd4.u32.u32.u32.add %r2, %r1, %r1, %r1;
              ret;
            }
            """);
    assertEquals(
        NO_BINARY_FOR_GPU,
        driver.call(
            "cuModuleGetFunction",
            driver.arena.allocate(8),
            unknown,
            driver.arena.allocateFrom("strange")));
    assertSays("kernel strange: the software device does not know the instruction \"vadd4");
    assertSays("(line 7)");
  }

  @Test
  void aFunctionThatTheDeviceHasNotGotSaysItsName() {
    assertEquals(NOT_SUPPORTED, driver.call("cuTexObjectDestroy", 0L));
    assertSays("cuTexObjectDestroy is not part of the software device");
    assertEquals(15, driver.call("cublasCherk_v2"));
    assertSays("cublasCherk_v2");
  }

  @Test
  void functionsTellOfThemselves() {
    MemorySegment value = driver.arena.allocate(4);
    driver.check("cuFuncGetAttribute", value, 0, axpy);
    assertEquals(256, value.get(ValueLayout.JAVA_INT, 0));
    driver.check("cuFuncGetAttribute", value, 1, driver.function(module, "transpose"));
    assertEquals(16 * 17 * 4, value.get(ValueLayout.JAVA_INT, 0));
  }
}
