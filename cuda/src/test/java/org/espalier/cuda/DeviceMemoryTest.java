package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.cuda.device.SoftwareDevice;
import org.espalier.spi.Storage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@Tag("software-device")
@ExtendWith(OnSoftwareDevice.class)
class DeviceMemoryTest {
  private static final Device CUDA = Device.of("cuda:0");
  private static final int OUT_OF_MEMORY = 2;
  private static final long ENOUGH = 1L << 32;

  private CudaBackend backend;
  private SoftwareDevice software;

  @BeforeEach
  void open() {
    backend = Cuda.backend(CUDA);
    software = SoftwareDevice.get();
    Cuda.trim(CUDA);
  }

  @AfterEach
  void enoughAgain() {
    software.memoryLimit(ENOUGH);
  }

  private Storage take(int elements) {
    Storage s = backend.allocate(DType.F32, elements);
    s.retain();
    return s;
  }

  @Test
  void aBlockGoesToTheNextOfItsSize() {
    take(1000).release();
    MemoryStats before = Cuda.memory(CUDA);
    long allocations = software.counters().allocations();
    take(990).release();
    assertEquals(before.hits() + 1, Cuda.memory(CUDA).hits());
    assertEquals(allocations, software.counters().allocations(), "the driver is not asked");
  }

  @Test
  void liveBytesAreThoseThatAreHeld() {
    MemoryStats before = Cuda.memory(CUDA);
    Storage a = take(1 << 16);
    assertEquals(before.liveBytes() + (4 << 16), Cuda.memory(CUDA).liveBytes());
    assertEquals(before.liveBlocks() + 1, Cuda.memory(CUDA).liveBlocks());
    a.release();
    assertEquals(before.liveBytes(), Cuda.memory(CUDA).liveBytes());
  }

  @Test
  void trimGivesFreeBlocksBack() {
    long live = software.counters().liveAllocations();
    take(5000).release();
    assertEquals(live + 1, software.counters().liveAllocations());
    Cuda.trim(CUDA);
    assertEquals(live, software.counters().liveAllocations());
    assertEquals(0, Cuda.memory(CUDA).cachedBytes());
  }

  @Test
  void aFullDeviceFirstGetsItsFreeBlocksBack() {
    take(1 << 20).release();
    long recoveries = Cuda.memory(CUDA).recoveries();
    software.failNext("cuMemAlloc", 0, OUT_OF_MEMORY);
    Storage other = take(1 << 18);
    assertEquals(recoveries + 1, Cuda.memory(CUDA).recoveries());
    assertEquals(0, Cuda.memory(CUDA).cachedBytes());
    other.release();
  }

  @Test
  void tensorsThatNobodyHoldsAreCollectedForIt() {
    long free = software.counters().liveBytes();
    int elements = 1 << 18;
    for (int i = 0; i < 4; i++) {
      backend.allocate(DType.F32, elements); // no holder, as of a tensor outside any scope
    }
    software.memoryLimit(free + 5L * 4 * elements);
    for (int i = 0; i < 4; i++) {
      take(elements).release();
      backend.allocate(DType.F32, elements);
    }
    assertTrue(Cuda.memory(CUDA).recoveries() > 0);
  }

  @Test
  void aRequestThatDoesNotFitTellsTheNumbers() {
    MemoryStats before = Cuda.memory(CUDA);
    software.memoryLimit(1);
    TensorException e = assertThrows(TensorException.class, () -> take(1 << 20));
    String message = e.getMessage();
    assertTrue(message.contains("cuda:0 has no room for 4.2 MB"), message);
    assertTrue(message.contains("Use a smaller batch"), message);
    assertTrue(Cuda.memory(CUDA).liveBytes() <= before.liveBytes(), "nothing stays behind");
    software.memoryLimit(ENOUGH);
    take(1 << 20).release();
  }

  @Test
  void longCopiesArriveWholeThoughThePinnedMemoryIsShort() {
    float[] values = new float[3_000_001];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    try (Scope _ = Scope.open()) {
      Tensor there = Tensor.of(values, values.length).to(CUDA);
      assertArrayEquals(values, there.toFloatArray());
    }
  }

  @Test
  void whatWasWrittenMayChangeAtOnce() {
    try (Scope _ = Scope.open()) {
      float[] values = new float[700_000];
      Tensor[] there = new Tensor[10];
      for (int i = 0; i < there.length; i++) {
        Arrays.fill(values, i);
        there[i] = Tensor.of(values, values.length).to(CUDA);
      }
      for (int i = 0; i < there.length; i++) {
        float[] back = there[i].toFloatArray();
        assertEquals(i, back[0]);
        assertEquals(i, back[back.length - 1]);
      }
    }
  }
}
