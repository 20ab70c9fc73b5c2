package org.espalier.graph;

import java.util.List;
import org.espalier.Tensor;

/// What a step computes.
///
/// @param <I> what a run is given
@FunctionalInterface
public interface StepBody<I> {
  /// Computes the step.
  ///
  /// @return what is to be read of it, without history
  List<Tensor> run(Step<I> step);
}
