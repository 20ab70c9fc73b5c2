package org.espalier;

import org.espalier.autograd.Autograd;
import org.espalier.op.*;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.UnaryKernel;

/// The methods of [Tensor] that work element by element.
///
/// A number beside a tensor says by its Java type in which dtype they meet, never by its value: an
/// `int` or a `long` leaves an integer tensor an integer, a `double` makes it F32.
sealed interface ElementwiseMethods permits Tensor {
  private Tensor self() {
    return (Tensor) this;
  }

  private Tensor like(double value) {
    return Numbers.beside(self(), value);
  }

  private Tensor like(long value) {
    return Numbers.beside(self(), value);
  }

  /// Returns `this + other`.
  default Tensor add(Tensor other) {
    return Add.apply(self(), other);
  }

  /// Returns `this + value`; integers become F32.
  default Tensor add(double value) {
    return Add.apply(self(), like(value));
  }

  /// Returns `this + value`; integers stay integers.
  default Tensor add(long value) {
    return Add.apply(self(), like(value));
  }

  /// Returns `this - other`.
  default Tensor sub(Tensor other) {
    return Sub.apply(self(), other);
  }

  /// Returns `this - value`; integers become F32.
  default Tensor sub(double value) {
    return Sub.apply(self(), like(value));
  }

  /// Returns `this - value`; integers stay integers.
  default Tensor sub(long value) {
    return Sub.apply(self(), like(value));
  }

  /// Returns `this * other`, element by element.
  default Tensor mul(Tensor other) {
    return Mul.apply(self(), other);
  }

  /// Returns `this * value`; integers become F32.
  default Tensor mul(double value) {
    return Mul.apply(self(), like(value));
  }

  /// Returns `this * value`; integers stay integers.
  default Tensor mul(long value) {
    return Mul.apply(self(), like(value));
  }

  /// Returns the quotient `this / other`; integers become F32. [#floorDiv] divides integers.
  default Tensor div(Tensor other) {
    return Div.apply(self(), other);
  }

  /// Returns `this / value`; integers become F32.
  default Tensor div(double value) {
    return Div.apply(self(), like(value));
  }

  /// Returns `this / value`; integers become F32.
  default Tensor div(long value) {
    return Div.apply(self(), like(value));
  }

  /// Returns the largest integer that is not above `this / other`, in the later dtype; see
  /// [FloorDiv].
  default Tensor floorDiv(Tensor other) {
    return FloorDiv.apply(self(), other);
  }

  /// Returns `floorDiv` by a number; integers become F32.
  default Tensor floorDiv(double value) {
    return FloorDiv.apply(self(), like(value));
  }

  /// Returns `floorDiv` by a number; integers stay integers.
  default Tensor floorDiv(long value) {
    return FloorDiv.apply(self(), like(value));
  }

  /// Returns `this ^ other`; see [Pow].
  default Tensor pow(Tensor other) {
    return Pow.apply(self(), other);
  }

  /// Returns `this ^ exponent`; integers become F32. See [Pow].
  default Tensor pow(double exponent) {
    return Pow.apply(self(), exponent);
  }

  /// Returns `this ^ exponent`; integers stay integers. See [Pow].
  default Tensor pow(long exponent) {
    return Pow.apply(self(), exponent);
  }

  /// Returns the larger of each pair; see [Maximum].
  default Tensor maximum(Tensor other) {
    return Maximum.apply(self(), other);
  }

  /// Returns the larger of each element and `value`; integers become F32. See [Maximum].
  default Tensor maximum(double value) {
    return Maximum.apply(self(), like(value));
  }

  /// Returns the larger of each element and `value`; integers stay integers. See [Maximum].
  default Tensor maximum(long value) {
    return Maximum.apply(self(), like(value));
  }

  /// Returns the smaller of each pair; see [Minimum].
  default Tensor minimum(Tensor other) {
    return Minimum.apply(self(), other);
  }

  /// Returns the smaller of each element and `value`; integers become F32. See [Minimum].
  default Tensor minimum(double value) {
    return Minimum.apply(self(), like(value));
  }

  /// Returns the smaller of each element and `value`; integers stay integers. See [Minimum].
  default Tensor minimum(long value) {
    return Minimum.apply(self(), like(value));
  }

  /// Returns the elements limited to `[low, high]`; infinities are no bound, and integers become
  /// F32. See [Clamp].
  default Tensor clamp(double low, double high) {
    return Clamp.apply(self(), low, high);
  }

  /// Returns the elements limited to `[low, high]`; integers stay integers. See [Clamp].
  default Tensor clamp(long low, long high) {
    return Clamp.apply(self(), low, high);
  }

  /// Returns where `this == other`.
  default Tensor equalTo(Tensor other) {
    return Compare.apply(BinaryKernel.EQUAL, self(), other);
  }

  /// Returns where `this == value`.
  default Tensor equalTo(double value) {
    return Compare.apply(BinaryKernel.EQUAL, self(), Numbers.against(self(), value));
  }

