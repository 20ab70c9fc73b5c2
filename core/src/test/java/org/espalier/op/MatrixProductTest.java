package org.espalier.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

class MatrixProductTest {
  @Test
  @DisabledIfSystemProperty(
      named = "espalier.run",
      matches = "absent",
      disabledReason = "two billion multiply-adds: half a minute without vectors")
  void aSharedOperandMayBeReadMoreOftenThanATensorHasElements() {
    Tensor a = Tensor.ones(2100, 1, 1024).mul(0.5).detach().requireGrad();
    Tensor b = Tensor.ones(1024, 1024).requireGrad();
    Tensor c = a.matmul(b);
    assertEquals(Shape.of(2100, 1, 1024), c.shape());
    assertEquals(512, c.select(0, 2099).max().item());
    assertEquals(512, c.min().item());
    assertEquals(Shape.of(1024, 1024), Autograd.of(c.slice(0, 0, 1).sum()).gradients(b)[0].shape());
    assertEquals(
        Shape.of(64, 16, 50257), Tensor.zeros(64, 16, 1).matmul(Tensor.zeros(1, 50257)).shape());
  }

  @Test
  void operandsOfABatchAreNotExpandedToIt() {
    Tensor left = Tensor.zeros(1024, 1024).requireGrad();
    Tensor right = Tensor.zeros(2100, 1024, 0).requireGrad();
    Tensor c = left.matmul(right);
    assertEquals(Shape.of(2100, 1024, 0), c.shape());
    Tensor[] gradients = Autograd.of(c.sum()).gradients(left, right);
    assertEquals(left.shape(), gradients[0].shape());
    assertEquals(right.shape(), gradients[1].shape());
    assertEquals(
        Shape.of(50, 42, 0, 1024),
        Tensor.zeros(50, 1, 0, 1024).matmul(Tensor.zeros(42, 1024, 1024)).shape());
  }

  @Test
  void aMatrixOfABatchHasTheBitsOfItsOwnProduct() {
    Tensor a = Tensor.of(values(3 * 5 * 40), 3, 5, 40);
    Tensor b = Tensor.of(values(40 * 33), 40, 33);
    Tensor all = a.matmul(b);
    Tensor across = a.transpose(0, 1).copy().transpose(0, 1).matmul(b);
    for (int i = 0; i < 3; i++) {
      float[] alone = a.select(0, i).matmul(b).toFloatArray();
      assertArrayEquals(alone, all.select(0, i).contiguous().toFloatArray());
      assertArrayEquals(alone, across.select(0, i).contiguous().toFloatArray());
    }
  }

  private static float[] values(int n) {
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = (float) Math.sin(i * 0.7);
    }
    return values;
  }
}
