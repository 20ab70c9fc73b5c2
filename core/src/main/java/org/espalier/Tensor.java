package org.espalier;

import java.util.Arrays;
import java.util.function.Function;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.Gradient;
import org.espalier.autograd.GradientHook;
import org.espalier.autograd.Gradients;
import org.espalier.autograd.Node;
import org.espalier.engine.Backends;
import org.espalier.engine.Handles;
import org.espalier.spi.Backend;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.HalfStorage;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.IntStorage;
import org.espalier.spi.Layout;
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

  /// Returns the single number of a tensor with one element.
  public double item() {
    if (elements() != 1) {
      throw new TensorException(
          "item() needs one element; shape " + shape() + " has " + elements());
    }
    return onHost(v -> v.heap().getDouble(v.offset()));
  }

  /// Returns the elements in row-major order as floats, rounded from another dtype.
  public float[] toFloatArray() {
    return onHost(v -> {
      float[] out = new float[elements()];
      if (v.storage() instanceof FloatStorage f) {
        System.arraycopy(f.array(), v.offset(), out, 0, out.length);
      } else if (v.storage() instanceof HalfStorage h) {
        h.getFloats(v.offset(), out, out.length);
      } else {
        for (int i = 0; i < out.length; i++) {
          out[i] = (float) v.heap().getDouble(v.offset() + i);
        }
      }
      return out;
    });
  }

  /// Returns the elements in row-major order as doubles.
  public double[] toDoubleArray() {
    return onHost(v -> {
      double[] out = new double[elements()];
      Arrays.setAll(out, i -> v.heap().getDouble(v.offset() + i));
      return out;
    });
  }

  /// Returns the elements in row-major order as ints, truncated from another dtype.
  public int[] toIntArray() {
    return onHost(v -> {
      int[] out = new int[elements()];
      if (v.storage() instanceof IntStorage s) {
        System.arraycopy(s.array(), v.offset(), out, 0, out.length);
      } else {
        Arrays.setAll(out, i -> (int) v.heap().getLong(v.offset() + i));
      }
      return out;
    });
  }

  /// Returns the elements in row-major order as longs, truncated from another dtype.
  public long[] toLongArray() {
    return onHost(v -> {
      long[] out = new long[elements()];
      Arrays.setAll(out, i -> v.heap().getLong(v.offset() + i));
      return out;
    });
  }

  /// Returns the elements in row-major order as booleans: true unless zero.
  public boolean[] toBooleanArray() {
    double[] values = toDoubleArray();
    boolean[] out = new boolean[values.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = values[i] != 0;
    }
    return out;
  }

  /// Shows the elements to `reader` as a contiguous view of heap memory, which is given back
  /// afterwards when it is a copy.
  private <T> T onHost(Function<View, T> reader) {
    check();
    if (view.isContiguous() && view.storage() instanceof HeapStorage) {
      return reader.apply(view);
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

  /// Tells whether shapes are equal and `|a - b| <= absolute + relative * |b|` everywhere; NaN is
  /// close to nothing.
  public boolean allClose(Tensor other, double relative, double absolute) {
    if (!shape().equals(other.shape())) {
      return false;
    }
    double[] a = toDoubleArray();
    double[] b = other.toDoubleArray();
    for (int i = 0; i < a.length; i++) {
      if (!(a[i] == b[i] || Math.abs(a[i] - b[i]) <= absolute + relative * Math.abs(b[i]))) {
        return false;
      }
    }
    return true;
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

  /// Returns the accumulated gradient as a plain tensor; null when there is none. It is owned by
  /// this tensor and closed by [#zeroGrad].
  public @Nullable Tensor grad() {
    Gradient g = gradient;
    return g == null ? null : Autograd.noGrad(() -> g.dense().to(dtype()));
  }

  /// Returns the accumulated gradient in the form it has; null when there is none.
  public @Nullable Gradient gradient() {
    return gradient;
  }

  /// Returns the accumulated gradient and forgets it without closing it: the caller owns it and
  /// lets go with `Gradients.close`.
  public @Nullable Gradient takeGradient() {
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

  private void replaceGradient(@Nullable Gradient now) {
    Gradient before = gradient;
    gradient = now;
    if (before != null) {
      Gradients.close(before);
    }
  }

  // ---- in place: not recorded, and refused where a gradient would be wrong

  /// Adds `other` (broadcast) to this tensor's memory.
  public Tensor addInPlace(Tensor other) {
    return binaryInPlace("addInPlace", BinaryKernel.ADD, other);
  }

  /// Multiplies this tensor's memory by `other` (broadcast).
  public Tensor mulInPlace(Tensor other) {
    return binaryInPlace("mulInPlace", BinaryKernel.MUL, other);
  }

  /// Overwrites this tensor's memory with `other` (broadcast, converted).
  public Tensor copyInPlace(Tensor other) {
    checkInPlace("copyInPlace");
    Tensor on = other.to(device);
    on.check();
    Backends.of(device).copy(expanded("copyInPlace", on), view);
    Autograd.changed(this, "copyInPlace");
    return this;
  }

  private Tensor binaryInPlace(String name, BinaryKernel kernel, Tensor other) {
    checkInPlace(name);
    Tensor on = Autograd.noGrad(() -> other.to(dtype()));
    on.check();
    Backend backend = Backends.of(device);
    backend.binary(kernel, view, expanded(name, on), view);
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

  private void checkInPlace(String what) {
    check();
    if (node != null && Autograd.isRecording()) {
      throw new TensorException(
          what
              + " on a tensor that requires a gradient is not recorded; wrap it in Autograd.noGrad,"
              + " or use the form that returns a new tensor");
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

  void moveOut(Scope from, @Nullable Scope to) {
    check();
    if (scope == from) {
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
    protected void closeHandle(Tensor t) {
      t.closeNow();
    }
  }
}
