package org.espalier.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.espalier.Device;
import org.espalier.Memory;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("counts the live bytes of the pool that all tests share")
class AutogradTest {
  private static Tensor leaf(double... values) {
    return Tensor.of(values, values.length).requireGrad();
  }

  private static double[] grad(Tensor t) {
    Tensor g = t.grad();
    assertNotNull(g, "no gradient");
    return g.toDoubleArray();
  }

  @Test
  void backwardFollowsTheChainRule() {
    Tensor x = leaf(1, 2, 3);
    Tensor y = leaf(4, 5, 6);
    x.mul(y).add(x.square()).sum().backward();
    assertArrayEquals(new double[] {6, 9, 12}, grad(x));
    assertArrayEquals(new double[] {1, 2, 3}, grad(y));
  }

  @Test
  void aChainOfAHundredThousandNodesDoesNotOverflowTheStack() {
    try (Scope _ = Scope.open()) {
      Tensor x = leaf(0.5);
      Tensor y = x;
      for (int i = 0; i < 100_000; i++) {
        y = y.neg();
      }
      y.sum().backward();
      assertArrayEquals(new double[] {1}, grad(x));
    }
  }

  @Test
  void aLongChainIsLetGoOfWithoutRecursionByItsScopeAndByTheCollector() {
    Tensor x = leaf(0.5);
    long before = Memory.stats().liveBytes();
    try (Scope _ = Scope.open()) {
      Tensor y = x;
      for (int i = 0; i < 100_000; i++) {
        y = y.square();
      }
      assertTrue(y.requiresGrad());
    }
    assertEquals(before, Memory.stats().liveBytes(), "values that only the dead graph held");
    Tensor outside = x;
    for (int i = 0; i < 100_000; i++) {
      outside = outside.neg();
    }
    var gone = new java.lang.ref.WeakReference<>(outside);
    outside = x;
    for (int i = 0; i < 20 && gone.get() != null; i++) {
      System.gc();
    }
    assertNull(gone.get());
    assertFalse(outside.isClosed());
  }

