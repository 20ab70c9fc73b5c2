package org.espalier.testkit;

import java.util.List;
import java.util.function.Function;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Tensor;

/// One use of an op that every backend must get right.
///
/// @param name what is special about it
/// @param op the op it is a case of, or the class that composes it of others
/// @param inputs the inputs, in the order of `function`
/// @param function the op on its inputs
/// @param bound how far F32 may be from F64
/// @param orders how often it can be differentiated: 0, 1 or 2 times
public record OpCase(
    String name,
    Class<?> op,
    List<Input> inputs,
    Function<Tensor[], Tensor> function,
    Bound bound,
    int orders) {

  /// Half the distance from 1 to the next F32.
  private static final double EPS = 0x1p-24;

  /// Below it F32 has no full precision, and a backend may flush to zero.
  private static final double TINY = 0x1p-126;

  /// How far a result in F32 may be from the same in F64: `factor * eps * sqrt(terms)` of a
  /// magnitude.
  ///
  /// @param factor constant; 0 for results that are exact
  /// @param terms the length of the longest sum
  /// @param ofLargest whether the magnitude is the largest of inputs and outputs (sums, where terms
  ///   cancel), or the element's own
  public record Bound(double factor, int terms, boolean ofLargest) {
    /// Returns the bound for an element.
    ///
    /// @param expected the element
    /// @param largest the largest magnitude of inputs and outputs
    public double at(double expected, double largest) {
      double magnitude = ofLargest ? largest : Math.abs(expected);
      return factor == 0 ? 0 : factor * EPS * Math.sqrt(terms) * magnitude + TINY;
    }
  }

  /// Returns a case whose elements are each computed from a few numbers, and which is twice
  /// differentiable.
  public static OpCase of(
      String name, Class<?> op, Function<Tensor[], Tensor> function, Input... inputs) {
    return new OpCase(name, op, List.of(inputs), function, new Bound(8, 1, false), 2);
  }

  /// Returns this case for an op that adds up `terms` products.
  public OpCase terms(int terms) {
    return new OpCase(name, op, inputs, function, new Bound(8, terms, true), orders);
  }

  /// Returns this case for an op that moves values without computing.
  public OpCase exact() {
    return new OpCase(name, op, inputs, function, new Bound(0, 1, false), orders);
  }

  /// Returns this case for an op that cannot be differentiated.
  public OpCase noGradient() {
    return new OpCase(name, op, inputs, function, bound, 0);
  }

  /// Returns the inputs as tensors; reals take the dtype `real`.
  public Tensor[] tensors(DType real, Device device, Input.Form form) {
    return inputs.stream().map(i -> i.make(real, device, form)).toArray(Tensor[]::new);
  }

  @Override
  public String toString() {
    return op.getSimpleName() + ": " + name;
  }
}
