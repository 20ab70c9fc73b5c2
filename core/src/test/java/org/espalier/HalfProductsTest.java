package org.espalier;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.Gradient;
import org.espalier.engine.Handles;
import org.espalier.spi.View;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Weights of 16 bits in products and look-ups: the bits of the same values in F32, without them.
@Tag("widths")
class HalfProductsTest {
  private static final DType[] HALVES = {DType.F16, DType.BF16};

  private final Random random = new Random(20);

  private Tensor normal(int... shape) {
    float[] values = new float[Shape.of(shape).elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(values, values.length).reshape(shape);
  }

  private static void assertBits(Tensor expected, Tensor actual, String what) {
    assertEquals(expected.dtype(), actual.dtype(), what);
    assertEquals(expected.shape(), actual.shape(), what);
    assertArrayEquals(expected.toFloatArray(), actual.toFloatArray(), 0, what);
  }

  private static Tensor grad(Tensor t) {
    return Objects.requireNonNull(t.grad());
  }

  @Test
  void aLinearLayerGivesTheBitsOfItsWeightInF32() {
    int[][] sizes = {
      {1, 1, 1}, {3, 5, 2}, {7, 33, 18}, {50, 70, 130}, {2, 1030, 67}, {64, 64, 64}, {0, 3, 4}
    };
    for (DType half : HALVES) {
      for (int[] s : sizes) {
        Tensor x = normal(s[0], s[1]);
        Tensor bias = normal(s[2]);
        Tensor w = normal(s[2], s[1]).to(half);
        String what = half + " " + Arrays.toString(s);
        assertBits(x.linear(w.to(DType.F32), bias), x.linear(w, bias), what);
        assertBits(x.linear(w.to(DType.F32), null), x.linear(w, null), what);
      }
    }
  }

  @Test
  void aProductGivesTheBitsOfItsRightOperandInF32HoweverThatLies() {
    for (DType half : HALVES) {
      for (int rows : new int[] {1, 20, 60}) {
        Tensor a = normal(rows, 45);
        Tensor wide = normal(45, 200).to(half);
        List<Tensor> rights = new ArrayList<>();
        rights.add(wide);
        rights.add(wide.slice(1, 3, 150));
        rights.add(normal(70, 45).to(half).transpose());
        rights.add(normal(45, 80, 2).to(half).permute(2, 0, 1).slice(0, 1, 2));
        for (Tensor b : rights) {
          assertBits(a.matmul(b.to(DType.F32)), a.matmul(b), half + " " + rows + " x " + b.shape());
        }
      }
    }
  }

  @Test
  void batchesGiveTheBitsOfTheirRightOperandsInF32() {
    for (DType half : HALVES) {
      Tensor a = normal(3, 2, 9, 20);
      for (Tensor b :
          new Tensor[] {
            normal(3, 2, 20, 33).to(half),
            normal(2, 20, 33).to(half),
            normal(20, 33).to(half),
            normal(3, 2, 33, 20).to(half).transpose(),
            normal(3, 1, 33, 20).to(half).transpose()
          }) {
        assertBits(a.matmul(b.to(DType.F32)), a.matmul(b), half + " " + b.shape());
      }
    }
  }

  @Test
  void nanInfinityAndTheSmallestNumbersPassThroughAProduct() {
    float[] special = {Float.NaN, Float.POSITIVE_INFINITY, -0f, 0x1p-24f, 0x1p-133f, 65504f, -1, 3};
    for (DType half : HALVES) {
      for (int columns : new int[] {1, 8, 64, 70}) {
        float[] values = new float[8 * columns];
        for (int i = 0; i < values.length; i++) {
          values[i] = special[(i + i / columns) % special.length];
        }
        Tensor b = Tensor.of(values, 8, columns).to(half);
        Tensor unit = Tensor.of(new float[] {0, 0, 0, 0, 1, 0, 0, 0}, 1, 8);
        assertBits(unit.matmul(b.to(DType.F32)), unit.matmul(b), half + " " + columns);
        Tensor start = Tensor.zeros(1, columns).add(Tensor.of(new float[] {2}));
        Tensor bias = start.reshape(columns);
        Tensor w = b.transpose();
        assertBits(unit.linear(w.to(DType.F32), bias), unit.linear(w, bias), half + " " + columns);
      }
    }
  }

  @Test
  void aHalfLeftOperandIsConverted() {
    Tensor a = normal(4, 5).to(DType.BF16);
    Tensor b = normal(5, 6).to(DType.F16);
    assertBits(a.to(DType.F32).matmul(b.to(DType.F32)), a.matmul(b), "both");
  }

  @Test
  void aProductInF64ConvertsItsRightOperandExactly() {
    Tensor a = normal(4, 5).to(DType.F64);
    Tensor b = normal(5, 6).to(DType.BF16);
    Tensor c = a.matmul(b);
    assertEquals(DType.F64, c.dtype());
    assertArrayEquals(a.matmul(b.to(DType.F64)).toDoubleArray(), c.toDoubleArray());
    assertThrows(TensorException.class, () -> a.linear(normal(6, 5).to(DType.BF16), null));
  }

  @Test
  void theGradientOfTheInputHasTheBitsOfAnF32Weight() {
    for (DType half : HALVES) {
      Tensor w = normal(18, 33).to(half);
      Tensor x = normal(7, 33).requireGrad();
      Tensor same = x.detach().requireGrad();
      x.linear(w, null).square().sum().backward();
      same.linear(w.to(DType.F32), null).square().sum().backward();
      assertBits(grad(same), grad(x), half + " linear");
      x.zeroGrad();
      same.zeroGrad();
      x.matmul(w.transpose()).square().sum().backward();
      same.matmul(w.to(DType.F32).transpose()).square().sum().backward();
      assertBits(grad(same), grad(x), half + " matmul");
    }
  }

  @Test
  void theGradientOfAHalfWeightIsThatOfF32RoundedWithEachContribution() {
    for (DType half : HALVES) {
      Tensor w = normal(6, 5).to(half).requireGrad();
      Tensor wide = w.detach().to(DType.F32).requireGrad();
      Tensor x = normal(7, 5);
      x.linear(w, null).square().sum().backward();
      x.linear(wide, null).square().sum().backward();
      assertBits(grad(wide).to(half), grad(w), half + " once");
      x.linear(w, null).square().sum().backward();
      assertBits(grad(wide).to(half).mul(Tensor.scalar(2)).to(half), grad(w), half + " twice");

      Tensor found = Autograd.of(x.matmul(w.transpose()).square().sum()).gradients(w)[0];
      assertBits(grad(wide).to(half), found, half + " of a product");
    }
  }

  @Test
  void multiTaskMethodsReadTheFactorsOfAHalfWeightsGradientInF32() {
    Tensor w = normal(6, 5).to(DType.BF16).requireGrad();
    List<Gradient> found = new ArrayList<>();
    Autograd.of(normal(7, 5).linear(w, null).sum())
        .into((parameter, gradient) -> {
          var product = assertInstanceOf(Gradient.OuterProduct.class, gradient);
          assertEquals(DType.F32, product.input().dtype());
          found.add(gradient);
        });
    assertEquals(1, found.size());
  }

  @Test
  void gradientsOfGradientsPassThroughAHalfWeight() {
    Tensor w = normal(4, 3).to(DType.BF16);
    Tensor x = normal(2, 3).requireGrad();
    Tensor same = x.detach().requireGrad();
    assertBits(gradientPenalty(same, w.to(DType.F32)), gradientPenalty(x, w), "second order");
  }

  private static Tensor gradientPenalty(Tensor x, Tensor w) {
    Tensor first = Autograd.of(x.linear(w, null).tanh().sum()).createGraph().gradients(x)[0];
    return Autograd.of(first.square().sum()).gradients(x)[0];
  }

  @Test
  void anEmbeddingReadsRowsOfAHalfTable() {
    for (DType half : HALVES) {
      Tensor table = normal(50, 7).to(half).requireGrad();
      Tensor wide = table.detach().to(DType.F32).requireGrad();
      Tensor ids = Tensor.of(new int[] {3, 49, 3, 0});
      Tensor y = org.espalier.op.Embedding.apply(table, ids);
      Tensor expected = org.espalier.op.Embedding.apply(wide, ids);
      assertBits(expected, y, half + " rows");
      y.square().sum().backward();
      expected.square().sum().backward();
      assertInstanceOf(Gradient.RowSparse.class, table.gradient());
      assertBits(grad(wide).to(half), grad(table), half + " gradient");
      org.espalier.op.Embedding.apply(table, ids).square().sum().backward();
      assertBits(grad(wide).to(half).mul(Tensor.scalar(2)).to(half), grad(table), half + " twice");
    }
  }

  @Test
  void theReferenceComputesTheSameOnTheValuesInF32() {
    Tensor x = normal(5, 9).to(Device.REFERENCE);
    Tensor w = normal(4, 9).to(DType.F16).to(Device.REFERENCE);
    assertBits(x.linear(w.to(DType.F32), null), x.linear(w, null), "reference");
  }

  @Test
  void aHalfTensorWidensInAnyLayout() {
    for (DType half : HALVES) {
      Tensor t = normal(9, 37).to(half);
      for (Tensor view : new Tensor[] {t, t.transpose(), t.slice(1, 2, 35), t.slice(0, 1, 4)}) {
        double[] expected = view.to(DType.F64).toDoubleArray();
        assertArrayEquals(expected, view.to(DType.F32).toDoubleArray(), half.toString());
      }
    }
  }

  @Test
  void f32BecomesHalfInAnyLayoutAsTheReferenceRounds() {
    float[] special = {Float.NaN, Float.NEGATIVE_INFINITY, 65520f, 65519f, 3.4e38f, 1e-8f, -0f};
    for (DType half : HALVES) {
      float[] values = normal(9 * 37).toFloatArray();
      System.arraycopy(special, 0, values, 20, special.length);
      Tensor t = Tensor.of(values, 9, 37);
      for (Tensor view : new Tensor[] {t, t.transpose(), t.slice(1, 2, 35), t.slice(0, 1, 4)}) {
        Tensor expected = view.to(Device.REFERENCE).to(half);
        assertBits(expected.to(Device.CPU), view.to(half), half.toString());
      }
    }
  }

  /// A weight in F32 that many products read is kept packed; that is what one of 16 bits is to
  /// avoid.
  @Test
  void keepsNoPackedCopyOfAHalfWeight() {
    Tensor x = normal(3, 80);
    Tensor wide = normal(120, 80);
    Tensor half = wide.to(DType.BF16);
    x.linear(wide, null);
    x.linear(half, null);
    assertNotEquals("nothing kept", kept(wide));
    assertEquals("nothing kept", kept(half));
  }

  /// What the backend has derived from a weight `[out, in]`, as products read it.
  private static Object kept(Tensor weight) {
    View view = Handles.view(weight.transpose());
    return view.storage().<Object>derived(view.layout(), _ -> "nothing kept");
  }
}
