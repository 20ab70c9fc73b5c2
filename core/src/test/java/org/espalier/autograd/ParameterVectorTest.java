package org.espalier.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.espalier.DType;
import org.espalier.Memory;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.op.Embedding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("counts the live bytes of the pool that all tests share")
class ParameterVectorTest {
  private final Tensor w = Tensor.of(new double[] {1, 2, 3, 4, 5, 6}, 2, 3).requireGrad();
  private final Tensor s = Tensor.of(new double[] {7}).reshape().detach().requireGrad();
  private final Tensor b = Tensor.of(new double[] {8, 9}).requireGrad();
  private final ParameterVector layout = ParameterVector.of(List.of(w, s, b));

  @Test
  void flattensInOrderAndUnflattensToViews() {
    Tensor vector = layout.flatten().detach();
    assertArrayEquals(new double[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, vector.toDoubleArray());
    assertEquals(
        List.of(0, 6, 7, 9), List.of(0, layout.offset(1), layout.offset(2), layout.size()));
    List<Tensor> parts = layout.unflatten(vector);
    assertEquals(Shape.of(2, 3), parts.get(0).shape());
    assertEquals(Shape.SCALAR, parts.get(1).shape());
    parts.get(2).mulInPlace(Tensor.scalar(10));
    parts.get(1).addInPlace(Tensor.scalar(1));
    assertArrayEquals(new double[] {1, 2, 3, 4, 5, 6, 8, 80, 90}, vector.toDoubleArray());
  }

  @Test
  void gradientsFlowThroughBothWays() {
    Tensor g = Autograd.of(layout.flatten().square().sum()).gradients(w)[0];
    assertArrayEquals(new double[] {2, 4, 6, 8, 10, 12}, g.toDoubleArray());
    Tensor vector = layout.flatten().detach().requireGrad();
    List<Tensor> parts = layout.unflatten(vector);
    parts.get(0).sum().add(parts.get(2).square().sum()).backward();
    Tensor back = vector.grad();
    assertNotNull(back);
    assertArrayEquals(new double[] {1, 1, 1, 1, 1, 1, 0, 16, 18}, back.toDoubleArray());
  }

  @Test
  void flattensGradientsOfEveryFormAndZerosForNone() {
    Tensor table = Tensor.of(new double[6], 3, 2).requireGrad();
    Tensor unused = Tensor.of(new double[2]).requireGrad();
    Tensor x = Tensor.of(new double[] {1, 10}, 1, 2);
    Tensor weight = Tensor.of(new double[] {1, 1, 1, 1}, 2, 2).requireGrad();
    ParameterVector all = ParameterVector.of(List.of(unused, table, weight));
    Embedding.apply(table, Tensor.of(new int[] {2, 0, 2})).sum().backward();
    x.linear(weight, null).sum().backward();
    assertArrayEquals(
        new double[] {0, 0, 1, 1, 0, 0, 2, 2, 1, 10, 1, 10},
        all.flattenGradients().toDoubleArray());
    var product = new Gradient.OuterProduct(Tensor.of(new double[] {2, 3}, 1, 2), x);
    var list = java.util.Arrays.asList(null, null, product);
    assertArrayEquals(
        new double[] {0, 0, 0, 0, 0, 0, 0, 0, 2, 20, 3, 30},
        all.flattenGradients(list).toDoubleArray());
  }

  @Test
  void assignsValuesAndGradients() {
    Tensor vector = Tensor.of(new double[] {9, 8, 7, 6, 5, 4, 3, 2, 1});
    layout.assign(vector);
    assertEquals(3, s.item());
    assertArrayEquals(new double[] {2, 1}, b.toDoubleArray());
    layout.setGradients(vector);
    assertArrayEquals(vector.toDoubleArray(), layout.flattenGradients().toDoubleArray());
    b.mul(1).sum().backward(); // accumulates into a copy: the vector stays
    assertArrayEquals(new double[] {9, 8, 7, 6, 5, 4, 3, 2, 1}, vector.toDoubleArray());
    Tensor g = b.grad();
    assertNotNull(g);
    assertArrayEquals(new double[] {3, 2}, g.toDoubleArray());
  }

  @Test
  void givesTheMemoryOfSharedGradientsBack() {
    long before = Memory.stats().liveBytes();
    try (Scope _ = Scope.open()) {
      layout.setGradients(Tensor.of(new double[9]));
    }
    assertEquals(before + 128, Memory.stats().liveBytes());
    for (Tensor t : List.of(w, s, b)) {
      t.zeroGrad();
    }
    assertEquals(before, Memory.stats().liveBytes());
  }

  @Test
  void refusesWhatDoesNotFit() {
    assertThrows(TensorException.class, () -> ParameterVector.of(List.of()));
    assertThrows(TensorException.class, () -> ParameterVector.of(List.of(w, Tensor.ones(2))));
    assertThrows(TensorException.class, () -> layout.unflatten(Tensor.of(new double[8])));
    assertThrows(
        TensorException.class, () -> layout.assign(Tensor.of(new double[9]).to(DType.F32)));
    assertThrows(TensorException.class, () -> layout.flattenGradients(List.of()));
    assertThrows(
        TensorException.class,
        () -> layout.flattenGradients(java.util.Arrays.asList(new Gradient.Dense(b), null, null)));
  }
}
