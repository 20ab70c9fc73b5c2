package org.espalier.autograd;

import java.util.function.Function;
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

  /// Runs `body` and looks at every value and gradient in it: what first makes a NaN or an infinity
  /// is an error that names the op and the source line of the forward pass, and the error about a
  /// value changed in place names both lines. Several times slower: to find a defect, not to train.
  ///
  /// ```java
  /// Autograd.anomalyMode(() -> loss(model, batch).backward());
  /// ```
  public static <T> T anomalyMode(Supplier<T> body) {
    return Anomaly.watch(body);
  }

  /// Runs `body` in anomaly mode.
  public static void anomalyMode(Runnable body) {
    Anomaly.watch(body);
  }

  /// Tells whether [#anomalyMode] is on here.
  public static boolean isAnomalyMode() {
    return Anomaly.isOn();
  }

  /// Notes that a tensor's memory was written in place: a backward pass that saved it before will
  /// refuse to run, and say so. For those who write kernels; the `...InPlace` methods do it.
  ///
  /// @param by what wrote
  public static void changed(Tensor tensor, String by) {
    String origin = Anomaly.origin();
    Handles.view(tensor).storage().touch(origin == null ? by : by + " (at " + origin + ")");
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
      Checkpoint.note(inputs);
      Tensor output = Metering.forward(op, context, inputs);
      Anomaly.checkForward(op, inputs, output);
      return output;
    }
    Tensor output = noGrad(() -> Metering.forward(op, context, inputs));
    Anomaly.checkForward(op, inputs, output);
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

  /// Runs `function` without keeping what its backward needs, and runs it again when backward comes
  /// there: memory for one segment at a time instead of for all, for about a third more time (Chen,
  /// Xu, Zhang, Guestrin 2016).
  ///
  /// ```java
  /// Tensor y = Autograd.checkpoint(x -> block.forward(context, x[0]), hidden);
  /// ```
  ///
  /// The gradients have the bits they have without it: random operations draw by counter, so the
  /// second run drops what the first dropped. Parameters that the function uses without being
  /// inputs get their gradients as well. Checkpoints nest, and work under every kind of backward
  /// pass, `createGraph` included (which then keeps the second run).
  ///
  /// The function must depend on its inputs and on what does not change before backward: a
  /// [org.espalier.random.RandomStream] that moves on would give other numbers the second time
  /// (make it inside). Anomaly mode compares the two runs. Results of operations that it needs are
  /// inputs, so that the tape keeps them beyond their scope. It cannot run backward itself.
  ///
  /// @param function computes one tensor from tensors in the places of `inputs`
  /// @param inputs what it reads; those of dtypes without gradients, too
  public static Tensor checkpoint(Function<Tensor[], Tensor> function, Tensor... inputs) {
    return isRecording() ? Checkpoint.run(function, inputs) : function.apply(inputs);
  }

  /// Starts a backward pass from these outputs; see [BackwardPass].
  public static BackwardPass of(Tensor... outputs) {
    return new BackwardPass(outputs);
  }

  /// Adds a gradient to what a parameter has accumulated, as `backward()` does with each. The
  /// gradient stays the caller's: its memory is read and not kept. Several threads may add to one
  /// parameter at once.
  public static void accumulate(Tensor parameter, Gradient gradient) {
    noGrad(() -> Accumulation.add(parameter, gradient));
  }

  /// Adds `factor * gradient` to what a parameter has accumulated: one term of a weighted sum of
  /// gradients. The gradient stays the caller's, and as it is.
  public static void accumulate(Tensor parameter, Gradient gradient, double factor) {
    noGrad(() -> Accumulation.add(parameter, gradient, factor));
  }
}
