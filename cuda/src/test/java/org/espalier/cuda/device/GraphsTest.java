package org.espalier.cuda.device;

import static org.espalier.cuda.device.RawDriver.CAPTURE_INVALIDATED;
import static org.espalier.cuda.device.RawDriver.CAPTURE_UNJOINED;
import static org.espalier.cuda.device.RawDriver.CAPTURE_UNSUPPORTED;
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

/// Work captured from streams and replayed as graphs.
final class GraphsTest {
  private static final int GLOBAL = 0;
  private static final int THREAD_LOCAL = 1;
  private static final int RELAXED = 2;
  private static final int TWO = 0x4000_0000;

  private RawDriver driver;
  private long axpy;
  private long stream;

  @BeforeEach
  void open() {
    driver = new RawDriver();
    axpy = driver.function(driver.module("good.ptx"), "axpy");
    stream = driver.stream();
  }

  @AfterEach
  void close() {
    driver.close();
  }

  private void add(long where, long y, long x, float factor) {
    assertEquals(SUCCESS, driver.launch(axpy, Grid.of(1, 32), where, y, x, factor, 1L));
  }

  private long end() {
    MemorySegment graph = driver.arena.allocate(8);
    driver.check("cuStreamEndCapture", stream, graph);
    return graph.get(ValueLayout.JAVA_LONG, 0);
  }

  private int endFailing() {
    return driver.call("cuStreamEndCapture", stream, driver.arena.allocate(8));
  }

  private long instantiate(long graph) {
    return driver.handle("cuGraphInstantiateWithFlags", graph, 0L);
  }

  @Test
  void captureRunsNothingAndReplayRunsAll() {
    long y = driver.upload(1f);
    long x = driver.upload(10f);
    driver.check("cuStreamBeginCapture_v2", stream, THREAD_LOCAL);
    driver.check("cuMemsetD32Async", x, TWO, 1L, stream);
    add(stream, y, x, 1f);
    long executable = instantiate(end());
    assertArrayEquals(new float[] {1}, driver.floats(y, 1));
    driver.device.resetCounters();
    for (int i = 0; i < 3; i++) {
      driver.check("cuGraphLaunch", executable, stream);
    }
    driver.check("cuStreamSynchronize", stream);
    assertArrayEquals(new float[] {7}, driver.floats(y, 1));
    DeviceCounters counters = driver.device.counters();
    assertEquals(3, counters.graphLaunches());
    assertEquals(0, counters.launches());
    assertEquals(3, counters.kernel("axpy").launches());
  }

  @Test
  void nodesAreListedAndKernelsChanged() {
    long y = driver.upload(1f);
    long x = driver.upload(10f);
    driver.check("cuStreamBeginCapture_v2", stream, RELAXED);
    driver.check("cuMemsetD32Async", x, TWO, 1L, stream);
    add(stream, y, x, 1f);
    long graph = end();
    MemorySegment count = driver.arena.allocate(8);
    driver.check("cuGraphGetNodes", graph, MemorySegment.NULL, count);
    assertEquals(2, count.get(ValueLayout.JAVA_LONG, 0));
    MemorySegment nodes = driver.arena.allocate(ValueLayout.JAVA_LONG, 2);
    driver.check("cuGraphGetNodes", graph, nodes, count);
    long kernel = nodes.getAtIndex(ValueLayout.JAVA_LONG, 1);
    MemorySegment type = driver.arena.allocate(4);
    driver.check("cuGraphNodeGetType", nodes.getAtIndex(ValueLayout.JAVA_LONG, 0), type);
    assertEquals(2, type.get(ValueLayout.JAVA_INT, 0), "a fill");
    driver.check("cuGraphNodeGetType", kernel, type);
    assertEquals(0, type.get(ValueLayout.JAVA_INT, 0), "a kernel");
    long executable = instantiate(graph);
    driver.check("cuGraphExecKernelNodeSetParams_v2", executable, kernel, kernelNode(y, x, 100f));
    driver.check("cuGraphLaunch", executable, stream);
    driver.check("cuStreamSynchronize", stream);
    assertArrayEquals(new float[] {201}, driver.floats(y, 1));
  }

