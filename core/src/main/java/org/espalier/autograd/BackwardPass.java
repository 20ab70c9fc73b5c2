package org.espalier.autograd;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.engine.Handles;
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
  /// @throws TensorException when an input does not require a gradient or does not influence the
  ///   outputs
  public Tensor[] gradients(Tensor... inputs) {
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
    try (Scope _ = Scope.open()) {
      run(found, null);
    }
    Tensor[] result = new Tensor[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      Tensor g = found.get(nodes[i]);
      if (g != null) {
        result[i] = alias(g, true);
      } else if (zerosForUnused) {
        result[i] = Tensor.zeros(inputs[i].dtype(), inputs[i].device(), inputs[i].shape());
      } else {
        throw new TensorException(
            "input "
                + i
                + " of shape "
                + inputs[i].shape()
                + " does not influence the outputs; ask with zerosForUnused() if that is meant");
      }
    }
    for (Tensor g : found.values()) {
      if (g != null) {
        Handles.close(g);
      }
    }
    return result;
  }

  /// Hands the gradient of every leaf to `sink`.
  public void into(GradientSink sink) {
    try (Scope _ = Scope.open()) {
      run(null, sink);
    }
  }

  /// Accumulates into `.grad()` of every leaf.
  public void backward() {
    into(Autograd::accumulate);
  }

  private void run(@Nullable Map<Node, @Nullable Tensor> targets, @Nullable GradientSink sink) {
    List<Node> roots = new ArrayList<>();
    for (Tensor t : outputs) {
      Node node = Handles.node(t);
      if (node == null) {
        throw new TensorException(
            "output of shape "
                + t.shape()
                + " has no history: no input required a gradient, or it was computed under noGrad");
      }
      roots.add(node);
    }
    Set<Node> useful = targets == null ? null : reaching(roots, targets.keySet());
    Map<Node, Tensor> pending = new HashMap<>();
    PriorityQueue<Node> queue = new PriorityQueue<>(Comparator.comparingLong(Node::id).reversed());
    Autograd.recording(
        createGraph,
        () -> {
          for (int i = 0; i < outputs.length; i++) {
            Tensor seed = outputGradients == null ? one(outputs[i]) : outputGradients[i];
            deliver(roots.get(i), new Gradient.Dense(seed), pending, queue, targets, sink);
          }
          while (!queue.isEmpty()) {
            step(queue.remove(), useful, pending, queue, targets, sink);
          }
        });
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

  private void step(
      Node node,
      @Nullable Set<Node> useful,
      Map<Node, Tensor> pending,
      PriorityQueue<Node> queue,
      @Nullable Map<Node, @Nullable Tensor> targets,
      @Nullable GradientSink sink) {
    Tensor dy = pending.remove(node);
    if (dy == null) {
      return;
    }
    if (targets != null && targets.containsKey(node)) {
      targets.put(node, alias(dy));
    }
    boolean[] wants = new boolean[node.inputCount()];
    boolean any = false;
    for (int i = 0; i < wants.length; i++) {
      Node input = node.input(i);
      wants[i] = input != null && (useful == null || useful.contains(input));
      any |= wants[i];
    }
    var op = node.op();
    if (any && op != null) {
      try (Scope _ = Scope.open()) {
        @Nullable Gradient[] gradients =
            op.backward(new BackwardContext(node, wants, createGraph), dy);
        for (int i = 0; i < wants.length; i++) {
          Node input = node.input(i);
          Gradient g = i < gradients.length ? gradients[i] : null;
          if (wants[i] && input != null && g != null) {
            check(node, i, g);
            deliver(input, g, pending, queue, targets, sink);
          }
        }
      }
    }
    if (!retainGraph) {
      node.releaseSaved();
    }
    Handles.close(dy);
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

  /// Gives a leaf's gradient to the sink, and adds an inner node's to what waits for it.
  private void deliver(
      Node to,
      Gradient gradient,
      Map<Node, Tensor> pending,
      PriorityQueue<Node> queue,
      @Nullable Map<Node, @Nullable Tensor> targets,
      @Nullable GradientSink sink) {
    Tensor leaf = to.leafTensor();
    if (leaf != null && sink != null) {
      sink.accept(leaf, gradient);
      return;
    }
    if (leaf != null && (targets == null || !targets.containsKey(to))) {
      return;
    }
    Tensor value = gradient.dense().to(to.dtype()); // of a tensor in 16 bits it arises in F32
    Tensor before = leaf == null ? pending.get(to) : (targets == null ? null : targets.get(to));
    Tensor after;
    if (before == null) {
      after = alias(value);
    } else if (!createGraph && Accumulation.mayWrite(before)) {
      after = before.addInPlace(value);
    } else {
      after = alias(before.add(value));
      Handles.close(before);
    }
    if (leaf != null && targets != null) {
      targets.put(to, after);
    } else {
      if (before == null) {
        queue.add(to);
      }
      pending.put(to, after);
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

  /// Returns the nodes from which a target can be reached, targets included.
  private static Set<Node> reaching(List<Node> roots, Set<Node> targets) {
    // an op's id is larger than those of its inputs: what is older than every target reaches none
    long oldest = Long.MAX_VALUE;
    for (Node target : targets) {
      oldest = Math.min(oldest, target.id());
    }
    Set<Node> seen = new HashSet<>(roots);
    ArrayDeque<Node> todo = new ArrayDeque<>(seen);
    while (!todo.isEmpty()) {
      Node node = todo.pop();
      for (int i = 0; i < node.inputCount(); i++) {
        Node input = node.input(i);
        if (input != null && input.id() >= oldest && seen.add(input)) {
          todo.push(input);
        }
      }
    }
    Node[] ascending = seen.toArray(new Node[0]);
    Arrays.sort(ascending, Comparator.comparingLong(Node::id));
    Set<Node> useful = new HashSet<>();
    for (Node node : ascending) {
      boolean reaches = targets.contains(node);
      for (int i = 0; i < node.inputCount() && !reaches; i++) {
        Node input = node.input(i);
        reaches = input != null && useful.contains(input);
      }
      if (reaches) {
        useful.add(node);
      }
    }
    return useful;
  }
}
