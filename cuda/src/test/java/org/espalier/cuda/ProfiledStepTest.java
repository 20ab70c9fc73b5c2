package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.cuda.device.SoftwareDevice;
import org.espalier.op.Attention;
import org.espalier.profile.Phase;
import org.espalier.profile.ProfileRow;
import org.espalier.profile.Profiler;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Who profiles a step sees the step that runs without a profile.
@ExtendWith(OnSoftwareDevice.class)
class ProfiledStepTest {
  private static final Device CUDA = Device.of("cuda:0");

  private static ProfileRow row(Profiler profiler, String op, Phase phase) {
    return profiler.rows().stream()
        .filter(r -> r.op().equals(op) && r.phase() == phase)
        .findFirst()
        .orElseThrow();
  }

  /// Two blocks, four sequences, heads of 32 columns together; a product takes two operations for
  /// each pair and column, forward has two products and backward five.
  @Test
  @Tag("software-device")
  void aProfileCountsAttentionAndAddsNoWait() {
    var plain = new SmallTraining(CUDA);
    var profiled = new SmallTraining(CUDA);
    SoftwareDevice device = SoftwareDevice.get();
    assertEquals(plain.step(0), profiled.step(0));
    device.resetCounters();
    double loss = plain.step(1);
    long waits = device.counters().synchronisations();
    device.resetCounters();
    try (Profiler profiler = Profiler.start()) {
      assertEquals(loss, profiled.step(1));
      assertEquals(waits, device.counters().synchronisations());
      long pairs = 5 * 5 + 1 + 9 * 9 + 3 * 3;
      assertEquals(2 * 2 * 2 * pairs * 32, row(profiler, "Attention", Phase.FORWARD).flops());
      assertEquals(2 * 5 * 2 * pairs * 32, row(profiler, "Attention", Phase.BACKWARD).flops());
    }
  }

  @Test
  void offsetsThatOnlyTheDeviceKnowsCountAsNoOperations() {
    try (Scope _ = Scope.open();
        Profiler profiler = Profiler.start()) {
      Tensor x = Tensor.ones(3, 4).to(CUDA);
      Tensor offsets = Tensor.of(new int[] {-1, 2}).to(CUDA).add(Tensor.of(new int[] {1}).to(CUDA));
      Tensor y = new Attention(1, 1, 1, false, 0, 0, 0).apply(x, x, x, offsets, offsets);
      assertEquals(12, y.sum().item(), 1e-5);
      assertEquals(0, row(profiler, "Attention", Phase.FORWARD).flops());
    }
  }

  @Test
  void aStepIsRecordedUnderAProfileToo() {
    try (var plain = new RecordedTraining(5);
        var profiled = new RecordedTraining(5)) {
      var expected = plain.run(0, 4);
      try (Profiler _ = Profiler.start()) {
        assertEquals(expected, profiled.run(0, 4));
      }
    }
  }
}
