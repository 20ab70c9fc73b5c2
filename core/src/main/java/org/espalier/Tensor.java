package org.espalier;

import java.util.Arrays;
import java.util.function.Function;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.Gradient;
import org.espalier.autograd.Gradients;
import org.espalier.autograd.Node;
import org.espalier.engine.Backends;
import org.espalier.engine.Handles;
import org.espalier.op.*;
import org.espalier.spi.Backend;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.FloatStorage;
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
public final class Tensor {
  static {
    Handles.install(new Door());
  }

  private final View view;
  private final Device device;
  private @Nullable Node node;
  private @Nullable Gradient gradient;
  private @Nullable Scope scope;
  private boolean closed;

  private Tensor(View view, Device device, boolean scoped) {
    this.view = view;
    this.device = device;
    view.storage().retain();
    Scope s = scoped ? Scope.current() : null;
    if (s != null) {
      scope = s;
      s.add(this);
    }
  }

  // ---- making

  /// Returns an f32 tensor of these values in row-major order; without a shape, a vector.
  ///
  /// @throws TensorException when the shape has another number of elements
  public static Tensor of(float[] values, int... shape) {
    return fromArray(DType.F32, values, values.length, shape);
  }

  /// Returns an f64 tensor; see [#of(float[], int...)].
  public static Tensor of(double[] values, int... shape) {
    return fromArray(DType.F64, values, values.length, shape);
  }

  /// Returns an i32 tensor; see [#of(float[], int...)].
  public static Tensor of(int[] values, int... shape) {
    return fromArray(DType.I32, values, values.length, shape);
  }

  /// Returns an i64 tensor; see [#of(float[], int...)].
  public static Tensor of(long[] values, int... shape) {
    return fromArray(DType.I64, values, values.length, shape);
  }

