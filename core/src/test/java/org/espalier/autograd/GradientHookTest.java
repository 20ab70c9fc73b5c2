package org.espalier.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.op.Embedding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("counts the live bytes of the pool that all tests share")
class GradientHookTest {
  private static Tensor leaf(double... values) {
    return Tensor.of(values, values.length).requireGrad();
  }

  private static double[] grad(Tensor t) {
    Tensor g = t.grad();
    assertNotNull(g, "no gradient");
    return g.toDoubleArray();
  }

  @Test
  void replacesTheGradientThatFlowsBackThroughAnInnerTensor() {
    Tensor x = leaf(2, 3);
    Tensor h = x.square();
    try (var _ = h.hook(g -> g.mul(10))) {
      h.sum().backward();
    }
    assertArrayEquals(new double[] {40, 60}, grad(x));
  }

  @Test
  void seesTheSumOfAllUsesOnceAPass() {
    Tensor x = leaf(2);
    List<Double> seen = new ArrayList<>();
    try (var _ =
        x.hook(g -> {
          seen.add(g.item());
          return null;
        })) {
      Tensor y = x.mul(3).add(x.mul(4)).add(x);
      Autograd.of(y.sum()).retainGraph().backward();
      y.sum().backward();
    }
    assertEquals(List.of(8.0, 8.0), seen);
    assertArrayEquals(new double[] {16}, grad(x));
  }

  @Test
  void isGoneAfterItsRegistrationClosedAndOthersStay() {
    Tensor x = leaf(1);
    var first = x.hook(g -> g.mul(2));
    var second = x.hook(g -> g.mul(3));
    x.mul(1).sum().backward();
    assertArrayEquals(new double[] {6}, grad(x));
    first.close();
    first.close();
    x.zeroGrad();
    x.mul(1).sum().backward();
    assertArrayEquals(new double[] {3}, grad(x));
    second.close();
    x.zeroGrad();
    x.mul(1).sum().backward();
    assertArrayEquals(new double[] {1}, grad(x));
  }

  @Test
  void runsInTheOrderOfRegistration() {
    Tensor x = leaf(1);
    try (var _ = x.hook(g -> g.add(1));
        var _ = x.hook(g -> g.mul(10))) {
      assertEquals(20, Autograd.of(x.sum()).gradients(x)[0].item());
    }
  }

  @Test
  void changesWhatGradientsReturnsForLeavesAndInnerTensors() {
    Tensor x = leaf(3);
    Tensor h = x.mul(2);
    try (var _ = h.hook(g -> g.mul(5));
        var _ = x.hook(Tensor::neg)) {
      Tensor[] g = Autograd.of(h.sum()).gradients(h, x);
      assertEquals(5, g[0].item());
      assertEquals(-10, g[1].item());
    }
    assertNull(x.grad());
  }

  @Test
  void isDifferentiatedWhenThePassIs() {
    Tensor x = leaf(3);
    try (var _ = x.hook(Tensor::square)) {
      Tensor g = Autograd.of(x.square().sum()).createGraph().gradients(x)[0]; // (2 x)^2
      assertEquals(36, g.item());
    }
    Tensor y = leaf(3);
    Tensor g;
    try (var _ = y.hook(Tensor::square)) {
      g = Autograd.of(y.square().sum()).createGraph().gradients(y)[0];
    }
    assertEquals(24, Autograd.of(g.sum()).gradients(y)[0].item()); // d 4 x^2
  }

  @Test
  void makesTheRowsOfATableDense() {
    Tensor table = Tensor.of(new double[6], 3, 2).requireGrad();
    Tensor ids = Tensor.of(new int[] {2, 2});
    try (var _ =
        table.hook(g -> {
          assertArrayEquals(new double[] {0, 0, 0, 0, 2, 2}, g.toDoubleArray());
          return null;
        })) {
      Embedding.apply(table, ids).sum().backward();
    }
    assertInstanceOf(Gradient.Dense.class, table.gradient());
    table.zeroGrad();
    Embedding.apply(table, ids).sum().backward();
    assertInstanceOf(Gradient.RowSparse.class, table.gradient());
  }

  @Test
  void keepsAGradientThatWasCopiedOutside() {
    Tensor x = leaf(2);
    List<Tensor> kept = new ArrayList<>();
    try (Scope _ = Scope.open();
        var _ =
            x.hook(g -> {
              kept.add(g);
              kept.add(Scope.outside(g::copy));
              return null;
            })) {
      x.square().sum().backward();
    }
    assertThrows(TensorException.class, () -> kept.getFirst().item());
    assertEquals(4, kept.get(1).item());
  }

  @Test
  void mustReturnWhatFits() {
    Tensor x = leaf(1, 2);
    try (var _ = x.hook(Tensor::sum)) {
      var thrown = assertThrows(TensorException.class, () -> x.square().sum().backward());
      assertTrue(thrown.toString().contains("hook on leaf[2]"), thrown.toString());
    }
    assertThrows(TensorException.class, () -> Tensor.scalar(1).hook(g -> g));
  }

  @Test
  void aFailureInAHookLeavesNothingBehind() {
    Tensor x = leaf(1, 2);
    long before = org.espalier.Memory.stats().liveBytes();
    try (Scope _ = Scope.open();
        var _ =
            x.hook(_ -> {
              throw new IllegalStateException("hook");
            })) {
      Tensor y = x.square().sum();
      assertThrows(IllegalStateException.class, y::backward);
    }
    assertEquals(before, org.espalier.Memory.stats().liveBytes());
  }
}
