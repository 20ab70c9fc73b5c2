package org.espalier.autograd;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.engine.Handles;
import org.espalier.meter.Frame;
import org.espalier.op.Op;
import org.espalier.spi.Storage;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// One walk from outputs back to leaves.
///
/// ```java
/// Tensor[] g = Autograd.of(loss).retainGraph().gradients(shared);
/// Autograd.of(loss).into((parameter, gradient) -> ...);
/// ```
///
/// The order is that of descending node ids: no recursion, however long the chain. What a node
/// saved is let go as soon as it was used, unless the graph is retained.
public final class BackwardPass {
  private static final Comparator<Node> NEWEST_FIRST =
      Comparator.comparingLong(Node::id).reversed();

  private final Tensor[] outputs;
  private Tensor @Nullable [] outputGradients;
  private boolean retainGraph;
  private boolean createGraph;
  private boolean zerosForUnused;

  BackwardPass(Tensor[] outputs) {
    this.outputs = outputs;
  }

  /// Sets the gradient of each output; without it outputs must be single numbers, and 1 is used.
  public BackwardPass outputGradients(Tensor... gradients) {
    if (gradients.length != outputs.length) {
      throw new TensorException(
          outputs.length + " outputs need as many gradients, not " + gradients.length);
    }
    for (int i = 0; i < gradients.length; i++) {
      if (!gradients[i].shape().equals(outputs[i].shape())) {
        throw new TensorException(
            "output "
                + i
                + " has shape "
                + outputs[i].shape()
                + ", its gradient "
                + gradients[i].shape());
      }
    }
    outputGradients = gradients;
    return this;
  }

  /// Keeps what the nodes saved, so that another pass can follow.
  public BackwardPass retainGraph() {
    retainGraph = true;
    return this;
  }

  /// Records the pass itself, so that the gradients can be differentiated; retains the graph.
  public BackwardPass createGraph() {
    createGraph = true;
    retainGraph = true;
    return this;
  }

  /// Gives zeros instead of an error for inputs that do not influence the outputs.
  public BackwardPass zerosForUnused() {
    zerosForUnused = true;
    return this;
  }

  /// Returns the gradient of (the sum of) the outputs with respect to each input; nobody's
  /// `.grad()` changes.
  ///
  /// A zero and no gradient are different things: a number that was multiplied by 0 has the
  /// gradient 0, one that was not used has none. This method takes the second for a mistake unless
  /// told otherwise; [#gradientsOrNull] returns null for it.
  ///
  /// @throws TensorException when an input does not require a gradient or does not influence the
  ///   outputs
  public Tensor[] gradients(Tensor... inputs) {
    @Nullable Tensor[] found = gradientsOrNull(inputs);
    Tensor[] result = new Tensor[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      Tensor g = found[i];
      if (g != null) {
        result[i] = g;
      } else if (zerosForUnused) {
        result[i] = Tensor.zeros(inputs[i].dtype(), inputs[i].device(), inputs[i].shape());
      } else {
        throw new TensorException(
            "input "
                + i
                + " of shape "
                + inputs[i].shape()
                + " does not influence the outputs; ask with zerosForUnused() or gradientsOrNull()"
                + " if that is meant");
      }
    }
    return result;
  }

  /// Returns the gradients as [#gradients] does, with null for inputs that do not influence the
  /// outputs.
  ///
  /// @throws TensorException when an input does not require a gradient
  public @Nullable Tensor[] gradientsOrNull(Tensor... inputs) {
    Map<Node, @Nullable Tensor> found = new HashMap<>();
    Node[] nodes = new Node[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      Node node = Handles.node(inputs[i]);
      if (node == null) {
        throw new TensorException(
            "input " + i + " of shape " + inputs[i].shape() + " does not require a gradient");
      }
      nodes[i] = node;
      found.put(node, null);
    }
    try {
      try (Scope _ = Scope.open()) {
        new Walk(found, null).run();
      }
      @Nullable Tensor[] result = new @Nullable Tensor[inputs.length];
      for (int i = 0; i < inputs.length; i++) {
        Tensor g = found.get(nodes[i]);
        result[i] = g == null ? null : alias(g, true);
      }
      return result;
    } finally {
      for (Tensor g : found.values()) {
        if (g != null) {
          Handles.close(g);
        }
      }
    }
  }

  /// Hands the gradient of every leaf to `sink`.
  public void into(GradientSink sink) {
    try (Scope _ = Scope.open()) {
      new Walk(null, sink).run();
    }
  }

