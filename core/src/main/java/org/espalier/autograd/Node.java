package org.espalier.autograd;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Arrays;
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
///
/// A node counts who can still reach it: open handles of its tensor, and the nodes that were
/// computed from it. When nobody can (a loss whose scope closed without backward, a graph that was
/// retained to the end), what it saved goes back to the pool at once.
public final class Node {
  private static final AtomicLong IDS = new AtomicLong();
  private static final GradientHook[] NO_HOOKS = {};
  private static final VarHandle HOLDERS;

  static {
    try {
      HOLDERS = MethodHandles.lookup().findVarHandle(Node.class, "holders", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final long id = IDS.incrementAndGet();
  private final @Nullable Op op;
  private final @Nullable Tensor leaf;
  private final @Nullable Node[] inputs;
  private final Shape[] inputShapes;
  private final Shape shape;
  private final DType dtype;
  private final Device device;
  private final @Nullable String origin = Anomaly.origin();
  private Saved @Nullable [] saved;
  private volatile GradientHook[] hooks = NO_HOOKS;

  @SuppressWarnings("unused") // through HOLDERS
  private int holders;

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
      Node input = Handles.node(inputs[i]);
      if (input != null) {
        input.retain();
      }
      nodes[i] = input;
      shapes[i] = inputs[i].shape();
    }
    Node node = new Node(op, null, nodes, shapes, output);
    Saved[] saved = new Saved[toSave.length];
    for (int i = 0; i < toSave.length; i++) {
      View view = Handles.view(toSave[i]);
      view.storage().retain();
      boolean own = toSave[i] == output;
      Node link = own ? null : Handles.node(toSave[i]);
      if (link != null) {
        link.retain();
      }
      saved[i] = new Saved(view, view.storage().version(), link, own);
    }
    node.saved = saved;
    return node;
  }

  /// Returns the id that the next node will exceed.
  static long newest() {
    return IDS.get();
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

  // ---- hooks

  GradientHook[] hooks() {
    return hooks;
  }

  /// Adds a hook; see [GradientHook].
  public synchronized GradientHook.Registration addHook(GradientHook hook) {
    // A wrapper of its own for each registration, so that one hook may be added twice.
    GradientHook entry = gradient -> hook.apply(gradient);
    GradientHook[] more = Arrays.copyOf(hooks, hooks.length + 1);
    more[hooks.length] = entry;
    hooks = more;
    return () -> removeHook(entry);
  }

  @SuppressWarnings("ReferenceEquality") // the very same registration
  private synchronized void removeHook(GradientHook entry) {
    hooks = Arrays.stream(hooks).filter(h -> h != entry).toArray(GradientHook[]::new);
  }

  // ---- what it saved

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
      throw changedInPlace(s);
    }
    Tensor t = Handles.wrap(s.view, device);
    Node link = s.output ? this : s.node;
    if (link != null) {
      Handles.setNode(t, link);
    }
    return t;
  }

  private TensorException changedInPlace(Saved s) {
    Node maker = s.output ? this : s.node;
    String by = s.view.storage().lastChange();
    return new TensorException(
        "backward of "
            + described()
            + " needs a value of shape "
            + s.view.shape()
            + (maker == null || maker == this ? "" : ", made by " + maker.described() + ",")
            + (s.output ? ", its own output," : "")
            + " as it was in the forward pass, but "
            + (by == null ? "something" : by)
            + " changed it in place since; change a copy instead, or change it after backward"
            + (origin == null ? " (Autograd.anomalyMode shows both source lines)" : ""));
  }

  /// Lets go of what was saved.
  void releaseSaved() {
    Saved[] all = saved;
    if (all != null && op != null) {
      saved = null;
      ArrayDeque<Node> dead = new ArrayDeque<>(0);
      for (Saved s : all) {
        s.view.storage().release();
        if (s.node != null && s.node.letGo()) {
          dead.add(s.node);
        }
      }
      bury(dead);
    }
  }

  // ---- who can reach it

  /// Adds a handle or a node that was computed from this one.
  public void retain() {
    HOLDERS.getAndAdd(this, 1);
  }

  /// Removes one; the last one lets go of what was saved, here and wherever nobody else can reach.
  public void release() {
    if (letGo() && op != null) {
      ArrayDeque<Node> dead = new ArrayDeque<>();
      dead.add(this);
      bury(dead);
    }
  }

  private boolean letGo() {
    return (int) HOLDERS.getAndAdd(this, -1) == 1;
  }

  /// Works through a list instead of calling itself: chains may be long.
  private static void bury(ArrayDeque<Node> dead) {
    Node node;
    while ((node = dead.poll()) != null) {
      HOLDERS.set(node, Integer.MIN_VALUE / 2); // never dies a second time
      Saved[] all = node.saved;
      node.saved = null;
      for (int i = 0; all != null && i < all.length; i++) {
        all[i].view.storage().release();
        Node link = all[i].node;
        if (link != null && link.letGo()) {
          dead.add(link);
        }
      }
      for (Node input : node.inputs) {
        if (input != null && input.letGo()) {
          dead.add(input);
        }
      }
    }
  }

  // ---- names

  /// Returns the op and the shape, and in anomaly mode the line that ran it.
  String described() {
    return origin == null ? toString() : this + " (at " + origin + ")";
  }

  @Override
  public String toString() {
    return op == null ? "leaf" + shape : op.name() + shape;
  }
}
