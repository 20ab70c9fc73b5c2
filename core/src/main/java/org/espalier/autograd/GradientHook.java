package org.espalier.autograd;

import org.espalier.Tensor;
import org.jspecify.annotations.Nullable;

/// Sees the gradient of one tensor during backward, and may put another in its place.
///
/// ```java
/// try (var hook = hidden.hook(g -> g.mul(0.5))) { // halves what flows back through `hidden`
///   loss.backward();
/// }
/// ```
///
/// A hook runs once in each backward pass that reaches its tensor, when all contributions of that
/// pass have been added up: for a leaf before the sum is accumulated into `.grad()` or handed to a
/// [GradientSink], for any tensor before [BackwardPass#gradients] returns it. Several hooks run in
/// the order of their making, each on what the one before returned. The gradient of a leaf with a
/// hook is made dense first, so a hook on a word table costs its rows.
@FunctionalInterface
public interface GradientHook {
  /// Receives the gradient and returns another of the same shape and dtype, or null to leave it.
  ///
  /// @param gradient not to be changed in place, and closed with the pass: copy it outside
  ///   (`Scope.outside(gradient::copy)`) to keep it
  @Nullable Tensor apply(Tensor gradient);

  /// A hook at its tensor.
  interface Registration extends AutoCloseable {
    /// Removes the hook; the second time does nothing.
    @Override
    void close();
  }
}
