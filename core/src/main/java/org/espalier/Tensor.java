package org.espalier;

import java.util.function.Function;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.Gradient;
import org.espalier.autograd.GradientHook;
import org.espalier.autograd.Gradients;
import org.espalier.autograd.Node;
import org.espalier.engine.Backends;
import org.espalier.engine.Handles;
import org.espalier.engine.HostCopy;
import org.espalier.engine.Recordings;
import org.espalier.spi.Backend;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.Layout;
import org.espalier.spi.Storage;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// An array of numbers with a shape, a dtype and a device, and a memory of how it was computed.
///
/// ```java
/// Tensor w = Tensor.of(new float[] {1, 2, 3}, 3).requireGrad();
/// w.mul(w).sum().backward();
/// w.grad(); // [2, 4, 6]
/// ```
///
/// Binary operations broadcast (sizes equal or 1, aligned at the last axis) and compute in the
/// later dtype of the two. Every method that returns a tensor leaves its operands alone, except
/// those named `...InPlace`. A tensor is closed with the [Scope] it was made in; using it after
/// that is a [TensorException]. Equality is identity; compare values with [#allClose].
public final class Tensor extends TensorFactories
    implements ElementwiseMethods, ReductionMethods, ProductMethods, ShapeMethods, SpatialMethods {
  static {
    Handles.install(new Door());
  }

  private final View view;
  private final Device device;
  private @Nullable Node node;
  private @Nullable Gradient gradient;
  private @Nullable Scope scope;
  private boolean closed;

  /// A dense copy of a gradient that has another form.
  private boolean shown;

  Tensor(View view, Device device, boolean scoped) {
    this.view = view;
    this.device = device;
    view.storage().retain();
    Scope s = scoped ? Scope.current() : null;
    if (s != null) {
      scope = s;
      s.add(this);
    }
  }

  // ---- looking

  /// Returns the shape.
  public Shape shape() {
    return view.shape();
  }

  /// Returns the size of an axis; negative axes count from the end.
  public int size(int axis) {
    return view.shape().size(axis);
  }

  /// Returns the number of axes.
  public int rank() {
    return view.shape().rank();
  }

  /// Returns the number of elements.
  public int elements() {
    return view.elements();
  }

  /// Returns the dtype.
  public DType dtype() {
    return view.dtype();
  }

  /// Returns the device.
  public Device device() {
    return device;
  }

  /// Tells whether the elements lie in row-major order without gaps.
  public boolean isContiguous() {
    return view.isContiguous();
  }

  /// Tells whether the scope of this tensor has been closed.
  public boolean isClosed() {
    return closed;
  }

  /// Returns the single number of a tensor with one element; [#itemLong] is exact for any I64.
  public double item() {
    checkOne("item()");
    return onHost("item()", v -> v.heap().getDouble(v.offset()));
  }

  /// Returns the single number of a tensor with one element as a long; reals are truncated, as
  /// `to(DType.I64)` does.
  public long itemLong() {
    checkOne("itemLong()");
    return onHost("itemLong()", v -> v.heap().getLong(v.offset()));
  }

  private void checkOne(String what) {
    if (elements() != 1) {
      throw new TensorException(
          what + " needs one element; shape " + shape() + " has " + elements());
    }
  }

  /// Returns the elements in row-major order as floats, rounded from another dtype.
  public float[] toFloatArray() {
    return onHost("toFloatArray()", HostValues::floats);
  }

  /// Returns the elements in row-major order as doubles.
  public double[] toDoubleArray() {
    return onHost("toDoubleArray()", HostValues::doubles);
  }

  /// Returns the elements in row-major order as ints, converted as `to(DType.I32)` does: reals are
  /// truncated and stop at the ends of the range, I64 loses its upper bits.
  public int[] toIntArray() {
    return onHost("toIntArray()", HostValues::ints);
  }

  /// Returns the elements in row-major order as longs, converted as `to(DType.I64)` does: exact for
  /// integers, truncated for reals.
  public long[] toLongArray() {
    return onHost("toLongArray()", HostValues::longs);
  }

  /// Returns the elements in row-major order as booleans: true unless zero.
  public boolean[] toBooleanArray() {
    return onHost("toBooleanArray()", HostValues::booleans);
  }

  /// Shows the elements to `reader` as a contiguous view of heap memory, which is given back
  /// afterwards when it is a copy.
  private <T> T onHost(String what, Function<View, T> reader) {
    check();
    if (!(view.storage() instanceof HeapStorage)) {
      Recordings.refuseRead(device, what + " of " + dtype() + " " + shape());
    }
    if (view.isContiguous()) {
      View here = view.storage() instanceof HeapStorage ? view : HostCopy.of(view);
      if (here != null) {
        return reader.apply(here);
      }
    }
    try (Scope _ = Scope.open()) {
      Tensor c = Autograd.noGrad(this::contiguous);
      if (c.view.storage() instanceof HeapStorage) {
        return reader.apply(c.view);
      }
      HeapStorage copy = (HeapStorage) Backends.of(Device.CPU).allocate(dtype(), elements());
      copy.retain();
      Backends.of(device).read(c.view, copy);
      T result = reader.apply(new View(copy, Layout.contiguous(shape())));
      copy.release();
      return result;
    }
  }

  /// Tells whether shapes are equal and `|a - b| <= absolute + relative * |b|` everywhere, whatever
  /// the dtypes. An infinity is close to the same infinity alone, NaN to nothing. Two tensors of
  /// integers are compared as such, without rounding.
  public boolean allClose(Tensor other, double relative, double absolute) {
    return Closeness.allClose(this, other, relative, absolute);
  }

  /// Returns the values in nested brackets and aligned columns, and the dtype, shape and device
  /// (when it is not the cpu). Beyond 1000 elements only the first and last three along each axis
  /// are shown.
  @Override
  public String toString() {
    return closed ? TensorText.head(this) + " (closed)" : TensorText.of(this);
  }

  // ---- gradients

  /// Asks for this tensor's gradient and returns it: a leaf of the graphs to come.
  ///
  /// @throws TensorException when the dtype is not floating
  public Tensor requireGrad() {
    if (!dtype().isFloating()) {
      throw new TensorException("gradients need a floating dtype, not " + dtype());
    }
    check();
    if (node == null) {
      replaceNode(Node.leaf(this));
    }
    return this;
  }

  /// Tells whether a gradient flows to or through this tensor.
  public boolean requiresGrad() {
    return node != null;
  }

  /// Returns the accumulated gradient as a plain tensor; null when there is none.
  ///
  /// It is this tensor's own memory: changed in place (`grad().mulInPlace(...)`) it is another
  /// gradient, later passes add into it, and [#zeroGrad] closes it. Only a table whose gradient is
  /// row-sparse ([#gradient] tells) shows a dense *copy*, in the scope that is open here; it cannot
  /// be changed in place, because the gradient would not be. After a recorded pass
  /// ([org.espalier.autograd.BackwardPass#createGraph]) the gradient has a history, and later
  /// passes put a new sum in its place instead of adding into it.
  public @Nullable Tensor grad() {
    Gradient g = gradient;
    if (g == null || g instanceof Gradient.Dense) {
      return g == null ? null : g.dense();
    }
    Tensor shown = Autograd.noGrad(() -> g.dense().to(dtype()));
    shown.shown = true;
    return shown;
  }

  /// Returns the accumulated gradient in the form it has; null when there is none.
  public @Nullable Gradient gradient() {
    return gradient;
  }

  /// Returns the accumulated gradient and forgets it without closing it: the caller owns it and
  /// lets go with `Gradients.close`.
  public synchronized @Nullable Gradient takeGradient() {
    Gradient g = gradient;
    gradient = null;
    return g;
  }

  /// Forgets the accumulated gradient.
  public void zeroGrad() {
    replaceGradient(null);
  }

  /// Adds the gradient of this number to `.grad()` of every leaf that it was computed from.
  ///
  /// @throws TensorException when this is not a single number, or has no history
  public void backward() {
    Autograd.of(this).backward();
  }

  /// Returns the same values without history.
  public Tensor detach() {
    check();
    return new Tensor(view, device, true);
  }

  /// Adds a hook that sees, and may replace, this tensor's gradient in each backward pass; see
  /// [GradientHook] for when it runs.
  ///
  /// @return removes the hook when closed
  /// @throws TensorException when no gradient flows here
  public GradientHook.Registration hook(GradientHook hook) {
    check();
    Node n = node;
    if (n == null) {
      throw new TensorException(
          "hook on a tensor of shape "
              + shape()
              + " that no gradient flows to; call requireGrad() first, or hook a result of one that"
              + " does");
    }
    return n.addHook(hook);
  }

  private void replaceNode(@Nullable Node now) {
    Node before = node;
    if (now != null) {
      now.retain();
    }
    node = now;
    if (before != null) {
      before.release();
    }
  }

  private synchronized void replaceGradient(@Nullable Gradient now) {
    Gradient before = gradient;
    gradient = now;
    if (before != null) {
      Gradients.close(before);
    }
  }

  // ---- in place: not recorded, and refused where a gradient would be wrong
  //
  // The other operand may lie in the memory that is written: it is read as it was before.

  /// Adds `other` (broadcast, converted) to this tensor's memory.
  ///
  /// @throws TensorException while recording when either tensor requires a gradient; when two
  ///   elements of this one share memory, as in an expanded view
  public Tensor addInPlace(Tensor other) {
    return inPlace("addInPlace", BinaryKernel.ADD, other);
  }

  /// Multiplies this tensor's memory by `other` (broadcast, converted).
  ///
  /// @throws TensorException as [#addInPlace] does
  public Tensor mulInPlace(Tensor other) {
    return inPlace("mulInPlace", BinaryKernel.MUL, other);
  }

  /// Overwrites this tensor's memory with `other` (broadcast, converted).
  ///
  /// @throws TensorException as [#addInPlace] does
  public Tensor copyInPlace(Tensor other) {
    return inPlace("copyInPlace", null, other);
  }

  /// Writes `this kernel other`, or without a kernel `other`.
  private Tensor inPlace(String name, @Nullable BinaryKernel kernel, Tensor other) {
    checkInPlace(name, other);
    try (Scope _ = Scope.open()) {
      Autograd.noGrad(() -> {
        Tensor on = other.to(device);
        if (kernel != null) {
          on = on.to(dtype());
        }
        on.check();
        View from = expanded(name, on);
        if (from.storage().is(view.storage()) && !from.layout().equals(view.layout())) {
          from = expanded(name, on.copy());
        }
        Backend backend = Backends.of(device);
        if (kernel == null) {
          backend.copy(from, view);
        } else {
          backend.binary(kernel, view, from, view);
        }
      });
    }
    Autograd.changed(this, name);
    return this;
  }

  /// Returns what a kernel sees of the other operand, broadcast to this shape.
  private View expanded(String what, Tensor other) {
    try {
      return other.view.with(other.view.layout().expand(shape()));
    } catch (TensorException e) {
      throw new TensorException(
          what
              + ": "
              + e.getMessage()
              + "; an op without InPlace makes a new tensor of the larger shape",
          e);
    }
  }

  private void checkInPlace(String what, Tensor other) {
    check();
    other.check();
    if (node != null && Autograd.isRecording()) {
      throw new TensorException(
          what
              + " on a tensor that requires a gradient is not recorded; wrap it in Autograd.noGrad,"
              + " or use the form that returns a new tensor");
    }
    if (other.node != null && Autograd.isRecording()) {
      throw new TensorException(
          what
              + " from a tensor "
              + other.shape()
              + " that requires a gradient is not recorded, so the gradient would be lost; detach()"
              + " it, or use the form that returns a new tensor");
    }
    if (shown) {
      throw new TensorException(
          what
              + " on the dense copy of a row-sparse gradient would change the copy alone; use"
              + " Gradients.scaleInPlace(tensor.gradient(), factor), or copy() it first");
    }
    if (view.layout().overlapsItself()) {
      throw new TensorException(
          what
              + " on "
              + view.layout()
              + ": several elements lie in one place of memory, as in an expanded view; copy() it"
              + " first");
    }
  }

  // ---- life

  private void check() {
    if (closed) {
      throw new TensorException(
          "tensor of shape "
              + shape()
              + " was closed with its scope; move what you need outward with scope.keep(tensor)");
    }
  }

  private void closeNow() {
    if (!closed) {
      closed = true;
      scope = null;
      replaceGradient(null);
      replaceNode(null);
      view.storage().release();
    }
  }

  void closeIfIn(Scope closing) {
    if (scope == closing) {
      closeNow();
    }
  }

  /// Tells whether this is a handle of a scope on a memory.
  boolean holdsIn(Scope owner, Storage storage) {
    return scope == owner && view.storage().is(storage);
  }

  void moveOut(Scope from, @Nullable Scope to) {
    check();
    Scope s = scope;
    if (s != null && s.isWithin(from)) {
      scope = to;
      if (to != null) {
        to.add(this);
      }
    }
  }

  /// The engine's door; see [Handles].
  private static final class Door extends Handles {
    @Override
    protected View viewOf(Tensor t) {
      t.check();
      return t.view;
    }

    @Override
    protected @Nullable Node nodeOf(Tensor t) {
      return t.node;
    }

    @Override
    protected void setNodeOf(Tensor t, Node node) {
      t.replaceNode(node);
    }

    @Override
    protected Tensor make(View view, Device device, boolean scoped) {
      return new Tensor(view, device, scoped);
    }

    @Override
    protected @Nullable Gradient gradientOf(Tensor t) {
      return t.gradient;
    }

    @Override
    protected void setGradientOf(Tensor t, @Nullable Gradient gradient) {
      t.replaceGradient(gradient);
    }

    @Override
    protected int heldByScopeOf(Storage storage) {
      Scope s = Scope.current();
      return s == null ? 0 : s.holds(storage);
    }

    @Override
    protected void closeHandle(Tensor t) {
      t.closeNow();
    }
  }
}
