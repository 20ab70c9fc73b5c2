package org.espalier;

import java.util.function.IntToDoubleFunction;
import org.espalier.engine.Backends;
import org.espalier.engine.Handles;
import org.espalier.op.Concat;
import org.espalier.op.Einsum;
import org.espalier.op.Stack;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.Layout;
import org.espalier.spi.Storage;
import org.espalier.spi.View;

/// The static methods of [Tensor] that make one from values, or from several others.
abstract sealed class TensorFactories extends RandomFactories permits Tensor {
  TensorFactories() {}

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

  /// Returns an F16 or BF16 tensor of these bits; see [#of(float[], int...)].
  ///
  /// @throws TensorException when the dtype has other elements
  public static Tensor of(DType dtype, short[] bits, int... shape) {
    if (!dtype.isHalf()) {
      throw new TensorException("elements of 16 bits are F16 or BF16, not " + dtype);
    }
    return fromArray(dtype, bits, bits.length, shape);
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
    System.arraycopy(array, 0, Handles.view(t).heap().rawArray(), 0, length);
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

  /// Returns a tensor with the same integer everywhere, converted as `to` does: exact in I64,
  /// beyond 2^53 too.
  public static Tensor full(DType dtype, Device device, Shape shape, long value) {
    if (dtype != DType.I64 || (Math.abs(value) <= 1L << 53 && value != Long.MIN_VALUE)) {
      return full(dtype, device, shape, (double) value);
    }
    Tensor t = empty(dtype, device, shape);
    try (Scope _ = Scope.open()) {
      return t.copyInPlace(of(new long[] {value}).reshape());
    }
  }

  /// Returns a tensor with the same value everywhere, converted as `to` does.
  public static Tensor full(DType dtype, Device device, Shape shape, double value) {
    Tensor t = empty(dtype, device, shape);
    Backends.of(device).fill(Handles.view(t), value);
    return t;
  }

  /// Returns zeros of the shape, dtype and device of another tensor.
  public static Tensor zerosLike(Tensor like) {
    return fullLike(like, 0);
  }

  /// Returns ones of the shape, dtype and device of another tensor.
  public static Tensor onesLike(Tensor like) {
    return fullLike(like, 1);
  }

  /// Returns the same value everywhere, in the shape, dtype and device of another tensor.
  public static Tensor fullLike(Tensor like, double value) {
    return full(like.dtype(), like.device(), like.shape(), value);
  }

  /// Returns the same integer everywhere, in the shape, dtype and device of another tensor.
  public static Tensor fullLike(Tensor like, long value) {
    return full(like.dtype(), like.device(), like.shape(), value);
  }

  /// Returns the I32 vector `[0, 1, ..., to - 1]`.
  ///
  /// @throws TensorException when `to` is negative
  public static Tensor arange(int to) {
    return arange(0, to, 1);
  }

  /// Returns the I32 vector `[from, from + step, ...]` of the numbers before `to`.
  ///
  /// @throws TensorException when `step` is 0 or leads away from `to`
  public static Tensor arange(int from, int to, int step) {
    return arange(DType.I32, Device.CPU, from, to, step);
  }

  /// Returns the f32 vector `[from, from + step, ...]` of the numbers before `to`.
  ///
  /// @throws TensorException when `step` is 0 or leads away from `to`
  public static Tensor arange(double from, double to, double step) {
    return arange(DType.F32, Device.CPU, from, to, step);
  }

  /// Returns the vector `[from, from + step, ...]` of the `ceil((to - from) / step)` numbers before
  /// `to`; none when `from == to`. Each is `from + i * step` in double, rounded once.
  ///
  /// @throws TensorException when a number is not finite, `step` is 0 or leads away from `to`, or
  ///   there are more numbers than one array holds (2^31)
  public static Tensor arange(DType dtype, Device device, double from, double to, double step) {
    double count = Math.ceil((to - from) / step);
    if (!(count >= 0) || step == 0 || count == Double.POSITIVE_INFINITY) {
      throw new TensorException(
          "arange from " + from + " to " + to + " in steps of " + step + " never arrives");
    }
    checkCount("arange from " + from + " to " + to + " in steps of " + step, count);
    return generated(dtype, device, (int) count, i -> from + i * step);
  }

  private static void checkCount(String what, double count) {
    if (count > Shape.MOST_ELEMENTS) {
      throw new TensorException(
          what + " has " + count + " numbers, more than one array holds (2^31)");
    }
  }

  /// Returns a vector of numbers that are computed in double and rounded once.
  private static Tensor generated(
      DType dtype, Device device, int count, IntToDoubleFunction number) {
    Tensor t = empty(dtype, Device.CPU, Shape.of(count));
    HeapStorage memory = Handles.view(t).heap();
    for (int i = 0; i < count; i++) {
      memory.setDouble(i, number.applyAsDouble(i));
    }
    return t.to(device);
  }

  /// Returns `count` f32 numbers at equal distances, the first `from` and the last `to`.
  ///
  /// @throws TensorException when `count` is negative
  public static Tensor linspace(double from, double to, int count) {
    return linspace(DType.F32, Device.CPU, from, to, count);
  }

  /// Returns `count` numbers at equal distances, the first `from` and the last `to`, each computed
  /// in double from the nearer end and rounded once; one number is `from`.
  ///
  /// @throws TensorException when `count` is negative or more than one array holds (2^31)
  public static Tensor linspace(DType dtype, Device device, double from, double to, int count) {
    if (count < 0) {
      throw new TensorException("linspace needs a count from 0, found " + count);
    }
    checkCount("linspace from " + from + " to " + to, count);
    double step = count > 1 ? (to - from) / (count - 1) : 0;
    int half = count / 2 + count % 2;
    return generated(
        dtype, device, count, i -> i < half ? from + i * step : to - (count - 1 - i) * step);
  }

  /// Returns the f32 identity matrix `[n, n]`.
  public static Tensor eye(int n) {
    return eye(DType.F32, Device.CPU, n, n);
  }

  /// Returns ones on the main diagonal and zeros elsewhere.
  public static Tensor eye(DType dtype, Device device, int rows, int columns) {
    Tensor t = zeros(dtype, device, Shape.of(rows, columns));
    View view = Handles.view(t);
    Backends.of(device).fill(view.with(view.layout().diagonal(0, 0, 1)), 1);
    return t;
  }

  /// Returns the tensors one after another along an axis that they have; see [Concat].
  ///
  /// @throws TensorException when there is none, or dtypes or other sizes differ
  public static Tensor cat(int axis, Tensor... tensors) {
    return Concat.apply(axis, tensors);
  }

  /// Returns tensors of one shape side by side along a new axis; see [Stack].
  ///
  /// @throws TensorException when there is none, or shapes or dtypes differ
  public static Tensor stack(int axis, Tensor... tensors) {
    return Stack.apply(axis, tensors);
  }

  /// Returns a sum of products in Einstein's notation, such as `"bik,bkj->bij"`; see [Einsum].
  ///
  /// @throws TensorException when the equation does not fit the operands
  public static Tensor einsum(String equation, Tensor... operands) {
    return Einsum.apply(equation, operands);
  }

  private static Tensor empty(DType dtype, Device device, Shape shape) {
    Storage storage = Backends.of(device).allocate(dtype, shape.elements());
    return new Tensor(new View(storage, Layout.contiguous(shape)), device, true);
  }
}
