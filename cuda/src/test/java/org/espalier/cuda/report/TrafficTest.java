package org.espalier.cuda.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.cuda.OnSoftwareDevice;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

/// A fused kernel that begins to read its input twice fails here.
@Tag("software-device")
@ExtendWith(OnSoftwareDevice.class)
class TrafficTest {
  private static final Device CUDA = Device.of("cuda:0");

  /// How many times the fewest bytes a pass may ask for; 1.02 where none is named. What is more is
  /// read again from caches: weights and tables by each row, keys and values by each tile of
  /// queries.
  private static final Map<String, Double> MOST =
      Map.of(
          "layer norm", 2.0,
          "layer norm, backward", 1.75,
          "RMS norm", 1.5,
          "RMS norm, backward", 1.75,
          "rotary", 1.15,
          "rotary, backward", 1.15,
          "segment mean", 1.15,
          "segment mean, backward", 1.3,
          "attention", 1.6,
          "attention, backward", 3.65);

  /// How many launches a pass may take; 1 where none is named, 2 backward.
  private static final Map<String, Integer> LAUNCHES =
      Map.of("joint norm", 3, "inner products of 3 gradients", 3);

  @TestFactory
  Stream<DynamicTest> noPassAsksForMoreThanItMust() {
    try (Scope _ = Scope.open()) {
      List<Traffic> all = new ArrayList<>();
      Work.all(CUDA).forEach(work -> all.addAll(Traffic.of(work, CUDA)));
      all.addAll(ListWork.traffic(CUDA));
      return all.stream().map(traffic -> dynamicTest(traffic.name(), () -> check(traffic)));
    }
  }

  private static void check(Traffic traffic) {
    int launches = LAUNCHES.getOrDefault(traffic.name(), 1);
    assertTrue(traffic.launches() >= 1, "no such kernel ran");
    assertTrue(
        traffic.launches() <= (traffic.name().endsWith("backward") ? 2 : launches),
        traffic.launches() + " launches");
    assertTrue(traffic.factor() >= 0.99, "fewer bytes than possible: " + traffic.row());
    double most = MOST.getOrDefault(traffic.name(), 1.02);
    assertTrue(traffic.factor() <= most, traffic.row());
    assertEquals(0, traffic.stored() % Float.BYTES);
  }
}