  /// Accumulates into `.grad()` of every leaf: the first gradient becomes it, later ones are added
  /// until `zeroGrad`. A leaf that the outputs do not depend on keeps what it has; without any,
  /// `.grad()` is null and no zero, and optimisers leave such a parameter alone.
  ///
  /// The gradient of each leaf is in memory of its own. With [#createGraph] it keeps its history,
  /// so that `.grad()` can be differentiated, and holds the graph until `zeroGrad`; [#gradients]
  /// asks for the same without that.
  public void backward() {
    try (Scope _ = Scope.open()) {
      Walk walk = new Walk(null, null);
      walk.sink = createGraph ? Accumulation::addRecorded : walk::accumulate;
      walk.run();
    }
  }

  /// The state of one pass: what waits, and who gets what it finds.
  private final class Walk {
    private final @Nullable Map<Node, @Nullable Tensor> targets;
    private @Nullable GradientSink sink;
    private final Map<Node, Tensor> pending = new HashMap<>();
    private final PriorityQueue<Node> queue = new PriorityQueue<>(NEWEST_FIRST);
    private final Accumulation.Free free = this::isFree;

    /// What the node received whose gradients are being handed on: closed when they have been.
    private @Nullable Tensor spent;

    /// Null when every leaf is a target.
    private @Nullable WaysToTargets ways;

    Walk(@Nullable Map<Node, @Nullable Tensor> targets, @Nullable GradientSink sink) {
      this.targets = targets;
      this.sink = sink;
    }

    void run() {
      List<Node> roots = new ArrayList<>();
      for (Tensor t : outputs) {
        Handles.view(t); // an error of its own for a closed one
        Node node = Handles.node(t);
        if (node == null) {
          throw new TensorException(
              "output of shape "
                  + t.shape()
                  + " has no history: no input required a gradient, or it was computed under"
                  + " noGrad");
        }
        roots.add(node);
      }
      ways = targets == null ? null : new WaysToTargets(roots, targets.keySet());
      List<Tensor> held = new ArrayList<>(); // so that no seed looks like the pass's own
      for (int i = 0; outputGradients != null && i < outputGradients.length; i++) {
        held.add(alias(outputGradients[i]));
      }
      try {
        Autograd.recording(createGraph, () -> walk(roots));
      } finally {
        held.forEach(Handles::close);
        pending.forEach((node, gradient) -> {
          Handles.close(gradient);
          node.release();
        });
      }
    }

    private void walk(List<Node> roots) {
      for (int i = 0; i < outputs.length; i++) {
        Tensor seed = outputGradients == null ? one(outputs[i]) : outputGradients[i];
        deliver(roots.get(i), new Gradient.Dense(seed));
      }
      while (!queue.isEmpty()) {
        Node node = queue.remove();
        Tensor dy = pending.remove(node);
        if (dy != null) {
          try {
            dy = hooked(node, dy);
            step(node, dy);
          } finally {
            Handles.close(dy);
            node.release();
          }
        }
      }
    }

    private void step(Node node, Tensor dy) {
      if (targets != null && targets.containsKey(node)) {
        targets.put(node, alias(dy));
      }
      spent = dy;
      Tensor leaf = node.leafTensor();
      if (leaf != null && sink != null) {
        sink.accept(leaf, new Gradient.Dense(dy));
        return;
      }
      boolean[] wants = new boolean[node.inputCount()];
      boolean any = false;
      for (int i = 0; i < wants.length; i++) {
        Node input = node.input(i);
        wants[i] = input != null && (ways == null || ways.leadThrough(input));
        any |= wants[i];
      }
      Op op = node.op();
      if (any && op != null) {
        try (Frame _ = Metering.backward(op, node, dy);
            Scope _ = Scope.open()) {
          BackwardContext context = new BackwardContext(node, wants, createGraph);
          if (op instanceof Checkpoint checkpoint) {
            continueThrough(checkpoint.again(context), dy);
          } else {
            spread(node, context, op, dy);
          }
        }
      }
      if (!retainGraph) {
        node.releaseSaved();
      }
    }

    private void spread(Node node, BackwardContext context, Op op, Tensor dy) {
      @Nullable Gradient[] gradients =
          Anomaly.isOn()
              ? Anomaly.during(node, () -> op.backward(context, dy))
              : op.backward(context, dy);
      // Leaves come last: when one takes memory over, everybody else who holds it is known.
      handOn(node, context, gradients, dy, false);
      handOn(node, context, gradients, dy, true);
    }

