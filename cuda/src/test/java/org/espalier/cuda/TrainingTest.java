package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.espalier.Device;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Whole training steps of a small encoder, beside the same on the CPU.
@ExtendWith(OnSoftwareDevice.class)
class TrainingTest {
  private static final int STEPS = 10;

  @Test
  void tenStepsOfBertLoseAsMuchAsOnTheCpu() {
    double[] expected = losses(Device.CPU);
    double[] actual = losses(Device.of("cuda:0"));
    assertArrayEquals(expected, actual, 1e-4, "losses of " + STEPS + " steps");
    assertTrue(expected[STEPS - 1] < expected[0], "it learns");
  }

  private static double[] losses(Device device) {
    var training = new SmallTraining(device);
    return IntStream.range(0, STEPS).mapToDouble(training::step).toArray();
  }
}
