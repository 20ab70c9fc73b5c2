package org.espalier;

import org.espalier.engine.Backends;
import org.espalier.engine.Handles;
import org.espalier.random.RandomStream;
import org.espalier.spi.Layout;
import org.espalier.spi.RandomKernel;
import org.espalier.spi.View;

/// The static methods of [Tensor] that draw one from a [RandomStream].
///
/// Element `i` is a function of seed, stream and position alone: the same bits on any device, any
/// number of threads, and any vector width. Drawing moves the stream on by one word an element;
/// normal numbers use whole pairs of words.
abstract sealed class RandomFactories permits TensorFactories {
  RandomFactories() {}

  /// Returns f32 numbers that are uniform in `[0, 1)`.
  ///
  /// ```java
  /// Tensor.uniform(new RandomStream(seed, 0), 3, 4);
  /// ```
  public static Tensor uniform(RandomStream random, int... shape) {
    return uniform(random, DType.F32, Device.CPU, Shape.of(shape));
  }

  /// Returns numbers that are uniform in `[0, 1)`: multiples of `2^-24`, of `2^-11` in F16, and of
  /// `2^-8` in BF16, so that none is rounded to 1.
  ///
  /// @throws TensorException for dtypes that are not floating
  public static Tensor uniform(RandomStream random, DType dtype, Device device, Shape shape) {
    if (!dtype.isHalf()) {
      return draw(RandomKernel.UNIFORM, random, dtype, device, shape);
    }
    try (Scope scope = Scope.open()) {
      double steps = dtype == DType.F16 ? 0x1p11 : 0x1p8;
      Tensor fine = draw(RandomKernel.UNIFORM, random, DType.F32, device, shape);
      return scope.keep(fine.mul(steps).to(DType.I32).to(DType.F32).div(steps).to(dtype));
    }
  }

  /// Returns f32 normal numbers with mean 0 and deviation 1 (Box, Muller 1958).
  public static Tensor normal(RandomStream random, int... shape) {
    return normal(random, DType.F32, Device.CPU, Shape.of(shape));
  }

  /// Returns normal numbers with mean 0 and deviation 1, rounded to the dtype.
  ///
  /// @throws TensorException for dtypes that are not floating
  public static Tensor normal(RandomStream random, DType dtype, Device device, Shape shape) {
    if (!dtype.isHalf()) {
      return draw(RandomKernel.NORMAL, random, dtype, device, shape);
    }
    try (Scope scope = Scope.open()) {
      return scope.keep(draw(RandomKernel.NORMAL, random, DType.F32, device, shape).to(dtype));
    }
  }

  /// Returns booleans that are true with probability `p`.
  public static Tensor bernoulli(RandomStream random, double p, int... shape) {
    return bernoulli(random, p, DType.BOOL, Device.CPU, Shape.of(shape));
  }

  /// Returns 1 (or true) with probability `p`, else 0; `p` counts in steps of `2^-24`.
  ///
  /// @throws TensorException when `p` is not in `[0, 1]`
  public static Tensor bernoulli(
      RandomStream random, double p, DType dtype, Device device, Shape shape) {
    if (!(p >= 0 && p <= 1)) {
      throw new TensorException("bernoulli: probability " + p + " is not in [0, 1]");
    }
    try (Scope scope = Scope.open()) {
      Tensor bound = Tensor.full(DType.F32, device, Shape.SCALAR, p);
      return scope.keep(uniform(random, DType.F32, device, shape).less(bound).to(dtype));
    }
  }

  /// Returns booleans of the shape of `probabilities`, each true with its own probability; NaN and
  /// what is below 0 is never true, what is from 1 up always.
  ///
  /// @throws TensorException when the probabilities are not floating
  public static Tensor bernoulli(RandomStream random, Tensor probabilities) {
    if (!probabilities.dtype().isFloating()) {
      throw new TensorException(
          "bernoulli: probabilities are floating, not " + probabilities.dtype());
    }
    try (Scope scope = Scope.open()) {
      Tensor u = uniform(random, DType.F32, probabilities.device(), probabilities.shape());
      return scope.keep(u.less(probabilities.detach()));
    }
  }

  /// Returns the numbers `0 .. n - 1` in random order, each order equally likely: I32, as the
  /// indices of `rows` are.
  ///
  /// @throws TensorException when `n` is negative
  public static Tensor permutation(RandomStream random, int n) {
    if (n < 0) {
      throw new TensorException("a permutation of " + n + " numbers");
    }
    return Tensor.of(random.permutation(n), n);
  }

  private static Tensor draw(
      RandomKernel kernel, RandomStream random, DType dtype, Device device, Shape shape) {
    if (!dtype.isFloating()) {
      throw new TensorException("random numbers are floating, not " + dtype);
    }
    // Normal numbers come in pairs from pairs of words: one that was used in part is passed over.
    long pair = kernel == RandomKernel.NORMAL ? 1 : 0;
    long from = (random.position() + pair) & ~pair;
    View out =
        new View(Backends.of(device).allocate(dtype, shape.elements()), Layout.contiguous(shape));
    Tensor t = Handles.wrap(out, device);
    Backends.of(device).random(kernel, random.seed(), random.stream(), from, out);
    random.seek((from + shape.elements() + pair) & ~pair);
    return t;
  }
}
