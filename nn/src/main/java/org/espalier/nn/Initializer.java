package org.espalier.nn;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.random.RandomStream;

/// The values a new parameter starts with.
@FunctionalInterface
public interface Initializer {
  /// Returns the values of a parameter; the stream belongs to its name, so they do not depend on
  /// what else a model has.
  Tensor values(Shape shape, RandomStream random);

  /// Returns zeros.
  static Initializer zeros() {
    return (shape, random) -> Tensor.zeros(shape.sizes());
  }

  /// Returns ones.
  static Initializer ones() {
    return (shape, random) -> Tensor.ones(shape.sizes());
  }

  /// Returns normal values around 0; BERT uses deviation 0.02.
  static Initializer normal(double deviation) {
    return (shape, random) -> {
      float[] v = new float[shape.elements()];
      for (int i = 0; i < v.length; i++) {
        v[i] = (float) (random.nextNormal() * deviation);
      }
      return Tensor.of(v, shape.sizes());
    };
  }

  /// Returns uniform values in `[-1/sqrt(n), 1/sqrt(n))`, so that a sum of `n` products keeps its
  /// size: for layers that start from nothing, with `n` the number of their inputs (LeCun et al.
  /// 1998).
  static Initializer uniformOver(int n) {
    double bound = 1 / Math.sqrt(n);
    return (shape, random) -> {
      float[] v = new float[shape.elements()];
      for (int i = 0; i < v.length; i++) {
        v[i] = (float) ((2 * random.nextDouble() - 1) * bound);
      }
      return Tensor.of(v, shape.sizes());
    };
  }
}
