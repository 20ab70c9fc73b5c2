package org.espalier.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RotaryTest {
  private static final int HEAD = 8;
  private static final RotaryTable TABLE =
      RotaryTable.of(64, HEAD, 10000, DType.F64, Device.REFERENCE);

  private static Tensor random(int seed, int rows, int columns) {
    double[] values = new Random(seed).doubles((long) rows * columns, -1, 1).toArray();
    return Tensor.of(values, rows, columns).to(Device.REFERENCE);
  }

  private static Tensor positions(int... values) {
    return Tensor.of(values).to(Device.REFERENCE);
  }

  /// What the embedding is for: a score knows the distance of query and key, not their places.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void productsDependOnTheDistanceOfPositionsAlone(boolean interleaved) {
    Tensor q = random(1, 1, HEAD);
    Tensor k = random(2, 1, HEAD);
    double near = score(q, 5, k, 2, interleaved);
    assertEquals(near, score(q, 43, k, 40, interleaved), 1e-12);
    assertTrue(Math.abs(near - score(q, 43, k, 41, interleaved)) > 1e-3);
  }

  private static double score(Tensor q, int atQ, Tensor k, int atK, boolean interleaved) {
    Tensor a = Rotary.apply(q, positions(atQ), TABLE, interleaved);
    Tensor b = Rotary.apply(k, positions(atK), TABLE, interleaved);
    return a.mul(b).sum().item();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theFormForBackendsWithoutTheKernelIsTheSame(boolean interleaved) {
    Tensor x = random(3, 4, 3 * HEAD);
    Tensor at = positions(0, 9, 63, 1);
    for (boolean inverse : new boolean[] {false, true}) {
      Rotary op = new Rotary(interleaved, inverse);
      Tensor fused = Autograd.apply(op, x, at, TABLE.cos(), TABLE.sin());
      Tensor composed = op.composed(x, at, TABLE.cos(), TABLE.sin());
      assertArrayEquals(fused.toDoubleArray(), composed.toDoubleArray(), 1e-15);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theInverseTurnsBack(boolean interleaved) {
    Tensor x = random(3, 2, 2 * HEAD);
    Tensor at = positions(7, 30);
    Tensor turned = Rotary.apply(x, at, TABLE, interleaved);
    Tensor back =
        Autograd.apply(new Rotary(interleaved, true), turned, at, TABLE.cos(), TABLE.sin());
    assertArrayEquals(x.toDoubleArray(), back.toDoubleArray(), 1e-14);
  }

  @Test
  void theTableOutlivesTheScopeItWasMadeIn() {
    RotaryTable table;
    try (Scope _ = Scope.open()) {
      table = RotaryTable.of(3, 4, 10000, DType.F32, Device.CPU);
    }
    assertEquals(Shape.of(3, 2), table.cos().shape());
    assertArrayEquals(
        new float[] {0, 0, (float) Math.sin(1), (float) Math.sin(0.01)},
        table.sin().slice(0, 0, 2).toFloatArray());
  }

  @Test
  void refusesWhatDoesNotFit() {
    Tensor x = random(3, 2, HEAD);
    refused("outside the table", () -> Rotary.apply(x, positions(0, 64), TABLE, false));
    refused("needs [rows", () -> Rotary.apply(x, positions(0), TABLE, false));
    refused("needs [rows", () -> Rotary.apply(random(1, 2, 12), positions(0, 1), TABLE, false));
    refused("F64", () -> Rotary.apply(x.to(DType.F32), positions(0, 1), TABLE, false));
    refused("even headDim", () -> RotaryTable.of(4, 3, 10000, DType.F32, Device.CPU));
    refused("F32 or F64", () -> RotaryTable.of(4, 4, 10000, DType.I32, Device.CPU));
    RotaryTable cpu = RotaryTable.of(2, HEAD, 10000, DType.F32, Device.CPU);
    refused(
        "outside the table",
        () -> Rotary.apply(Tensor.ones(1, HEAD), Tensor.of(new int[] {-1}), cpu, true));
  }

  private static void refused(String says, Runnable call) {
    var thrown = assertThrows(TensorException.class, call::run);
    assertTrue(thrown.toString().contains(says), thrown.toString());
  }
}
