package org.espalier.autograd;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.meter.Frame;
import org.espalier.meter.Meter;
import org.espalier.op.Op;
import org.espalier.profile.Phase;
import org.jspecify.annotations.Nullable;

/// Where ops run: under a meter's eyes while one is on.
final class Metering {
  private Metering() {}

  static Tensor forward(Op op, ForwardContext context, Tensor[] inputs) {
    if (!Meter.isOn()) {
      return op.forward(context, inputs);
    }
    Shape[] shapes = new Shape[inputs.length];
    for (int i = 0; i < shapes.length; i++) {
      shapes[i] = inputs[i].shape();
    }
    try (Frame _ = Meter.enter(op.name(), Phase.FORWARD, shapes)) {
      return op.forward(context, inputs);
    }
  }

  /// Begins the backward of a node's op, to be closed when its gradients have been handed on; null
  /// when nobody measures.
  static @Nullable Frame backward(Op op, Node node, Tensor dy) {
    if (!Meter.isOn()) {
      return null;
    }
    Shape[] shapes = new Shape[node.inputCount() + 1];
    shapes[0] = dy.shape();
    for (int i = 1; i < shapes.length; i++) {
      shapes[i] = node.inputShape(i - 1);
    }
    return Meter.enter(op.name(), Phase.BACKWARD, shapes);
  }
}
