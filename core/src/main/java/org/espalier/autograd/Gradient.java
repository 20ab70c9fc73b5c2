package org.espalier.autograd;

import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.op.IndexAdd;

/// A gradient in the form in which it arose; [#dense()] is the plain one.
///
/// A product is not yet multiplied out, and an embedding's gradient holds only the rows that were
/// touched: accumulation, per-task gradients, Gram matrices and clipping use what they can of that.
public sealed interface Gradient {
  /// Returns the shape of the parameter it belongs to.
  Shape shape();

  /// Returns it as one tensor of that shape.
  Tensor dense();

  /// A plain tensor.
  ///
  /// @param value the gradient
  record Dense(Tensor value) implements Gradient {
    @Override
    public Shape shape() {
      return value.shape();
    }

    @Override
    public Tensor dense() {
      return value;
    }
  }

  /// The rows of a table that were touched; all others are zero.
  ///
  /// @param rows I32 `[n]`, ascending; where one comes again, its values are zeros
  /// @param values `[n, dim...]`
  /// @param shape `[table rows, dim...]`
  record RowSparse(Tensor rows, Tensor values, Shape shape) implements Gradient {
    @Override
    public Tensor dense() {
      return IndexAdd.apply(values, rows, shape.size(0));
    }
  }

  /// The gradient of a linear map's weight, before the product: `outputGradientᵀ input`.
  ///
  /// @param outputGradient `[rows, out]`
  /// @param input `[rows, in]`
  record OuterProduct(Tensor outputGradient, Tensor input) implements Gradient {
    @Override
    public Shape shape() {
      return Shape.of(outputGradient.shape().size(1), input.shape().size(1));
    }

    @Override
    public Tensor dense() {
      return outputGradient.transpose().matmul(input);
    }
  }

  /// Returns the zero gradient of a shape.
  static Gradient zero(Shape shape, DType dtype, Device device) {
    return new Dense(Tensor.zeros(dtype, device, shape));
  }
}
