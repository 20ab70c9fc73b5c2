package org.espalier;

import org.espalier.autograd.Autograd;
import org.espalier.op.*;
import org.espalier.spi.BinaryKernel;

/// The methods of [Tensor] that work element by element.
sealed interface ElementwiseMethods permits Tensor {
  private Tensor self() {
    return (Tensor) this;
  }

  private Tensor like(double value) {
    DType own = self().dtype();
    boolean fits = own.isFloating() || value == Math.rint(value);
    return Tensor.full(fits ? own : DType.F32, self().device(), Shape.SCALAR, value);
  }

  /// Returns `this + other`.
  default Tensor add(Tensor other) {
    return Add.apply(self(), other);
  }

  /// Returns `this + value`.
  default Tensor add(double value) {
    return Add.apply(self(), like(value));
  }

  /// Returns `this - other`.
  default Tensor sub(Tensor other) {
    return Sub.apply(self(), other);
  }

  /// Returns `this - value`.
  default Tensor sub(double value) {
    return Sub.apply(self(), like(value));
  }

  /// Returns `this * other`, element by element.
  default Tensor mul(Tensor other) {
    return Mul.apply(self(), other);
  }

  /// Returns `this * value`.
  default Tensor mul(double value) {
    return Mul.apply(self(), like(value));
  }

  /// Returns `this / other`; integers truncate.
  default Tensor div(Tensor other) {
    return Div.apply(self(), other);
  }

  /// Returns `this / value`.
  default Tensor div(double value) {
    return Div.apply(self(), like(value));
  }

  /// Returns the larger of each pair; see [Maximum].
  default Tensor maximum(Tensor other) {
    return Maximum.apply(self(), other);
  }

  /// Returns where `this == other`.
  default Tensor equalTo(Tensor other) {
    return Compare.apply(BinaryKernel.EQUAL, self(), other);
  }

  /// Returns where `this < other`.
  default Tensor less(Tensor other) {
    return Compare.apply(BinaryKernel.LESS, self(), other);
  }

  /// Returns where `this <= other`.
  default Tensor lessOrEqual(Tensor other) {
    return Compare.apply(BinaryKernel.LESS_OR_EQUAL, self(), other);
  }

  /// Returns `a` where this boolean tensor is true, else `b`.
  default Tensor where(Tensor a, Tensor b) {
    return Where.apply(self(), a, b);
  }

  /// Returns `-this`.
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

  /// Returns the square root.
  default Tensor sqrt() {
    return Autograd.apply(new Sqrt(), self());
  }

  /// Returns `this * this`.
  default Tensor square() {
    return Autograd.apply(new Square(), self());
  }

  /// Returns the hyperbolic tangent.
  default Tensor tanh() {
    return Autograd.apply(new Tanh(), self());
  }

  /// Returns `1 / (1 + e^-self())`.
  default Tensor sigmoid() {
    return Autograd.apply(new Sigmoid(), self());
  }

  /// Returns `max(self(), 0)`.
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
}
