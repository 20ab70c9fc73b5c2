package org.espalier.testkit;

import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Shape;
import org.espalier.Tensor;

/// An input of an op case: values that F32 and F64 both hold exactly, from which a tensor is made
/// on any device, in any layout.
public final class Input {
  private final Shape shape;
  private final DType dtype;
  private final double[] values;

  private Input(Shape shape, DType dtype, double[] values) {
    this.shape = shape;
    this.dtype = dtype;
    this.values = values;
  }

  /// How a tensor lies in memory.
  public enum Form {
    /// Row-major without gaps.
    CONTIGUOUS,
    /// The axes stored in reverse order.
    TRANSPOSED,
    /// Part of a tensor with a longer last axis, NaN beside it.
    SLICED
  }

  /// Returns standard normal values; the same for the same seed and shape.
  public static Input normal(int seed, int... sizes) {
    Shape shape = Shape.of(sizes);
    Random random = new Random(31L * seed + shape.hashCode());
    double[] values = new double[shape.elements()];
    Arrays.setAll(values, i -> (float) random.nextGaussian());
    return new Input(shape, DType.F32, values);
  }

  /// Returns these real values.
  public static Input reals(Shape shape, double... values) {
    return new Input(shape, DType.F32, Arrays.stream(values).map(x -> (float) x).toArray());
  }

  /// Returns a vector of I32.
  public static Input ints(int... values) {
    return new Input(
        Shape.of(values.length), DType.I32, Arrays.stream(values).asDoubleStream().toArray());
  }

  /// Returns small integers of an integer dtype, or booleans.
  public static Input integers(DType dtype, int seed, int... sizes) {
    Shape shape = Shape.of(sizes);
    Random random = new Random(31L * seed + shape.hashCode());
    double[] values = new double[shape.elements()];
    Arrays.setAll(values, i -> dtype == DType.BOOL ? random.nextInt(2) : random.nextInt(-50, 50));
    return new Input(shape, dtype, values);
  }

  /// Returns integers in `[0, size)`: places along an axis of that size.
  public static Input places(DType dtype, int size, int... sizes) {
    Shape shape = Shape.of(sizes);
    Random random = new Random(31L * size + shape.hashCode());
    double[] values = new double[shape.elements()];
    Arrays.setAll(values, i -> random.nextInt(size));
    return new Input(shape, dtype, values);
  }

  /// Returns the sizes of the shape.
  public int[] sizes() {
    return shape.sizes();
  }

  /// Returns the values changed by a function, rounded to F32.
  public Input map(DoubleUnaryOperator function) {
    double[] changed = Arrays.stream(values).map(x -> (float) function.applyAsDouble(x)).toArray();
    return new Input(shape, dtype, changed);
  }

  /// Returns the shape.
  public Shape shape() {
    return shape;
  }

  /// Returns the last value as an int: the number of rows when these are offsets.
  public int lastInt() {
    return (int) values[values.length - 1];
  }

  /// Tells whether values are real numbers.
  public boolean isReal() {
    return dtype.isFloating();
  }

  /// Returns a tensor; reals take the dtype `real`.
  public Tensor make(DType real, Device device, Form form) {
    DType wanted = isReal() ? real : dtype;
    return switch (form) {
      case CONTIGUOUS -> tensor(values, shape, wanted, device);
      case TRANSPOSED -> {
        int[] reverse = IntStream.range(0, shape.rank()).map(i -> shape.rank() - 1 - i).toArray();
        yield tensor(values, shape, wanted, device).permute(reverse).copy().permute(reverse);
      }
      case SLICED ->
          shape.rank() == 0 ? tensor(values, shape, wanted, device) : sliced(wanted, device);
    };
  }

  private Tensor sliced(DType wanted, Device device) {
    int columns = shape.size(-1);
    int wide = columns + 3;
    Shape around = shape.with(-1, wide);
    double[] padded = new double[around.elements()];
    Arrays.fill(padded, isReal() ? Double.NaN : dtype == DType.BOOL ? 1 : Integer.MIN_VALUE);
    for (int row = 0; columns > 0 && row < values.length / columns; row++) {
      System.arraycopy(values, row * columns, padded, row * wide + 2, columns);
    }
    return tensor(padded, around, wanted, device).slice(shape.rank() - 1, 2, 2 + columns);
  }

  private static Tensor tensor(double[] values, Shape shape, DType dtype, Device device) {
    return Tensor.of(values, values.length).reshape(shape.sizes()).to(dtype).to(device);
  }
}
