package org.espalier.autograd;

import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.engine.Handles;
import org.espalier.op.Op;
import org.jspecify.annotations.Nullable;

/// A function that ran without a tape, and runs again with one when backward comes to it; see
/// [Autograd#checkpoint].
///
/// The nodes of the second run are newer than all that wait, and what they lead to is older: so the
/// pass simply walks on through them, from the output of the second run, and parameters, nested
/// checkpoints and targets need nothing special.
final class Checkpoint implements Op {
  /// Collects the recorded tensors that a first run reads.
  private static final ScopedValue<Map<Node, Tensor>> FOUND = ScopedValue.newInstance();

  private final Function<Tensor[], Tensor> function;
  private final int given;

  /// The first run's output, only in anomaly mode.
  private double @Nullable [] first;

  private Checkpoint(Function<Tensor[], Tensor> function, int given) {
    this.function = function;
    this.given = given;
  }

  @Override
  public String name() {
    return "Checkpoint";
  }

  /// Tells whether a first run is going on here, so that the ops will run again, recorded.
  static boolean isRunning() {
    return FOUND.isBound();
  }

  /// Notes what an unrecorded op reads, when a first run asks.
  static void note(Tensor[] inputs) {
    if (FOUND.isBound()) {
      for (Tensor t : inputs) {
        Node node = Handles.node(t);
        if (node != null) {
          FOUND.get().putIfAbsent(node, t);
        }
      }
    }
  }

  static Tensor run(Function<Tensor[], Tensor> function, Tensor[] inputs) {
    Map<Node, Tensor> found = new LinkedHashMap<>();
    Tensor output;
    Tensor[] all;
    try (Scope scope = Scope.open()) {
      Tensor[] own = inputs.clone();
      Tensor result =
          ScopedValue.where(FOUND, found).call(() -> Autograd.noGrad(() -> function.apply(own)));
      // A handle of its own: the function may return an input.
      output = scope.keep(Handles.wrap(Handles.view(result), result.device()));
      all = withCaptured(inputs, found);
      boolean recorded = false;
      for (Tensor t : all) {
        recorded |= Handles.node(t) != null;
      }
      if (recorded && output.dtype().isFloating()) {
        Checkpoint op = new Checkpoint(function, inputs.length);
        if (Autograd.isAnomalyMode()) {
          op.first = output.toDoubleArray();
        }
        Handles.setNode(output, Node.of(op, all, all, output));
      }
    }
    return output;
  }

  /// Returns the inputs and, behind them, the other recorded tensors that were read.
  private static Tensor[] withCaptured(Tensor[] inputs, Map<Node, Tensor> found) {
    Set<Node> given = new HashSet<>();
    for (Tensor t : inputs) {
      Node node = Handles.node(t);
      if (node != null) {
        given.add(node);
      }
    }
    Tensor[] captured =
        found.entrySet().stream()
            .filter(e -> !given.contains(e.getKey()))
            .map(Map.Entry::getValue)
            .toArray(Tensor[]::new);
    Tensor[] all = Arrays.copyOf(inputs, inputs.length + captured.length);
    System.arraycopy(captured, 0, all, inputs.length, captured.length);
    return all;
  }

  /// Runs the function again, recorded.
  Tensor again(BackwardContext context) {
    Tensor[] inputs = new Tensor[given];
    for (int i = 0; i < context.inputCount(); i++) {
      Tensor t = context.saved(i); // what was captured is only checked to be as it was
      if (i < given) {
        inputs[i] = t;
      }
    }
    Tensor[] output = new Tensor[1];
    Autograd.recording(true, () -> output[0] = function.apply(inputs));
    if (!output[0].shape().equals(context.outputShape())
        || (first != null && !Arrays.equals(first, output[0].toDoubleArray()))) {
      throw new TensorException(
          "the function of "
              + context.described()
              + " gave another result when it ran again for backward; it must depend on its inputs"
              + " alone: make a RandomStream inside, or pass the seed");
    }
    return output[0];
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    return function.apply(inputs);
  }

  /// Never called: a pass walks on through [#again].
  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    throw new UnsupportedOperationException("a pass walks through the second run");
  }
}
