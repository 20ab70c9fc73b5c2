package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// A training by recorded steps that is saved in the middle and goes on, in the same process with
/// the graphs that there are, and in a new one.
@ExtendWith(OnSoftwareDevice.class)
class RecordedCheckpointTest {
  private static final int HALF = 6;

  @Test
  void goesOnToTheBitFromASavedState() {
    try (Scope _ = Scope.open();
        var first = new RecordedTraining(3)) {
      first.run(0, HALF);
      Map<String, Tensor> parameters = copied(first.root.all());
      Map<String, Tensor> moments = copied(first.optimiser.state());
      List<Double> expected = first.run(HALF, 2 * HALF);

      first.restore(parameters, moments);
      assertEquals(expected, first.run(HALF, 2 * HALF), "with the same graphs");
      try (var second = new RecordedTraining(8)) {
        second.restore(parameters, moments);
        assertEquals(expected, second.run(HALF, 2 * HALF), "with new graphs");
        second
            .root
            .all()
            .forEach((name, t) ->
                assertArrayEquals(
                    Objects.requireNonNull(first.root.all().get(name)).toFloatArray(),
                    t.toFloatArray(),
                    0,
                    name));
      }
    }
  }

  private static Map<String, Tensor> copied(Map<String, Tensor> some) {
    Map<String, Tensor> copies = new LinkedHashMap<>();
    some.forEach((name, t) -> copies.put(name, t.detach().to(Device.CPU).copy()));
    return copies;
  }
}
