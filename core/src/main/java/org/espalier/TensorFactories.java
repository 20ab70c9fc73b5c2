package org.espalier;

import org.espalier.engine.Backends;
import org.espalier.engine.Handles;
import org.espalier.spi.Layout;
import org.espalier.spi.Storage;
import org.espalier.spi.View;

/// The static methods of [Tensor] that make one from values.
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

  /// Returns a tensor with the same value everywhere.
  public static Tensor full(DType dtype, Device device, Shape shape, double value) {
    Tensor t = empty(dtype, device, shape);
    Backends.of(device).fill(Handles.view(t), value);
    return t;
  }

  private static Tensor empty(DType dtype, Device device, Shape shape) {
    Storage storage = Backends.of(device).allocate(dtype, shape.elements());
    return new Tensor(new View(storage, Layout.contiguous(shape)), device, true);
  }
}
