package org.espalier.autograd;

import java.util.concurrent.atomic.AtomicLong;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.engine.Handles;
import org.espalier.op.Op;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// One step on the tape: an op that ran, what it saved, and the nodes of its inputs; or a leaf,
/// which stands for a tensor that wants its gradient.
///
/// Ids grow, and an op's id is larger than those of its inputs: descending id is an order in which
/// backward can run, without recursion.
public final class Node {
  private static final AtomicLong IDS = new AtomicLong();

  private final long id = IDS.incrementAndGet();
  private final @Nullable Op op;
  private final @Nullable Tensor leaf;
  private final @Nullable Node[] inputs;
  private final Shape[] inputShapes;
  private final Shape shape;
  private final DType dtype;
  private final Device device;
  private Saved @Nullable [] saved;

  /// A tensor that backward needs: its memory is held until backward has run.
  private record Saved(View view, int version, @Nullable Node node, boolean output) {}

  private Node(
      @Nullable Op op,
      @Nullable Tensor leaf,
      @Nullable Node[] inputs,
      Shape[] inputShapes,
      Tensor output) {
    this.op = op;
    this.leaf = leaf;
    this.inputs = inputs;
    this.inputShapes = inputShapes;
    this.shape = output.shape();
    this.dtype = output.dtype();
    this.device = output.device();
  }

  /// Makes the node of a leaf tensor.
  public static Node leaf(Tensor leaf) {
    return new Node(null, leaf, new @Nullable Node[0], new Shape[0], leaf);
  }

  static Node of(Op op, Tensor[] inputs, Tensor[] toSave, Tensor output) {
    @Nullable Node[] nodes = new @Nullable Node[inputs.length];
    Shape[] shapes = new Shape[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      nodes[i] = Handles.node(inputs[i]);
      shapes[i] = inputs[i].shape();
    }
    Node node = new Node(op, null, nodes, shapes, output);
    Saved[] saved = new Saved[toSave.length];
    for (int i = 0; i < toSave.length; i++) {
      View view = Handles.view(toSave[i]);
      view.storage().retain();
      boolean own = toSave[i] == output;
      saved[i] =
          new Saved(view, view.storage().version(), own ? null : Handles.node(toSave[i]), own);
    }
    node.saved = saved;
    return node;
  }

  long id() {
    return id;
  }

  /// Returns the op, or null for a leaf.
  public @Nullable Op op() {
    return op;
  }

  /// Returns the leaf tensor, or null for an op.
  public @Nullable Tensor leafTensor() {
    return leaf;
  }

  int inputCount() {
    return inputs.length;
  }

  @Nullable Node input(int i) {
    return inputs[i];
  }

  Shape inputShape(int i) {
    return inputShapes[i];
  }

  Shape shape() {
    return shape;
  }

  DType dtype() {
    return dtype;
  }

  Device device() {
    return device;
  }

  /// Returns a saved tensor, linked to the graph.
  Tensor unpack(int i) {
    Saved[] all = saved;
    if (all == null) {
      throw new TensorException(
          "backward ran through "
              + this
              + " already and let its values go; for a second pass call with retainGraph");
    }
    Saved s = all[i];
    if (s.view.storage().version() != s.version) {
      throw new TensorException(
          "a value that backward of "
              + this
              + " needs (shape "
              + s.view.shape()
              + ") was changed in place after the forward pass; change a copy instead, or change it"
              + " after backward");
    }
    Tensor t = Handles.wrap(s.view, device);
    Node link = s.output ? this : s.node;
    if (link != null) {
      Handles.setNode(t, link);
    }
    return t;
  }

  /// Lets go of what was saved.
  void releaseSaved() {
    Saved[] all = saved;
    if (all != null && op != null) {
      saved = null;
      for (Saved s : all) {
        s.view.storage().release();
      }
    }
  }

  @Override
  public String toString() {
    return op == null ? "leaf" + shape : op.name() + shape;
  }
}