  /// CUDA_KERNEL_NODE_PARAMS for one block of 32 threads of axpy.
  private MemorySegment kernelNode(long y, long x, float factor) {
    MemorySegment node = driver.arena.allocate(56, 8);
    node.set(ValueLayout.JAVA_LONG, 0, axpy);
    int[] shape = {1, 1, 1, 32, 1, 1, 0};
    for (int i = 0; i < shape.length; i++) {
      node.set(ValueLayout.JAVA_INT, 8 + 4L * i, shape[i]);
    }
    node.set(ValueLayout.ADDRESS, 40, driver.parameters(y, x, factor, 1L));
    return node;
  }

  @Test
  void aGraphReadsHostMemoryWhenItIsReplayed() {
    MemorySegment buffer =
        MemorySegment.ofAddress(driver.handle("cuMemHostAlloc", 4L, 0)).reinterpret(4);
    long x = driver.allocate(4);
    buffer.set(ValueLayout.JAVA_FLOAT, 0, 1f);
    driver.check("cuStreamBeginCapture_v2", stream, THREAD_LOCAL);
    driver.check("cuMemcpyHtoDAsync_v2", x, buffer, 4L, stream);
    long executable = instantiate(end());
    buffer.set(ValueLayout.JAVA_FLOAT, 0, 9f);
    driver.check("cuGraphLaunch", executable, stream);
    driver.check("cuStreamSynchronize", stream);
    assertArrayEquals(new float[] {9}, driver.floats(x, 1));
  }

  @Test
  void aReplayOntoFreedMemoryIsCaught() {
    long y = driver.upload(1f);
    long x = driver.upload(10f);
    driver.check("cuStreamBeginCapture_v2", stream, THREAD_LOCAL);
    add(stream, y, x, 1f);
    long executable = instantiate(end());
    driver.check("cuMemFree_v2", x);
    driver.check("cuGraphLaunch", executable, stream);
    assertEquals(RawDriver.ILLEGAL_ADDRESS, driver.call("cuStreamSynchronize", stream));
    assertTrue(driver.device.describe().contains("freed memory"));
  }

  @Test
  void waitingForACapturedStreamSpoilsTheCapture() {
    driver.check("cuStreamBeginCapture_v2", stream, RELAXED);
    assertEquals(CAPTURE_UNSUPPORTED, driver.call("cuStreamSynchronize", stream));
    assertTrue(
        driver
            .device
            .describe()
            .contains("cuStreamSynchronize of a stream that is being captured"));
    assertEquals(CAPTURE_INVALIDATED, endFailing());
    driver.check("cuStreamSynchronize", stream);
  }

  @Test
  void allocatingSpoilsACaptureThatIsNotRelaxed() {
    driver.check("cuStreamBeginCapture_v2", stream, GLOBAL);
    assertEquals(CAPTURE_UNSUPPORTED, driver.call("cuMemAlloc_v2", driver.arena.allocate(8), 4L));
    assertTrue(driver.device.describe().contains("cuMemAlloc is not allowed"));
    assertEquals(CAPTURE_INVALIDATED, endFailing());
    driver.check("cuStreamBeginCapture_v2", stream, RELAXED);
    driver.allocate(4);
    end();
  }

  @Test
  void aSecondStreamJoinsByAnEventAndMustBeJoinedBack() {
    long other = driver.stream();
    long fork = driver.handle("cuEventCreate", 2);
    long join = driver.handle("cuEventCreate", 2);
    long y = driver.upload(1f);
    long x = driver.upload(10f);
    driver.check("cuStreamBeginCapture_v2", stream, THREAD_LOCAL);
    driver.check("cuEventRecord", fork, stream);
    driver.check("cuStreamWaitEvent", other, fork, 0);
    add(other, y, x, 1f);
    assertEquals(CAPTURE_UNJOINED, endFailing());

    driver.check("cuStreamBeginCapture_v2", stream, THREAD_LOCAL);
    driver.check("cuEventRecord", fork, stream);
    driver.check("cuStreamWaitEvent", other, fork, 0);
    add(other, y, x, 1f);
    driver.check("cuEventRecord", join, other);
    driver.check("cuStreamWaitEvent", stream, join, 0);
    long executable = instantiate(end());
    driver.check("cuGraphLaunch", executable, stream);
    driver.check("cuStreamSynchronize", stream);
    assertArrayEquals(new float[] {11}, driver.floats(y, 1));
  }
}
