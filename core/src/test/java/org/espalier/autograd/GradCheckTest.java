package org.espalier.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.op.Op;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GradCheckTest {
  private static final Tensor X = Tensor.of(new double[] {0.5, -1, 2}, 3);

  /// A cube whose gradient is right, or wrong in one element, or by the wrong shape of the graph.
  private record Cube(double slope, boolean recorded) implements Op {
    @Override
    public Tensor forward(ForwardContext context, Tensor[] inputs) {
      context.save(inputs);
      return inputs[0].mul(inputs[0]).mul(inputs[0]);
    }

    @Override
    public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
      Tensor x = context.saved(0);
      Tensor square = recorded ? x.square() : x.detach().square();
      Tensor factor = Tensor.of(new double[] {3, 3, slope}, 3);
      return context.dense(dy.mul(square).mul(factor));
    }
  }

  /// The first input, with a gradient of `factor`.
  private record Scaled(Tensor factor) implements Op {
    @Override
    public Tensor forward(ForwardContext context, Tensor[] inputs) {
      return inputs[0].mul(1);
    }

    @Override
    public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
      return context.dense(dy.mul(factor), null);
    }
  }

  /// Three times the input, with a gradient that is wrong when it is recorded.
  private record WrongWhenRecorded() implements Op {
    @Override
    public Tensor forward(ForwardContext context, Tensor[] inputs) {
      return inputs[0].mul(3);
    }

    @Override
    public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
      return context.dense(dy.mul(Autograd.isRecording() ? 3.3 : 3));
    }
  }

  @Test
  void tellsTheTwoFormsOfBackwardApart() {
    var both = GradCheck.bothForms(x -> Autograd.apply(new WrongWhenRecorded(), x), X);
    both.getFirst().requireWithin(1e-9);
    assertEquals(1.1, both.getLast().analytic() / both.getLast().numeric(), 1e-8);
  }

  @Test
  void acceptsARightGradient() {
    assertTrue(GradCheck.firstOrder(x -> Autograd.apply(new Cube(3, true), x), X).error() < 1e-9);
    GradCheck.composed(x -> Autograd.apply(new Cube(3, true), x), X).requireWithin(1e-9);
    GradCheck.secondOrder(x -> Autograd.apply(new Cube(3, true), x), X).requireWithin(1e-8);
  }

  @Test
  void namesInputElementAndBothValuesOfAWrongOne() {
    var worst = GradCheck.firstOrder(x -> Autograd.apply(new Cube(3.3, true), x[1]), X, X);
    assertEquals(1, worst.input());
    assertEquals(2, worst.element());
    assertEquals(1.1, worst.analytic() / worst.numeric(), 1e-8);
    var thrown = assertThrows(TensorException.class, () -> worst.requireWithin(1e-3));
    assertTrue(thrown.toString().contains("input 1 at element 2"), thrown.toString());
    worst.requireWithin(0.1);
  }

  @Test
  void noticesAGradientThatLeavesTheGraph() {
    var worst = GradCheck.secondOrder(x -> Autograd.apply(new Cube(3, false), x), X);
    assertThrows(TensorException.class, () -> worst.requireWithin(0.5));
  }

  @Test
  void noticesNan() {
    var worst = GradCheck.firstOrder(x -> Autograd.apply(new Cube(Double.NaN, true), x), X);
    assertThrows(TensorException.class, () -> worst.requireWithin(1e9));
  }

  @Test
  void aNanIsTheWorstWhateverFollowsIt() {
    for (double wrong : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      Tensor mask = Tensor.of(new double[] {1, wrong, 1});
      var worst = GradCheck.firstOrder(x -> Autograd.apply(new Scaled(mask), x), X, X);
      assertEquals(1, worst.element());
      assertEquals(0, worst.input());
      assertThrows(TensorException.class, () -> worst.requireWithin(1e9));
    }
  }

  @Test
  void acceptsFunctionsWithoutAGradientAndInputsWithoutElements() {
    GradCheck.secondOrder(x -> x[0].mul(2), X).requireWithin(0);
    GradCheck.firstOrder(x -> x[0].detach(), Tensor.of(new double[0], 0)).requireWithin(0);
  }

  @Test
  void refusesSinglePrecision() {
    assertThrows(
        TensorException.class, () -> GradCheck.firstOrder(x -> x[0], Tensor.of(new float[1])));
  }
}
