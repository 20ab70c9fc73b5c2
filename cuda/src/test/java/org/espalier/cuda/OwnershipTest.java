package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import org.espalier.cuda.device.DeviceCounters;
import org.espalier.cuda.device.SoftwareDevice;
import org.espalier.spi.Storage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// One thread owns a device at a time, whichever asks; and what is closed leaves nothing behind.
@Tag("software-device")
@ExtendWith(OnSoftwareDevice.class)
class OwnershipTest {
  private static final Device CUDA = Device.of("cuda:0");
  private static final int LAUNCH_FAILED = 719;

  @Test
  void anyThreadMayCompute() throws Exception {
    try (ExecutorService platform = Executors.newFixedThreadPool(4)) {
      computeOn(platform);
    }
    try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
      computeOn(virtual);
    }
    assertFalse(Cuda.backend(CUDA).gpu().context().isOwned());
  }

  private static void computeOn(ExecutorService threads) throws Exception {
    List<Callable<float[]>> tasks = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      int n = i;
      tasks.add(() -> {
        try (Scope _ = Scope.open()) {
          Tensor x = Tensor.of(new float[] {n / 20f, 1, 2}, 3).to(CUDA);
          return x.mul(x).add(x).exp().log().toFloatArray();
        }
      });
    }
    List<Future<float[]>> results = threads.invokeAll(tasks);
    for (int i = 0; i < results.size(); i++) {
      float x = i / 20f;
      assertArrayEquals(new float[] {x * x + x, 2, 6}, results.get(i).get(), 1e-5f);
    }
  }

  @Test
  void aLaunchThatIsRefusedIsNamedAndTheNextOneWorks() {
    try (Scope _ = Scope.open()) {
      Tensor x = Tensor.ones(3).to(CUDA);
      SoftwareDevice.get().failNext("cuLaunchKernel", 0, LAUNCH_FAILED);
      TensorException e = assertThrows(TensorException.class, () -> x.mul(x));
      assertTrue(
          e.getMessage().contains("launching binary/mul_f32_flat with blocks [1, 1, 1]"),
          e.getMessage());
      assertArrayEquals(new float[] {2, 2, 2}, x.add(x).toFloatArray());
    }
  }

  @Test
  void aClosedDeviceHasGivenEverythingBack() {
    Cuda.backend(CUDA).synchronize();
    DeviceCounters before = SoftwareDevice.get().counters();
    CudaDevice device = new CudaDevice(0);
    CudaBackend backend = new CudaBackend(device);
    Storage held = backend.allocate(DType.F32, 1000);
    held.retain();
    device.close();
    DeviceCounters after = SoftwareDevice.get().counters();
    assertEquals(before.liveAllocations(), after.liveAllocations());
    assertEquals(before.liveHostAllocations(), after.liveHostAllocations());
    TensorException e =
        assertThrows(TensorException.class, () -> backend.allocate(DType.F32, 1 << 20));
    assertTrue(e.getMessage().contains("cuda:0 was closed"), e.getMessage());
    held.release(); // its block went with the device
    try (Scope _ = Scope.open()) {
      assertEquals(3, Tensor.ones(3).to(CUDA).sum().item(), "others go on");
    }
  }

  @Test
  void parametersThatAreNotTheKernelsAreRefused() {
    CudaDevice device = Cuda.backend(CUDA).gpu();
    Launch wrong = device.kernel("unary", "neg_f32_flat").grid(1, 32).i32(1).i32(2).i32(3);
    TensorException e = assertThrows(TensorException.class, wrong::run);
    assertTrue(
        e.getMessage().contains("takes [u32, u64, u64], was given [u32, u32, u32]"),
        e.getMessage());
  }

  @Test
  void thereIsNoDeviceBeyondTheLast() {
    TensorException e =
        assertThrows(TensorException.class, () -> Tensor.ones(1).to(Device.of("cuda:7")));
    assertTrue(e.getMessage().contains("no device cuda:7: there are 1"), e.getMessage());
    assertThrows(TensorException.class, () -> Tensor.ones(1).to(Device.of("cuda:x")));
  }
}