  /// Returns a boolean tensor; see [#of(float[], int...)].
  public static Tensor of(boolean[] values, int... shape) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (values[i] ? 1 : 0);
    }
    return fromArray(DType.BOOL, bytes, values.length, shape);
  }

  private static Tensor fromArray(DType dtype, Object array, int length, int... shape) {
    Shape s = shape.length == 0 ? Shape.of(length) : Shape.of(shape);
    if (s.elements() != length) {
      throw new TensorException(
          length + " values do not fill shape " + s + ", which has " + s.elements() + " elements");
    }
    Tensor t = empty(dtype, Device.CPU, s);
    System.arraycopy(array, 0, t.view.heap().rawArray(), 0, length);
    return t;
  }

  /// Returns one f32 number.
  public static Tensor scalar(float value) {
    return full(DType.F32, Device.CPU, Shape.SCALAR, value);
  }

  /// Returns f32 zeros.
  public static Tensor zeros(int... shape) {
    return zeros(DType.F32, Device.CPU, Shape.of(shape));
  }

  /// Returns zeros.
  public static Tensor zeros(DType dtype, Device device, Shape shape) {
    return full(dtype, device, shape, 0);
  }

  /// Returns f32 ones.
  public static Tensor ones(int... shape) {
    return full(DType.F32, Device.CPU, Shape.of(shape), 1);
  }

  /// Returns a tensor with the same value everywhere.
  public static Tensor full(DType dtype, Device device, Shape shape, double value) {
    Tensor t = empty(dtype, device, shape);
    Backends.of(device).fill(t.view, value);
    return t;
  }

  private static Tensor empty(DType dtype, Device device, Shape shape) {
    Storage storage = Backends.of(device).allocate(dtype, shape.elements());
    return new Tensor(new View(storage, Layout.contiguous(shape)), device, true);
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
    return Arrays.stream(toLongArray()).mapToInt(x -> (int) x).toArray();
  }

  /// Returns the elements in row-major order as longs, truncated from another dtype.
  public long[] toLongArray() {
    return onHost(v -> {
      long[] out = new long[elements()];
      Arrays.setAll(out, i -> v.heap().getLong(v.offset() + i));
      return out;
    });
  }

  /// Shows the elements to `reader` as a contiguous view of heap memory, which is given back
  /// afterwards when it is a copy.
  private <T> T onHost(Function<View, T> reader) {
    check();
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

  /// Returns shape, dtype, and the values when they are few.
  @Override
  public String toString() {
    String head = "Tensor" + shape() + " " + dtype() + " on " + device;
    if (closed) {
      return head + " (closed)";
    }
    return elements() > 64 ? head : head + " " + Arrays.toString(toDoubleArray());
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
      node = Node.leaf(this);
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
    return g == null ? null : Autograd.noGrad(g::dense);
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

  private void replaceGradient(@Nullable Gradient now) {
    Gradient before = gradient;
    gradient = now;
    if (before != null) {
      Gradients.close(before);
    }
  }

  // ---- arithmetic

  /// Returns `this + other`.
  public Tensor add(Tensor other) {
    return Add.apply(this, other);
  }

  /// Returns `this + value`.
  public Tensor add(double value) {
    return Add.apply(this, like(value));
  }

  /// Returns `this - other`.
  public Tensor sub(Tensor other) {
    return Sub.apply(this, other);
  }

  /// Returns `this - value`.
  public Tensor sub(double value) {
    return Sub.apply(this, like(value));
  }

  /// Returns `this * other`, element by element.
  public Tensor mul(Tensor other) {
    return Mul.apply(this, other);
  }

  /// Returns `this * value`.
  public Tensor mul(double value) {
    return Mul.apply(this, like(value));
  }

  /// Returns `this / other`; integers truncate.
  public Tensor div(Tensor other) {
    return Div.apply(this, other);
  }

  /// Returns `this / value`.
  public Tensor div(double value) {
    return Div.apply(this, like(value));
  }

  /// Returns the larger of each pair; see [Maximum].
  public Tensor maximum(Tensor other) {
    return Maximum.apply(this, other);
  }

  /// Returns where `this == other`.
  public Tensor equalTo(Tensor other) {
    return Compare.apply(BinaryKernel.EQUAL, this, other);
  }

  /// Returns where `this < other`.
  public Tensor less(Tensor other) {
    return Compare.apply(BinaryKernel.LESS, this, other);
  }

  /// Returns where `this <= other`.
  public Tensor lessOrEqual(Tensor other) {
    return Compare.apply(BinaryKernel.LESS_OR_EQUAL, this, other);
  }

  /// Returns `a` where this boolean tensor is true, else `b`.
  public Tensor where(Tensor a, Tensor b) {
    return Where.apply(this, a, b);
  }

  /// Returns `-this`.
  public Tensor neg() {
    return Autograd.apply(new Neg(), this);
  }

  /// Returns `|this|`.
  public Tensor abs() {
    return Autograd.apply(new Abs(), this);
  }

  /// Returns `e^this`.
  public Tensor exp() {
    return Autograd.apply(new Exp(), this);
  }

  /// Returns the natural logarithm.
  public Tensor log() {
    return Autograd.apply(new Log(), this);
  }

  /// Returns the square root.
  public Tensor sqrt() {
    return Autograd.apply(new Sqrt(), this);
  }

  /// Returns `this * this`.
  public Tensor square() {
    return Autograd.apply(new Square(), this);
  }

  /// Returns the hyperbolic tangent.
  public Tensor tanh() {
    return Autograd.apply(new Tanh(), this);
  }

  /// Returns `1 / (1 + e^-this)`.
  public Tensor sigmoid() {
    return Autograd.apply(new Sigmoid(), this);
  }

  /// Returns `max(this, 0)`.
  public Tensor relu() {
    return Autograd.apply(new Relu(), this);
  }

  /// Returns the Gauss error function.
  public Tensor erf() {
    return Autograd.apply(new Erf(), this);
  }

  /// Returns GELU, `x * Phi(x)`.
  public Tensor gelu() {
    return Autograd.apply(new Gelu(false), this);
  }

  // ---- reductions

  /// Returns the sum over these axes, which disappear; over all without any.
  public Tensor sum(int... axes) {
    return Sum.apply(this, axes);
  }

  /// Returns the mean over these axes, which disappear; over all without any.
  public Tensor mean(int... axes) {
    return Mean.apply(this, axes);
  }

  /// Returns the largest over these axes, which disappear; over all without any.
  public Tensor max(int... axes) {
    return Max.apply(this, axes);
  }

  /// Returns the index of the first largest along one axis, which disappears, as I64.
  public Tensor argMax(int axis) {
    return Autograd.apply(new ArgMax(shape().axis(axis)), this);
  }

  /// Returns softmax along the last axis.
  public Tensor softmax() {
    return Autograd.apply(new Softmax(), this);
  }

  /// Returns the logarithm of softmax along the last axis.
  public Tensor logSoftmax() {
    return Autograd.apply(new LogSoftmax(), this);
  }

  // ---- products

  /// Returns the matrix product `[..., m, k] x [..., k, n] -> [..., m, n]`; leading axes broadcast.
  public Tensor matmul(Tensor other) {
    return MatrixProduct.apply(this, other);
  }

  /// Returns `this weightᵀ + bias`: `[..., in] x [out, in] -> [..., out]`.
  public Tensor linear(Tensor weight, @Nullable Tensor bias) {
    return Linear.apply(this, weight, bias);
  }

  // ---- views and layout

  /// Returns the same elements under another shape; one size may be -1 and is inferred. Copies only
  /// where strides force it.
  public Tensor reshape(int... sizes) {
    return Reshape.apply(this, sizes);
  }

  /// Returns a view with the axes in another order.
  public Tensor permute(int... order) {
    return Autograd.apply(new Permute(order), this);
  }

  /// Returns a view with the last two axes swapped.
  public Tensor transpose() {
    return Permute.swapLast(this);
  }

  /// Returns a view of `[from, to)` along one axis.
  public Tensor slice(int axis, int from, int to) {
    return Autograd.apply(new Slice(shape().axis(axis), from, to), this);
  }

  /// Returns a view broadcast to a larger shape.
  public Tensor expand(Shape to) {
    return Autograd.apply(new Expand(to), this);
  }

  /// Returns this tensor when it is contiguous, else a contiguous copy.
  public Tensor contiguous() {
    return isContiguous() ? this : Autograd.apply(new Copy(), this);
  }

  /// Returns a contiguous copy.
  public Tensor copy() {
    return Autograd.apply(new Copy(), this);
  }

  /// Returns the rows of this table that I32 `indices` name: `[n, dim] , [m] -> [m, dim]`.
  public Tensor rows(Tensor indices) {
    return Rows.apply(this, indices);
  }

  /// Returns the values in another dtype (this tensor when it has it).
  public Tensor to(DType dtype) {
    return dtype == dtype() ? this : Autograd.apply(new Cast(dtype(), dtype), this);
  }

  /// Returns the values on another device (this tensor when it is there).
  public Tensor to(Device other) {
    return other.equals(device) ? this : Autograd.apply(new Transfer(device, other), this);
  }

  // ---- in place: not recorded, and refused where a gradient would be wrong

  /// Adds `other` (broadcast) to this tensor's memory.
  public Tensor addInPlace(Tensor other) {
    return binaryInPlace(BinaryKernel.ADD, other);
  }

  /// Multiplies this tensor's memory by `other` (broadcast).
  public Tensor mulInPlace(Tensor other) {
    return binaryInPlace(BinaryKernel.MUL, other);
  }

  /// Overwrites this tensor's memory with `other` (broadcast, converted).
  public Tensor copyInPlace(Tensor other) {
    checkInPlace("copyInPlace");
    Tensor on = other.to(device);
    on.check();
    Backends.of(device).copy(on.view.with(on.view.layout().expand(shape())), view);
    view.storage().touch();
    return this;
  }

  private Tensor binaryInPlace(BinaryKernel kernel, Tensor other) {
    checkInPlace(kernel + " in place");
    Tensor on = Autograd.noGrad(() -> other.to(dtype()));
    on.check();
    Backend backend = Backends.of(device);
    backend.binary(kernel, view, on.view.with(on.view.layout().expand(shape())), view);
    view.storage().touch();
    return this;
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

  private Tensor like(double value) {
    DType t = dtype().isFloating() ? dtype() : value == Math.rint(value) ? dtype() : DType.F32;
    return full(t, device, Shape.SCALAR, value);
  }

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
      t.node = node;
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
