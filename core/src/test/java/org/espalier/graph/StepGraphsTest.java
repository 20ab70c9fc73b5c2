package org.espalier.graph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Steps on devices that compute at once; those that record are tested beside their backend.
class StepGraphsTest {
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void computesEachRunFromItsOwnInput(String name) {
    Device device = Device.of(name);
    List<Integer> counted = new ArrayList<>();
    try (Scope _ = Scope.open();
        var steps =
            new StepGraphs<Integer>(
                device,
                4,
                step -> {
                  assertFalse(step.isRecorded());
                  assertFalse(StepGraphs.isRecording(device));
                  step.afterwards(counted::add);
                  Tensor x = step.feed(n -> Tensor.of(new float[] {n, 2 * n}));
                  return List.of(x.add(1), x.mul(step.seed(n -> 10L * n)));
                })) {
      for (int n = 1; n <= 3; n++) {
        List<Tensor> results = steps.run("key", n);
        assertEquals(device, results.getFirst().device());
        assertArrayEquals(new float[] {n + 1, 2 * n + 1}, results.get(0).toFloatArray());
        assertArrayEquals(new float[] {10 * n * n, 20 * n * n}, results.get(1).toFloatArray());
      }
      assertEquals(List.of(1, 2, 3), counted);
      assertEquals(new StepGraphs.Stats(3, 0, 0, 0), steps.stats());
    }
  }

  @Test
  void theNextRunClosesTheResults() {
    Tensor second;
    try (Scope _ = Scope.open();
        var steps =
            StepGraphs.<Integer>eager(
                Device.CPU, step -> List.of(step.feed(n -> Tensor.scalar(n)).add(1)))) {
      Tensor first = steps.run("key", 1).getFirst();
      second = steps.run("key", 2).getFirst();
      assertTrue(first.isClosed());
      assertEquals(3, second.item());
    }
    assertTrue(second.isClosed());
  }

  @Test
  void aStepThatFailsDoesNothingAfterwards() {
    List<Integer> counted = new ArrayList<>();
    try (var steps =
        StepGraphs.<Integer>eager(
            Device.CPU,
            step -> {
              step.afterwards(counted::add);
              if (step.input() == 2) {
                throw new TensorException("two");
              }
              return List.of();
            })) {
      steps.run("key", 1);
      assertThrows(TensorException.class, () -> steps.run("key", 2));
      steps.run("key", 3);
      assertEquals(List.of(1, 3), counted);
    }
  }

  @Test
  void whatIsFedIsMadeOnTheCpu() {
    try (Scope _ = Scope.open();
        var steps =
            StepGraphs.<Integer>eager(
                Device.CPU,
                step -> List.of(step.feed(n -> Tensor.scalar(n).to(Device.REFERENCE))))) {
      var e = assertThrows(TensorException.class, () -> steps.run("key", 1));
      assertTrue(
          String.valueOf(e.getMessage()).contains("was fed a tensor on reference"), e.getMessage());
    }
    assertThrows(
        TensorException.class, () -> new StepGraphs<Integer>(Device.CPU, 0, _ -> List.of()));
  }
}