  /// Returns where `this == value`.
  default Tensor equalTo(long value) {
    return Compare.apply(BinaryKernel.EQUAL, self(), Numbers.against(self(), value));
  }

  /// Returns where `this != other`.
  default Tensor notEqual(Tensor other) {
    return Compare.apply(BinaryKernel.NOT_EQUAL, self(), other);
  }

  /// Returns where `this != value`.
  default Tensor notEqual(double value) {
    return Compare.apply(BinaryKernel.NOT_EQUAL, self(), Numbers.against(self(), value));
  }

  /// Returns where `this != value`.
  default Tensor notEqual(long value) {
    return Compare.apply(BinaryKernel.NOT_EQUAL, self(), Numbers.against(self(), value));
  }

  /// Returns where `this < other`.
  default Tensor less(Tensor other) {
    return Compare.apply(BinaryKernel.LESS, self(), other);
  }

  /// Returns where `this < value`.
  default Tensor less(double value) {
    return Compare.apply(BinaryKernel.LESS, self(), Numbers.ceiling(self(), value));
  }

  /// Returns where `this < value`.
  default Tensor less(long value) {
    return Compare.apply(BinaryKernel.LESS, self(), Numbers.against(self(), value));
  }

  /// Returns where `this <= other`.
  default Tensor lessOrEqual(Tensor other) {
    return Compare.apply(BinaryKernel.LESS_OR_EQUAL, self(), other);
  }

  /// Returns where `this <= value`.
  default Tensor lessOrEqual(double value) {
    return Compare.apply(BinaryKernel.LESS_OR_EQUAL, self(), Numbers.floor(self(), value));
  }

  /// Returns where `this <= value`.
  default Tensor lessOrEqual(long value) {
    return Compare.apply(BinaryKernel.LESS_OR_EQUAL, self(), Numbers.against(self(), value));
  }

  /// Returns where `this > other`.
  default Tensor greater(Tensor other) {
    return Compare.apply(BinaryKernel.LESS, other, self());
  }

  /// Returns where `this > value`.
  default Tensor greater(double value) {
    return Compare.apply(BinaryKernel.LESS, Numbers.floor(self(), value), self());
  }

  /// Returns where `this > value`.
  default Tensor greater(long value) {
    return Compare.apply(BinaryKernel.LESS, Numbers.against(self(), value), self());
  }

  /// Returns where `this >= other`.
  default Tensor greaterOrEqual(Tensor other) {
    return Compare.apply(BinaryKernel.LESS_OR_EQUAL, other, self());
  }

  /// Returns where `this >= value`.
  default Tensor greaterOrEqual(double value) {
    return Compare.apply(BinaryKernel.LESS_OR_EQUAL, Numbers.ceiling(self(), value), self());
  }

  /// Returns where `this >= value`.
  default Tensor greaterOrEqual(long value) {
    return Compare.apply(BinaryKernel.LESS_OR_EQUAL, Numbers.against(self(), value), self());
  }

  /// Returns where elements are NaN.
  default Tensor isNan() {
    return IsNan.apply(self());
  }

  /// Returns where elements are neither NaN nor infinite.
  default Tensor isFinite() {
    return IsFinite.apply(self());
  }

  /// Returns where both are true (not 0); see [Logic].
  default Tensor logicalAnd(Tensor other) {
    return Logic.and(self(), other);
  }

  /// Returns where at least one is true (not 0); see [Logic].
  default Tensor logicalOr(Tensor other) {
    return Logic.or(self(), other);
  }

  /// Returns where exactly one is true (not 0); see [Logic].
  default Tensor logicalXor(Tensor other) {
    return Logic.xor(self(), other);
  }

  /// Returns where elements are not true (0); see [Logic].
  default Tensor logicalNot() {
    return Logic.not(self());
  }

  /// Returns `a` where this boolean tensor is true, else `b`.
  default Tensor where(Tensor a, Tensor b) {
    return Where.apply(self(), a, b);
  }

  /// Returns `a` where this boolean tensor is true, else the number `b`; integers become F32.
  default Tensor where(Tensor a, double b) {
    return Where.apply(self(), a, Numbers.beside(a, b));
  }

  /// Returns `a` where this boolean tensor is true, else the number `b`; integers stay integers.
  default Tensor where(Tensor a, long b) {
    return Where.apply(self(), a, Numbers.beside(a, b));
  }

  /// Returns the number `a` where this boolean tensor is true, else `b`; integers become F32.
  default Tensor where(double a, Tensor b) {
    return Where.apply(self(), Numbers.beside(b, a), b);
  }

  /// Returns the number `a` where this boolean tensor is true, else `b`; integers stay integers.
  default Tensor where(long a, Tensor b) {
    return Where.apply(self(), Numbers.beside(b, a), b);
  }

