package org.espalier.autograd;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.op.Alias;
import org.jspecify.annotations.Nullable;

/// What an op's backward is told.
public final class BackwardContext {
  private final Node node;
  private final boolean[] wants;
  private final boolean createGraph;

  BackwardContext(Node node, boolean[] wants, boolean createGraph) {
    this.node = node;
    this.wants = wants;
    this.createGraph = createGraph;
  }

  /// Returns the tensor that forward saved in place `i`.
  public Tensor saved(int i) {
    return node.unpack(i);
  }

  /// Tells whether input `i` wants its gradient.
  public boolean wants(int i) {
    return wants[i];
  }

  /// Returns the shape of input `i`.
  public Shape inputShape(int i) {
    return node.inputShape(i);
  }

  /// Returns the number of inputs.
  public int inputCount() {
    return wants.length;
  }

  /// Returns the dtype of the output.
  public DType dtype() {
    return node.dtype();
  }

  /// Returns the shape of the output.
  public Shape outputShape() {
    return node.shape();
  }

  String described() {
    return node.described();
  }

  /// Tells whether the gradients will be differentiated themselves, so that they must be made of
  /// recorded operations.
  public boolean createGraph() {
    return createGraph;
  }

  /// Wraps one gradient per input.
  public @Nullable Gradient[] dense(@Nullable Tensor... gradients) {
    @Nullable Gradient[] out = new @Nullable Gradient[gradients.length];
    for (int i = 0; i < gradients.length; i++) {
      Tensor g = gradients[i];
      out[i] = g == null ? null : new Gradient.Dense(g);
    }
    return out;
  }

  /// Differentiates a form of the op that is composed of other operations: the way to higher order,
  /// and to any order on a backend without the fused kernel.
  ///
  /// @param form computes the op's output from tensors in the places of `inputs`
  /// @param dy gradient of the output
  /// @param inputs the tensors of the op's differentiable inputs, as unpacked from `saved`
  /// @return a gradient for each of `inputs` that is wanted, null for the others
  public @Nullable Gradient[] composed(
      Function<Tensor[], Tensor> form, Tensor dy, Tensor... inputs) {
    @Nullable Gradient[] out = new @Nullable Gradient[wants.length];
    Autograd.recording(true, () -> composeInto(out, form, dy, inputs));
    return out;
  }

  private void composeInto(
      @Nullable Gradient[] out, Function<Tensor[], Tensor> form, Tensor dy, Tensor[] inputs) {
    // A node of its own for each input, so that the gradients are partial even where one input was
    // computed from another.
    Tensor[] own = new Tensor[inputs.length];
    List<Tensor> asked = new ArrayList<>();
    for (int i = 0; i < inputs.length; i++) {
      own[i] = wants[i] ? Autograd.apply(new Alias(), inputs[i]) : inputs[i];
      if (wants[i]) {
        asked.add(own[i]);
      }
    }
    BackwardPass pass = Autograd.of(form.apply(own)).outputGradients(dy).zerosForUnused();
    if (createGraph) {
      pass.createGraph();
    }
    Tensor[] found = pass.gradients(asked.toArray(new Tensor[0]));
    int next = 0;
    for (int i = 0; i < inputs.length; i++) {
      out[i] = wants[i] ? new Gradient.Dense(found[next++]) : null;
    }
  }
}
