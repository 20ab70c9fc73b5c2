package org.espalier.autograd;

import java.util.function.Supplier;
import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.engine.Handles;
import org.espalier.op.Op;

/// Gradients: recording operations, and running them backward.
///
/// ```java
/// Tensor[] g = Autograd.of(loss).gradients(w, b); // leaves .grad() alone
/// ```
public final class Autograd {
  private static final ScopedValue<Boolean> RECORDING = ScopedValue.newInstance();

  private Autograd() {}

  /// Tells whether operations on this thread are recorded.
  public static boolean isRecording() {
    return RECORDING.orElse(true);
  }

  /// Runs `body` without recording: for inference, metrics and optimiser steps.
  public static <T> T noGrad(Supplier<T> body) {
    return ScopedValue.where(RECORDING, false).call(body::get);
  }

  /// Runs `body` without recording.
  public static void noGrad(Runnable body) {
    ScopedValue.where(RECORDING, false).run(body);
  }

  /// Runs `body` with recording on or off.
  static void recording(boolean on, Runnable body) {
    if (on == isRecording()) {
      body.run();
    } else {
      ScopedValue.where(RECORDING, on).run(body);
    }
  }

  /// Runs an op and, when an input wants a gradient, records it.
  ///
  /// @throws TensorException when the inputs lie on different devices
  public static Tensor apply(Op op, Tensor... inputs) {
    for (int i = 1; i < inputs.length; i++) {
      if (!inputs[i].device().equals(inputs[0].device())) {
        throw new TensorException(
            op.name()
                + ": input 0 is on "
                + inputs[0].device()
                + " and input "
                + i
                + " on "
                + inputs[i].device()
                + "; move one with to(Device)");
      }
    }
    if (hasHalvesToWiden(op, inputs)) {
      return apply(op, widened(op, inputs));
    }
    boolean record = false;
    if (isRecording()) {
      for (Tensor t : inputs) {
        record |= Handles.node(t) != null;
      }
    }
    ForwardContext context = new ForwardContext(record);
    if (!record) {
      return op.forward(context, inputs);
    }
    Tensor output = noGrad(() -> op.forward(context, inputs));
    if (output.dtype().isFloating()) {
      Handles.setNode(output, Node.of(op, inputs, context.saved(), output));
    }
    return output;
  }

  /// Returns the inputs with F32 copies in the places of those F16 and BF16 tensors that the op
  /// does not keep.
  private static Tensor[] widened(Op op, Tensor[] inputs) {
    Tensor[] wide = inputs.clone();
    for (int i = 0; i < inputs.length; i++) {
      boolean keeps = !inputs[i].dtype().isHalf() || op.keepsHalf(i);
      wide[i] = keeps ? inputs[i] : inputs[i].to(DType.F32);
    }
    return wide;
  }

  private static boolean hasHalvesToWiden(Op op, Tensor[] inputs) {
    for (int i = 0; i < inputs.length; i++) {
      if (inputs[i].dtype().isHalf() && !op.keepsHalf(i)) {
        return true;
      }
    }
    return false;
  }

  /// Starts a backward pass from these outputs; see [BackwardPass].
  public static BackwardPass of(Tensor... outputs) {
    return new BackwardPass(outputs);
  }

  /// Adds a gradient to what a parameter has accumulated: what `backward()` does with each.
  public static void accumulate(Tensor parameter, Gradient gradient) {
    noGrad(() -> Accumulation.add(parameter, gradient));
  }
}
