package org.espalier.multitask.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.Gradient;
import org.espalier.autograd.Gradients;
import org.espalier.multitask.aggregation.GradientAggregator;
import org.jspecify.annotations.Nullable;

/// The gradients of all tasks of a step on the parameters that they share: gathered one task after
/// another, then combined by an aggregator.
///
/// Shared is what more than one task owns, whatever its name.
///
/// ```java
/// var gradients = new SharedGradients(List.of(parametersOfA, parametersOfB), new PcGrad(seed));
/// lossOfA.backward();
/// gradients.collect(0);
/// lossOfB.backward();
/// gradients.collect(1);
/// gradients.combine(); // .grad() of the shared parameters is the direction to go
/// ```
public final class SharedGradients {
  private final GradientAggregator aggregator;
  private final List<Tensor> shared = new ArrayList<>();
  private final int tasks;
  private final @Nullable Gradient[][] gathered;

  /// Starts with no gradients.
  ///
  /// @param owned the parameters of each task, without its head
  /// @throws IllegalArgumentException when no parameter that is trained has two owners
  public SharedGradients(List<? extends Collection<Tensor>> owned, GradientAggregator aggregator) {
    this.aggregator = aggregator;
    Map<Tensor, Integer> owners = new LinkedHashMap<>();
    for (Collection<Tensor> some : owned) {
      for (Tensor p : some) {
        owners.merge(p, 1, Integer::sum);
      }
    }
    tasks = owned.size();
    owners.forEach((p, n) -> {
      if (n > 1 && p.requiresGrad()) {
        shared.add(p);
      }
    });
    if (shared.isEmpty()) {
      throw new IllegalArgumentException(
          "'"
              + aggregator.name()
              + "' combines gradients on shared parameters, but these tasks share none; train"
              + " without an aggregator");
    }
    gathered = new @Nullable Gradient[tasks][shared.size()];
  }

  /// Takes what task `i` has just left in `.grad()` of the shared parameters.
  public void collect(int i) {
    for (int p = 0; p < shared.size(); p++) {
      gathered[i][p] = shared.get(p).takeGradient();
    }
  }

  /// Leaves the combined gradient in `.grad()` of the shared parameters and lets go of the tasks'
  /// own.
  public void combine() {
    double[] weights =
        aggregator.weights(Gradients.gram(Arrays.stream(gathered).map(Arrays::asList).toList()));
    if (weights.length != tasks) {
      throw new IllegalStateException(
          "'%s' gave %d weights for the gradients of %d tasks"
              .formatted(aggregator.name(), weights.length, tasks));
    }
    for (int p = 0; p < shared.size(); p++) {
      for (int i = 0; i < tasks; i++) {
        Gradient g = gathered[i][p];
        if (g != null) {
          Autograd.accumulate(shared.get(p), g, weights[i]);
          Gradients.close(g);
          gathered[i][p] = null;
        }
      }
    }
  }
}