  /// Returns one of two numbers, in F32: `a` where this boolean tensor is true, else `b`.
  default Tensor where(double a, double b) {
    Tensor x = Tensor.full(DType.F32, self().device(), Shape.SCALAR, a);
    return Where.apply(self(), x, Tensor.full(DType.F32, self().device(), Shape.SCALAR, b));
  }

  /// Returns this tensor with `value` where `mask` is true; see [MaskedFill].
  default Tensor maskedFill(Tensor mask, double value) {
    return MaskedFill.apply(self(), mask, value);
  }

  /// Returns this tensor with `value` where `mask` is true, exact in I64; see [MaskedFill].
  default Tensor maskedFill(Tensor mask, long value) {
    return MaskedFill.apply(self(), mask, value);
  }

  /// Returns this tensor with elements zeroed with probability `p` and the others divided by `1 -
  /// p`; see [Dropout].
  ///
  /// @param stream which of the seed's streams of bits, one for each place in a model
  default Tensor dropout(double p, long seed, int stream) {
    return Dropout.apply(self(), p, seed, stream);
  }

  /// Returns `-this`; see [Neg].
  default Tensor neg() {
    return Autograd.apply(new Neg(), self());
  }

  /// Returns `|this|`.
  default Tensor abs() {
    return Autograd.apply(new Abs(), self());
  }

  /// Returns `e^this`.
  default Tensor exp() {
    return Autograd.apply(new Exp(), self());
  }

  /// Returns the natural logarithm.
  default Tensor log() {
    return Autograd.apply(new Log(), self());
  }

  /// Returns `log(1 + this)`, precise where this is small.
  default Tensor log1p() {
    return Autograd.apply(new Log1p(), self());
  }

  /// Returns `e^this - 1`, precise where this is small.
  default Tensor expm1() {
    return Autograd.apply(new Expm1(), self());
  }

  /// Returns the square root.
  default Tensor sqrt() {
    return Autograd.apply(new Sqrt(), self());
  }

  /// Returns `1 / sqrt(this)`.
  default Tensor rsqrt() {
    return Autograd.apply(new Rsqrt(), self());
  }

  /// Returns `1 / this`.
  default Tensor reciprocal() {
    return Autograd.apply(new Reciprocal(), self());
  }

  /// Returns `this * this`.
  default Tensor square() {
    return Autograd.apply(new Square(), self());
  }

  /// Returns the hyperbolic tangent.
  default Tensor tanh() {
    return Autograd.apply(new Tanh(), self());
  }

  /// Returns `1 / (1 + e^-this)`.
  default Tensor sigmoid() {
    return Autograd.apply(new Sigmoid(), self());
  }

  /// Returns `max(this, 0)`.
  default Tensor relu() {
    return Autograd.apply(new Relu(), self());
  }

  /// Returns the Gauss error function.
  default Tensor erf() {
    return Autograd.apply(new Erf(), self());
  }

  /// Returns GELU, `x * Phi(x)`.
  default Tensor gelu() {
    return Autograd.apply(new Gelu(false), self());
  }

  /// Returns GELU by its tanh approximation; see [Gelu].
  default Tensor geluTanh() {
    return Autograd.apply(new Gelu(true), self());
  }

  /// Returns `this` where it is positive, else `slope * this`; see [LeakyRelu].
  default Tensor leakyRelu(double slope) {
    return LeakyRelu.apply(self(), slope);
  }

  /// Returns `this` where it is positive, else `alpha * (e^this - 1)`; see [Elu].
  default Tensor elu(double alpha) {
    return Elu.apply(self(), alpha);
  }

  /// Returns `this / (1 + e^-this)`; see [Silu].
  default Tensor silu() {
    return Autograd.apply(new Silu(), self());
  }

  /// Returns `log(1 + e^this)`; see [Softplus].
  default Tensor softplus() {
    return Softplus.apply(self(), 1, 20);
  }

  /// Returns `log(1 + e^(beta * this)) / beta`, and this where `beta * this > threshold`; see
  /// [Softplus].
  default Tensor softplus(double beta, double threshold) {
    return Softplus.apply(self(), beta, threshold);
  }

  /// Returns the sine of radians; see [Sin].
  default Tensor sin() {
    return Autograd.apply(new Sin(), self());
  }

  /// Returns the cosine of radians.
  default Tensor cos() {
    return Autograd.apply(new Cos(), self());
  }

  /// Returns -1, 0 or 1; see [Sign].
  default Tensor sign() {
    return Autograd.apply(new Sign(), self());
  }

  /// Returns the largest integers that are not above, in this dtype.
  default Tensor floor() {
    return Autograd.apply(new Rounding(UnaryKernel.FLOOR), self());
  }

  /// Returns the smallest integers that are not below, in this dtype.
  default Tensor ceil() {
    return Autograd.apply(new Rounding(UnaryKernel.CEIL), self());
  }

  /// Returns the nearest integers, of two the even one, in this dtype.
  default Tensor round() {
    return Autograd.apply(new Rounding(UnaryKernel.ROUND), self());
  }
}
