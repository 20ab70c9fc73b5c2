package org.espalier.cuda.report;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

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
      Map.ofEntries(
          entry("layer norm", 2.0),
          entry("layer norm, backward", 1.75),
          entry("RMS norm", 1.5),
          entry("RMS norm, backward", 1.75),
          entry("rotary", 1.15),
          entry("rotary, backward", 1.15),
          entry("segment mean", 1.15),
          entry("segment mean, backward", 1.3),
          entry("attention", 1.6),
          entry("attention, backward", 3.65),
          entry("attention in BF16", 1.1),
          entry("attention in BF16, backward", 2.5));

  /// How many launches a pass may take; 1 where none is named, 2 backward.
  private static final Map<String, Integer> LAUNCHES =
      Map.of("joint norm", 3, "inner products of 3 gradients", 3);

  @TestFactory
  Stream<DynamicTest> noPassAsksForMoreThanItMust() {
    try (Scope _ = Scope.open()) {
      return Traffic.all(CUDA).stream()
          .map(traffic -> dynamicTest(traffic.name(), () -> check(traffic)));
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
