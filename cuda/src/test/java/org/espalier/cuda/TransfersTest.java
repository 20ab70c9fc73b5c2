package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.cuda.device.SoftwareDevice;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.Layout;
import org.espalier.spi.Storage;
import org.espalier.spi.UnaryKernel;
import org.espalier.spi.View;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// The device's streams are lazy: nothing runs before something waits, so what is written too early
/// or used too late is seen.
@Tag("software-device")
@ExtendWith(OnSoftwareDevice.class)
class TransfersTest {
  private static final int N = 1000;

  private CudaDevice device;
  private CudaBackend backend;

  @BeforeEach
  void open() {
    device = new CudaDevice(0);
    backend = new CudaBackend(device);
  }

  @AfterEach
  void close() {
    device.close();
  }

  private View take(int elements) {
    Storage storage = backend.allocate(DType.F32, elements);
    storage.retain();
    return new View(storage, Layout.contiguous(Shape.of(elements)));
  }

  private static FloatStorage host(float value) {
    float[] values = new float[N];
    Arrays.fill(values, value);
    return new FloatStorage(values, N, null);
  }

  private float[] read(View x) {
    FloatStorage back = host(0);
    backend.read(x, back);
    return back.array();
  }

  /// Writes elsewhere until the pinned memory is used up, so that copies to the device are waited
  /// for: but not the kernels, which still wait to run.
  private void copiesGoAhead() {
    View other = take(2_000_000);
    backend.write(new FloatStorage(new float[2_000_000], 2_000_000, null), other);
  }

  @Test
  void whatIsWrittenNextWaitsForThoseWhoStillRead() {
    View x = take(N);
    View y = take(N);
    backend.write(host(1), x);
    backend.unary(UnaryKernel.NEG, x, y);
    backend.write(host(5), x);
    copiesGoAhead();
    assertArrayEquals(host(-1).array(), read(y), "the kernel saw what was there when it was asked");
    assertArrayEquals(host(5).array(), read(x));
  }

  @Test
  void aBlockThatComesBackIsNotWrittenUnderItsLastUser() {
    View x = take(N);
    View y = take(N);
    backend.write(host(1), x);
    backend.unary(UnaryKernel.NEG, x, y);
    x.storage().release();
    View again = take(N); // the same block, while the kernel still waits to run
    backend.write(host(7), again);
    copiesGoAhead();
    assertArrayEquals(host(-1).array(), read(y));
    assertArrayEquals(host(7).array(), read(again));
  }

  @Test
  void manyWritesGoRoundThePinnedMemory() {
    View[] there = new View[3000];
    for (int i = 0; i < there.length; i++) {
      there[i] = take(N);
      backend.write(host(i), there[i]);
    }
    for (int i = 0; i < there.length; i++) {
      assertEquals(i, read(there[i])[N - 1]);
    }
  }

  @Test
  void writesWaitForNothing() {
    View x = take(N);
    backend.write(host(1), x);
    backend.synchronize();
    SoftwareDevice.get().resetCounters();
    backend.write(host(2), x);
    backend.write(host(3), take(N));
    assertEquals(0, SoftwareDevice.get().counters().synchronisations());
  }
}
