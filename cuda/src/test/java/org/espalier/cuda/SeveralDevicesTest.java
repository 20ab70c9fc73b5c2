package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Gradient;
import org.espalier.autograd.Gradients;
import org.espalier.cuda.device.SoftwareDevice;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.Layout;
import org.espalier.spi.Storage;
import org.espalier.spi.UnaryKernel;
import org.espalier.spi.View;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Two GPUs in one process: each has a context, streams and memory of its own. Work goes on on one
/// whatever becomes of the other.
@Tag("software-device")
@ExtendWith(OnSoftwareDevice.class)
class SeveralDevicesTest {
  private static final Device FIRST = Device.of("cuda:0");
  private static final Device SECOND = Device.of("cuda:1");

  /// One that nobody else has open: what breaks a context breaks it for all.
  private static final int THIRD = 2;

  private static final int LAUNCH_FAILED = 719;
  private static final long ENOUGH = 1L << 31;

  private Scope scope;

  @BeforeAll
  static void twoDevices() {
    SoftwareDevice.get().devices(THIRD + 1);
  }

  @AfterAll
  static void oneDevice() {
    SoftwareDevice.get().devices(1);
  }

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
    SoftwareDevice.get().memoryLimit(ENOUGH);
  }

  @Test
  void tensorsAreCopiedFromOneToTheOther() {
    float[] values = new float[300_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    Tensor there = Tensor.of(values, values.length).to(FIRST).neg().to(SECOND);
    assertEquals(SECOND, there.device());
    assertArrayEquals(values, there.neg().to(FIRST).toFloatArray());
  }

  @Test
  void gradientsFlowFromOneToTheOther() {
    Tensor x = Tensor.of(new float[] {1, 2, 3}).to(FIRST).requireGrad();
    Tensor w = Tensor.of(new float[] {4, 5, 6}).to(SECOND).requireGrad();
    x.mul(x).to(SECOND).mul(w).sum().backward();
    assertEquals(FIRST, x.grad().device());
    assertArrayEquals(new float[] {8, 20, 36}, x.grad().toFloatArray());
    assertArrayEquals(new float[] {1, 4, 9}, w.grad().toFloatArray());
  }

  @Test
  void anOpOnTensorsOfBothSaysWhatToDo() {
    Tensor x = Tensor.ones(3).to(FIRST);
    Tensor y = Tensor.ones(3).to(SECOND);
    TensorException e = assertThrows(TensorException.class, () -> x.add(y));
    String message = e.getMessage();
    assertTrue(message.contains("cuda:0") && message.contains("cuda:1"), message);
    assertTrue(message.contains("to("), message);
    assertArrayEquals(new float[] {2, 2, 2}, x.add(y.to(FIRST)).toFloatArray());
  }

  @Test
  void aKernelRefusesMemoryOfTheOther() {
    View x = new View(take(FIRST), Layout.contiguous(Tensor.ones(3).shape()));
    View y = new View(take(SECOND), Layout.contiguous(Tensor.ones(3).shape()));
    TensorException e =
        assertThrows(
            TensorException.class, () -> Cuda.backend(FIRST).binary(BinaryKernel.ADD, x, y, x));
    assertEquals("a kernel of cuda:0 got memory of cuda:1", e.getMessage());
    x.storage().release();
    y.storage().release();
  }

  private static Storage take(Device device) {
    Storage storage = Cuda.backend(device).allocate(DType.F32, 3);
    storage.retain();
    return storage;
  }

  @Test
  void eachHasItsOwnContextStreamAndMemory() {
    CudaDevice first = Cuda.backend(FIRST).gpu();
    CudaDevice second = Cuda.backend(SECOND).gpu();
    assertNotSame(first.context(), second.context());
    assertNotEquals(first.stream().handle(), second.stream().handle());
    MemoryStats before = Cuda.memory(FIRST);
    long free = Cuda.memory(SECOND).liveBytes();
    Tensor there = Tensor.ones(1 << 16).to(SECOND);
    assertEquals(free + (4 << 16), Cuda.memory(SECOND).liveBytes());
    assertEquals(before, Cuda.memory(FIRST));
    Cuda.trim(FIRST);
    assertEquals(1 << 16, there.sum().item());
  }

  @Test
  void whenOneIsFullTheOtherIsNot() {
    MemoryStats before = Cuda.memory(SECOND);
    Cuda.trim(FIRST);
    SoftwareDevice.get().memoryLimit(8 << 20); // of each, of which cuBLAS has 4
    assertThrows(TensorException.class, () -> Tensor.ones(1 << 21).to(FIRST));
    assertEquals(before.recoveries(), Cuda.memory(SECOND).recoveries());
    assertEquals(100, Tensor.ones(100).to(SECOND).sum().item());
  }

  @Test
  void threadsComputeOnBothAtOnce() throws Exception {
    List<Callable<Double>> tasks = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      int n = i;
      tasks.add(() -> {
        try (Scope _ = Scope.open()) {
          Tensor x = Tensor.ones(50).to(n % 2 == 0 ? FIRST : SECOND);
          return x.mul(x).sum().add(x.sum()).item() + n;
        }
      });
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<Double>> results = threads.invokeAll(tasks);
      for (int i = 0; i < results.size(); i++) {
        assertEquals(100 + i, results.get(i).get());
      }
    }
  }

  @Test
  void trainingOnTheSecondIsTrainingOnTheFirst() {
    var first = new SmallTraining(FIRST);
    var second = new SmallTraining(SECOND);
    long launches = SoftwareDevice.get().counters().launches();
    for (int i = 0; i < 3; i++) {
      assertEquals(first.step(i), second.step(i), "the same bits");
    }
    assertTrue(SoftwareDevice.get().counters().launches() > launches);
  }

  @Test
  void gradientsOnBothHaveOneNorm() {
    Gradient here = new Gradient.Dense(Tensor.of(new float[] {3}).to(FIRST));
    Gradient there = new Gradient.Dense(Tensor.of(new float[] {4}).to(SECOND));
    assertEquals(5, Gradients.norm(List.of(here, there)));
    double[][] gram = Gradients.gram(List.of(List.of(here, there), List.of(here, there)));
    assertEquals(25, gram[0][1]);
    TensorException e =
        assertThrows(
            TensorException.class, () -> Gradients.gram(List.of(List.of(here), List.of(there))));
    assertTrue(e.getMessage().contains("on cuda:0 and cuda:1"), e.getMessage());
  }

  @Test
  void oneThatIsClosedLeavesTheOtherAtWork() {
    try (CudaDevice first = new CudaDevice(0)) {
      CudaDevice second = new CudaDevice(1);
      View x = filled(first, 3);
      View y = filled(second, 4);
      second.close();
      assertThrows(
          TensorException.class, () -> new CudaBackend(second).unary(UnaryKernel.NEG, y, y));
      CudaBackend backend = new CudaBackend(first);
      backend.unary(UnaryKernel.NEG, x, x);
      FloatStorage back = new FloatStorage(new float[1], 1, null);
      backend.read(x, back);
      assertEquals(-3, back.array()[0]);
    }
  }

  @Test
  void oneThatIsBrokenLeavesTheOtherAtWork() {
    CudaDevice third = new CudaDevice(THIRD);
    View y = filled(third, 4);
    SoftwareDevice.get().failNext("execute", 0, LAUNCH_FAILED);
    CudaBackend broken = new CudaBackend(third);
    broken.unary(UnaryKernel.NEG, y, y);
    assertThrows(TensorException.class, broken::synchronize);
    assertEquals(3, Tensor.ones(3).to(FIRST).sum().item());
    assertThrows(TensorException.class, third::close);
  }

  private static View filled(CudaDevice device, double value) {
    View x = device.scratch(DType.F32, 1);
    new CudaBackend(device).fill(x, value);
    return x;
  }
}