  @Test
  void viewsOfViewsOfViewsGetTheirPartOfTheGradient() {
    Tensor x = leaf(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    Tensor grid = x.reshape(3, 4);
    Tensor column = grid.transpose().slice(0, 1, 3).slice(1, 1, 3); // x[5], x[9]; x[6], x[10]
    Tensor wide = column.reshape(2, 2, 1).expand(org.espalier.Shape.of(2, 2, 3));
    wide.mul(grid.slice(0, 0, 1).slice(1, 0, 3).reshape(3)).sum().backward();
    // each of the four is multiplied by x[0] + x[1] + x[2] = 3, and those three by 5 + 9 + 6 + 10
    assertArrayEquals(new double[] {30, 30, 30, 0, 0, 3, 3, 0, 0, 3, 3, 0}, grad(x));
  }

  @Test
  void aDiamondCountsEveryPath() {
    Tensor x = leaf(3);
    Tensor a = x.mul(2);
    Tensor b = a.mul(a); // 4 x^2
    b.add(a).sum().backward();
    assertArrayEquals(new double[] {26}, grad(x));
  }

  @Test
  void aTensorAddedToItselfCountsTwice() {
    Tensor x = leaf(3, 4);
    x.add(x).sum().backward();
    assertArrayEquals(new double[] {2, 2}, grad(x));
  }

  @Test
  void secondBackwardAccumulatesAndZeroGradForgets() {
    Tensor x = leaf(3);
    x.square().sum().backward();
    x.mul(10).sum().backward();
    assertArrayEquals(new double[] {16}, grad(x));
    x.zeroGrad();
    assertNull(x.grad());
  }

  @Test
  void gradientsLeaveGradAlone() {
    Tensor x = leaf(3);
    Tensor y = x.square();
    Tensor[] g = Autograd.of(y.sum()).gradients(x, y);
    assertArrayEquals(new double[] {6}, g[0].toDoubleArray());
    assertArrayEquals(new double[] {1}, g[1].toDoubleArray());
    assertNull(x.grad());
  }

  @Test
  void gradientsOfSeveralOutputsAddUp() {
    Tensor x = leaf(2, 3);
    Tensor[] g =
        Autograd.of(x.square(), x.sum())
            .outputGradients(
                Tensor.of(new double[] {1, 10}, 2), Tensor.of(new double[] {5}, 1).reshape())
            .gradients(x);
    assertArrayEquals(new double[] {9, 65}, g[0].toDoubleArray());
  }

  @Test
  void theSameInputTwiceGetsTheSameGradientTwice() {
    Tensor x = leaf(3);
    Tensor[] g = Autograd.of(x.square().sum()).gradients(x, x);
    assertArrayEquals(g[0].toDoubleArray(), g[1].toDoubleArray());
    g[0].mulInPlace(Tensor.scalar(0));
    assertFalse(g[0].isClosed() || g[1].isClosed());
  }

  @Test
  void anInputWithoutInfluenceIsAnErrorUnlessZerosAreMeant() {
    Tensor x = leaf(3);
    Tensor unused = leaf(1, 2);
    var thrown =
        assertThrows(
            TensorException.class, () -> Autograd.of(x.square().sum()).gradients(x, unused));
    assertTrue(thrown.toString().contains("input 1"), thrown.toString());
    Tensor[] g = Autograd.of(x.square().sum()).zerosForUnused().gradients(x, unused);
    assertArrayEquals(new double[] {0, 0}, g[1].toDoubleArray());
  }

  @Test
  void noGradientAndAZeroGradientAreDifferentThings() {
    Tensor used = leaf(3);
    Tensor unused = leaf(1, 2);
    var g = Autograd.of(used.mul(0).sum()).gradientsOrNull(used, unused);
    Tensor zero = g[0];
    assertNotNull(zero);
    assertArrayEquals(new double[] {0}, zero.toDoubleArray());
    assertNull(g[1]);
    used.mul(0).sum().backward();
    assertArrayEquals(new double[] {0}, grad(used));
    assertNull(unused.grad());
  }

  @Test
  void severalOutputsAndSeveralInputsInOneCall() {
    Tensor x = leaf(2, 3);
    Tensor y = leaf(5, 7);
    Tensor product = x.mul(y);
    Tensor[] g =
        Autograd.of(product, x.sum(), product.square())
            .outputGradients(
                Tensor.of(new double[] {1, 10}),
                Tensor.of(new double[] {100}).reshape(),
                Tensor.of(new double[] {1, 0}))
            .gradients(x, y, product);
    assertArrayEquals(new double[] {5 + 100 + 2 * 10 * 5, 70 + 100}, g[0].toDoubleArray());
    assertArrayEquals(new double[] {2 + 2 * 10 * 2, 30}, g[1].toDoubleArray());
    assertArrayEquals(new double[] {1 + 20, 10}, g[2].toDoubleArray());
  }

  @Test
  void anOutputWhoseScopeIsClosedIsAnErrorThatSaysSo() {
    Tensor x = leaf(3);
    Tensor y;
    try (Scope _ = Scope.open()) {
      y = x.square().sum();
    }
    var thrown = assertThrows(TensorException.class, y::backward);
    assertTrue(thrown.toString().contains("scope.keep"), thrown.toString());
  }

  @Test
  void detachedValuesAreConstantsOnTheSameMemory() {
    Tensor x = leaf(3);
    Tensor y = x.square();
    y.detach().mul(x).sum().backward(); // 9 x
    assertArrayEquals(new double[] {9}, grad(x));
    Autograd.noGrad(() -> y.addInPlace(Tensor.scalar(1)));
    assertEquals(10, y.detach().item());
  }

  @Test
  void aThreadStartedInsideNoGradRecordsUnlessToldOtherwise() throws InterruptedException {
    Tensor x = leaf(3);
    boolean[] recorded = new boolean[2];
    Thread other =
        Autograd.noGrad(() -> {
          Thread t = new Thread(() -> recorded[0] = x.square().requiresGrad());
          t.start();
          return t;
        });
    other.join();
    // the engine's own threads work for the caller and have no say
    org.espalier.Espalier.withThreads(
        2,
        () ->
            recorded[1] =
                Autograd.noGrad(() ->
                    Tensor.ones(300, 300)
                        .matmul(
                            x.reshape(1, 1)
                                .to(org.espalier.DType.F32)
                                .expand(org.espalier.Shape.of(300, 300)))
                        .requiresGrad()));
    assertTrue(recorded[0]);
    assertFalse(recorded[1]);
  }

  @Test
  void inputsAndOutputsNeedAHistory() {
    Tensor x = leaf(3);
    Tensor plain = Tensor.of(new double[] {1}, 1);
    assertThrows(TensorException.class, () -> Autograd.of(x.sum()).gradients(plain));
    assertThrows(TensorException.class, () -> plain.sum().backward());
    var thrown = assertThrows(TensorException.class, () -> leaf(1, 2).square().backward());
    assertTrue(thrown.toString().contains("outputGradients"), thrown.toString());
    assertThrows(TensorException.class, () -> Autograd.of(x.square()).outputGradients(leaf(1, 2)));
    assertThrows(TensorException.class, () -> Tensor.of(new int[] {1}, 1).requireGrad());
  }

  /// f = sum(x^3) has the Hessian diag(6 x).
  @Test
  void hessianVectorProduct() {
    Tensor x = leaf(1, -2, 3);
    Tensor v = Tensor.of(new double[] {10, 20, 30}, 3);
    Tensor g = Autograd.of(x.square().mul(x).sum()).createGraph().gradients(x)[0];
    Tensor[] product = Autograd.of(g.mul(v).sum()).gradients(x);
    assertArrayEquals(new double[] {60, -240, 540}, product[0].toDoubleArray(), 1e-12);
  }

  @Test
  void thirdDerivative() {
    Tensor x = leaf(2);
    Tensor g1 = Autograd.of(x.square().square().sum()).createGraph().gradients(x)[0];
    Tensor g2 = Autograd.of(g1.sum()).createGraph().gradients(x)[0];
    Tensor g3 = Autograd.of(g2.sum()).gradients(x)[0];
    assertArrayEquals(new double[] {48}, g3.toDoubleArray(), 1e-12);
  }

  @Test
  void aSecondPassNeedsARetainedGraph() {
    Tensor x = leaf(3);
    Tensor y = x.square().sum();
    assertArrayEquals(
        new double[] {6}, Autograd.of(y).retainGraph().gradients(x)[0].toDoubleArray());
    assertArrayEquals(new double[] {6}, Autograd.of(y).gradients(x)[0].toDoubleArray());
    var thrown = assertThrows(TensorException.class, () -> Autograd.of(y).gradients(x));
    assertTrue(thrown.toString().contains("retainGraph"), thrown.toString());
  }

  @Test
  void noticesThatASavedValueWasChangedInPlace() {
    Tensor x = leaf(3);
    Tensor h = x.mul(2);
    Tensor y = h.square().sum();
    Autograd.noGrad(() -> h.addInPlace(Tensor.of(new double[] {1}, 1)));
    var thrown = assertThrows(TensorException.class, y::backward);
    assertTrue(
        thrown.toString().contains("Square") && thrown.toString().contains("in place"),
        thrown.toString());
  }

  @Test
  void aChangeOfWhatNobodySavedIsHarmless() {
    Tensor x = leaf(3);
    Tensor h = x.add(2);
    Tensor y = h.add(1).sum();
    Autograd.noGrad(() -> h.addInPlace(Tensor.of(new double[] {1}, 1)));
    y.backward();
    assertArrayEquals(new double[] {1}, grad(x));
  }

  @Test
  void inPlaceOnAGraphIsRefusedWhileRecording() {
    Tensor x = leaf(3);
    assertThrows(TensorException.class, () -> x.addInPlace(x));
    Autograd.noGrad(() -> x.mulInPlace(Tensor.of(new double[] {2}, 1)));
    assertEquals(6, x.item());
  }

  @Test
  void noGradRecordsNothingAndEndsWithItsBody() {
    Tensor x = leaf(3);
    Tensor y = Autograd.noGrad(x::square);
    assertFalse(y.requiresGrad());
    assertThrows(
        IllegalStateException.class,
        () ->
            Autograd.noGrad(() -> {
              throw new IllegalStateException("body");
            }));
    assertTrue(Autograd.isRecording() && x.square().requiresGrad());
    assertFalse(x.square().detach().requiresGrad());
  }

  @Test
  void theSinkReceivesOneContributionForEachUse() {
    Tensor w = Tensor.of(new double[] {1, 2, 3, 4}, 2, 2).requireGrad();
    Tensor x = Tensor.of(new double[] {1, 1}, 1, 2);
    List<Class<?>> forms = new ArrayList<>();
    Autograd.of(x.linear(w, null).linear(w, null).sum())
        .into((parameter, gradient) -> {
          assertEquals(w, parameter);
          forms.add(gradient.getClass());
        });
    assertEquals(List.of(Gradient.OuterProduct.class, Gradient.OuterProduct.class), forms);
    assertNull(w.grad());
  }

  @Test
  void gradientsFlowBetweenDevicesAndDtypes() {
    Tensor x = Tensor.of(new float[] {3}, 1).requireGrad();
    x.to(org.espalier.DType.F64).square().to(Device.REFERENCE).mul(2).sum().backward();
    Tensor g = x.grad();
    assertNotNull(g);
    assertEquals(Device.CPU, g.device());
    assertEquals(org.espalier.DType.F32, g.dtype());
    assertEquals(12, g.item());
  }

  @Test
  void operandsOnDifferentDevicesAreAnError() {
    Tensor x = Tensor.scalar(1);
    var thrown =
        assertThrows(TensorException.class, () -> x.add(Tensor.scalar(1).to(Device.REFERENCE)));
    assertTrue(thrown.toString().contains("to(Device)"), thrown.toString());
  }
}
