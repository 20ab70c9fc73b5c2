package org.espalier;

import static org.espalier.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.List;
import java.util.function.BiConsumer;
import org.espalier.autograd.Autograd;
import org.junit.jupiter.api.Test;

/// Writes in place: what they refuse, and operands that lie in the memory that is written.
class InPlaceTest {
  private static final List<BiConsumer<Tensor, Tensor>> ALL =
      List.of(Tensor::addInPlace, Tensor::mulInPlace, Tensor::copyInPlace);

  private static Tensor f(float... values) {
    return Tensor.of(values);
  }

  private static Tensor counting(int... shape) {
    return Tensor.arange(Shape.of(shape).elements()).to(DType.F32).reshape(shape);
  }

  @Test
  void aGradientOfTheOtherOperandIsNotDroppedInSilence() {
    Tensor w = f(1, 2).requireGrad();
    for (BiConsumer<Tensor, Tensor> inPlace : ALL) {
      Tensor buffer = f(3, 4);
      assertRefused("detach", () -> inPlace.accept(buffer, w));
      assertRefused("detach", () -> inPlace.accept(buffer, w.mul(5)));
      assertArrayEquals(new float[] {3, 4}, buffer.toFloatArray());
      inPlace.accept(buffer, w.detach());
      Autograd.noGrad(() -> inPlace.accept(buffer, w));
    }
  }

  @Test
  void aTargetThatRepeatsAnElementIsRefused() {
    Tensor one = Tensor.zeros(1);
    for (BiConsumer<Tensor, Tensor> inPlace : ALL) {
      assertRefused("copy()", () -> inPlace.accept(one.expand(3), f(1, 2, 3)));
      assertRefused("copy()", () -> inPlace.accept(counting(5).unfold(0, 3, 1), f(1)));
    }
    assertArrayEquals(new float[] {0}, one.toFloatArray());
  }

  @Test
  void aTargetThatOnlyLooksInterleavedIsWritten() {
    Tensor x = counting(9);
    // windows of 3 elements, 2 apart, 3 after one another: 0 2 4 and 3 5 7
    Tensor windows = org.espalier.op.Unfold.apply(x, 0, 3, 3, 2);
    windows.mulInPlace(f(10));
    assertArrayEquals(new float[] {0, 1, 20, 30, 40, 50, 6, 70, 8}, x.toFloatArray());
    f(7).expand(1, 1).addInPlace(f(1));
    Tensor.zeros(0, 3).expand(4, 0, 3).addInPlace(f(1));
  }

  @Test
  void anOperandInTheSameMemoryIsReadAsItWas() {
    for (int n : new int[] {2, 3, 33}) {
      Tensor x = counting(n, n);
      float[] across = x.transpose().copy().toFloatArray();
      x.copyInPlace(x.transpose());
      assertArrayEquals(across, x.toFloatArray());

      Tensor y = counting(n, n);
      float[] sum = y.add(y.transpose()).toFloatArray();
      y.addInPlace(y.transpose());
      assertArrayEquals(sum, y.toFloatArray());

      Tensor z = counting(n + 1);
      float[] moved = z.slice(0, 0, n).copy().toFloatArray();
      z.slice(0, 1, n + 1).copyInPlace(z.slice(0, 0, n));
      assertArrayEquals(moved, z.slice(0, 1, n + 1).toFloatArray());
    }
    Tensor x = f(2, 3, 4);
    x.mulInPlace(x.slice(0, 0, 1));
    assertArrayEquals(new float[] {4, 6, 8}, x.toFloatArray());
    x.mulInPlace(x);
    assertArrayEquals(new float[] {16, 36, 64}, x.toFloatArray());
  }
}
