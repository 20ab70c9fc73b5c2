package org.espalier.cuda;

import java.util.List;
import java.util.stream.IntStream;
import org.espalier.Device;
import org.espalier.cuda.planted.TrialProvider;
import org.espalier.testkit.OpCase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/// Some of the op cases with every tensor in a block of its very size: a kernel that steps beyond
/// an end by one element is named, where a rounded size would hide it.
@Tag("software-device")
class ExactMemoryOpCaseTest extends CudaOpCaseTest {
  /// Which part of the cases runs; a prime, so that it takes from every table.
  private static final int PART = 7;

  private static CudaDevice device;

  @BeforeAll
  static void openExact() {
    System.setProperty(DeviceMemory.MODE, "exact");
    try {
      device = new CudaDevice(0);
    } finally {
      System.clearProperty(DeviceMemory.MODE);
    }
    TrialProvider.put(new CudaBackend(device));
  }

  @AfterAll
  static void close() {
    TrialProvider.put(null);
    device.close();
  }

  @Override
  protected List<OpCase> cases() {
    List<OpCase> all = super.cases();
    return IntStream.range(0, all.size()).filter(i -> i % PART == 0).mapToObj(all::get).toList();
  }

  @Override
  protected Device device() {
    return TrialProvider.TRIAL;
  }
}
