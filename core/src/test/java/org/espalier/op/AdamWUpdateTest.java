package org.espalier.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.Gradient;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdamWUpdateTest {
  private static final AdamWUpdate STEP = new AdamWUpdate(0.1, 0.5, 0.5, 0.75, 1e-8, 1, 1);

  private static Tensor values(Device device, int rows, int columns) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i * 7 % 11 - 5) / 4f;
    }
    return Tensor.of(values, rows, columns).to(device);
  }

  private static Tensor zeros(Device device) {
    return Tensor.zeros(DType.F32, device, Shape.of(3, 2));
  }

  /// A parameter that is the transpose of its memory.
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void movesATransposedParameterAsOneThatIsNot(String name) {
    Device device = Device.of(name);
    Autograd.noGrad(() -> {
      Tensor across = values(device, 2, 3).transpose();
      Tensor dense = across.copy();
      Tensor momentAcross = values(device, 2, 3).transpose();
      Tensor moment = momentAcross.copy();
      Gradient gradient = new Gradient.Dense(values(device, 3, 2));
      STEP.apply(
          List.of(
              new AdamWUpdate.Slot(across, gradient, momentAcross, zeros(device)),
              new AdamWUpdate.Slot(dense, gradient, moment, zeros(device))));
      assertArrayEquals(dense.toFloatArray(), across.toFloatArray());
      assertArrayEquals(moment.toFloatArray(), momentAcross.toFloatArray());
    });
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void leavesWhatLiesBetweenTheRowsOfAParameterAlone(String name) {
    Device device = Device.of(name);
    Autograd.noGrad(() -> {
      Tensor wide = values(device, 3, 5);
      Tensor before = wide.copy();
      Tensor part = wide.slice(1, 1, 3);
      Tensor dense = part.copy();
      Gradient gradient = new Gradient.Dense(values(device, 2, 3).transpose());
      STEP.apply(
          List.of(
              new AdamWUpdate.Slot(part, gradient, zeros(device), zeros(device)),
              new AdamWUpdate.Slot(dense, gradient, zeros(device), zeros(device))));
      assertArrayEquals(dense.toFloatArray(), wide.slice(1, 1, 3).toFloatArray());
      assertArrayEquals(before.slice(1, 0, 1).toFloatArray(), wide.slice(1, 0, 1).toFloatArray());
      assertArrayEquals(before.slice(1, 3, 5).toFloatArray(), wide.slice(1, 3, 5).toFloatArray());
    });
  }

  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void movesTheNamedRowsOfATransposedTable(String name) {
    Device device = Device.of(name);
    Autograd.noGrad(() -> {
      Tensor across = values(device, 2, 3).transpose();
      Tensor dense = across.copy();
      float[] before = dense.toFloatArray();
      Tensor rows = Tensor.of(new int[] {0, 2}, 2).to(device);
      Gradient gradient =
          new Gradient.RowSparse(rows, values(device, 2, 2).transpose(), Shape.of(3, 2));
      STEP.apply(
          List.of(
              new AdamWUpdate.Slot(across, gradient, zeros(device), zeros(device)),
              new AdamWUpdate.Slot(dense, gradient, zeros(device), zeros(device))));
      assertArrayEquals(dense.toFloatArray(), across.toFloatArray());
      assertArrayEquals(
          new float[] {before[2], before[3]}, across.slice(0, 1, 2).toFloatArray(), "row 1");
    });
  }
}