    private void handOn(
        Node node,
        BackwardContext context,
        @Nullable Gradient[] gradients,
        Tensor dy,
        boolean toLeaves) {
      for (int i = 0; i < node.inputCount(); i++) {
        Node input = node.input(i);
        Gradient g = i < gradients.length ? gradients[i] : null;
        if (context.wants(i)
            && input != null
            && g != null
            && toLeaves == (input.leafTensor() != null)) {
          check(node, i, g);
          Anomaly.checkBackward(node, i, dy, g);
          deliver(input, g);
        }
      }
    }

    private void accumulate(Tensor leaf, Gradient gradient) {
      Accumulation.add(leaf, gradient, free);
    }

    /// Tells whether a memory may become a leaf's gradient: all of it is this value, and nobody
    /// holds it but the node whose gradients are being handed on, which is done with it.
    private boolean isFree(Tensor value) {
      View view = Handles.view(value);
      Storage memory = view.storage();
      Tensor received = spent;
      int ours = Handles.heldByScope(memory);
      if (received != null && !received.isClosed() && Handles.view(received).storage().is(memory)) {
        ours++;
      }
      return view.elements() == memory.size() && memory.isHeldBy(ours);
    }

    /// Walks on from the result of a second run, whose nodes are newer than all that wait.
    private void continueThrough(Tensor again, Tensor dy) {
      Node root = Handles.node(again);
      if (root != null) {
        if (ways != null) {
          ways.goOnFrom(root);
        }
        deliver(root, new Gradient.Dense(dy));
      }
    }

    /// Runs the hooks of a node; whoever replaces the gradient closes the one before.
    private Tensor hooked(Node node, Tensor dy) {
      Tensor current = dy;
      boolean done = false;
      try {
        for (GradientHook hook : node.hooks()) {
          try (Scope _ = Scope.open()) {
            Tensor replaced = hook.apply(alias(current, true));
            if (replaced != null) {
              checkReplaced(node, replaced);
              Tensor own = alias(replaced);
              Handles.close(current);
              current = own;
            }
          }
        }
        done = true;
        return current;
      } finally {
        if (!done) {
          Handles.close(current); // the caller knows only the first
        }
      }
    }

    private void checkReplaced(Node node, Tensor replaced) {
      if (!replaced.shape().equals(node.shape())
          || replaced.dtype() != node.dtype()
          || !replaced.device().equals(node.device())) {
        throw new TensorException(
            "a hook on "
                + node.described()
                + " "
                + node.dtype()
                + " returned a gradient of shape "
                + replaced.shape()
                + " "
                + replaced.dtype()
                + " on "
                + replaced.device()
                + "; it must have the shape, dtype and device of the tensor");
      }
    }

    /// Hands a leaf's gradient to the sink in the form it has, and adds any other to what waits.
    private void deliver(Node to, Gradient gradient) {
      Tensor leaf = to.leafTensor();
      if (leaf != null && to.hooks().length == 0) {
        if (sink != null) {
          sink.accept(leaf, gradient);
          return;
        }
        if (targets == null || !targets.containsKey(to)) {
          return;
        }
      }
      Tensor value = gradient.dense().to(to.dtype()); // of a tensor in 16 bits it arises in F32
      Tensor before = pending.get(to);
      if (before == null) {
        pending.put(to, alias(value));
        to.retain();
        queue.add(to);
      } else if (!createGraph && Accumulation.mayWrite(before)) {
        before.addInPlace(value);
      } else {
        pending.put(to, alias(before.add(value)));
        Handles.close(before);
      }
    }
  }

  private static Tensor one(Tensor output) {
    if (output.shape().elements() != 1) {
      throw new TensorException(
          "backward from shape "
              + output.shape()
              + " needs the gradient of the output: reduce to one number with sum() or mean(), or give outputGradients");
    }
    return Tensor.full(output.dtype(), output.device(), output.shape(), 1);
  }

  private static void check(Node node, int i, Gradient g) {
    Shape expected = node.inputShape(i);
    if (!g.shape().equals(expected)) {
      throw new TensorException(
          "backward of "
              + node
              + " gave a gradient of shape "
              + g.shape()
              + " for input "
              + i
              + " of shape "
              + expected);
    }
  }

  /// Returns a handle of its own on the same memory, which outlives the scope of one node; the pass
  /// closes it.
  private static Tensor alias(Tensor t) {
    return alias(t, false);
  }

  private static Tensor alias(Tensor t, boolean scoped) {
    View view = Handles.view(t);
    Tensor own = scoped ? Handles.wrap(view, t.device()) : Handles.wrapUnscoped(view, t.device());
    Node node = Handles.node(t);
    if (node != null) {
      Handles.setNode(own, node);
    }
    return own;
  }
}
