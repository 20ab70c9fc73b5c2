package org.espalier.multitask.train;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;

/// Remembers the weights with the best primary score, for early stopping.
///
/// Over several tasks the score is the mean of those whose scores are defined when the first is: a
/// validation set of one class has no AUC and never will have, and is left out. A score that is
/// undefined later, as of a model that diverged, is worse than any.
final class BestWeights {
  private final MultiTaskModel model;
  private final String primaryTask;
  private final Map<String, Tensor> copies = new LinkedHashMap<>();
  private final Set<String> counted = new HashSet<>();
  private double best = Double.NEGATIVE_INFINITY;
  private int worse;

  BestWeights(MultiTaskModel model, String primaryTask) {
    this.model = model;
    this.primaryTask = primaryTask;
    if (!primaryTask.isEmpty()) {
      model.task(primaryTask);
    }
  }

  /// Compares scores with the best so far; returns for how many validations nothing was better.
  int offer(Map<String, Double> scores) {
    double now = value(scores);
    if (now > best) {
      best = now;
      worse = 0;
      copy();
    } else {
      worse++;
    }
    return worse;
  }

  private double value(Map<String, Double> scores) {
    if (counted.isEmpty()) {
      for (Task t : model.tasks()) {
        boolean asked = primaryTask.isEmpty() || primaryTask.equals(t.name());
        if (asked && !Double.isNaN(scores.getOrDefault(t.name(), Double.NaN))) {
          counted.add(t.name());
        }
      }
    }
    double sum = 0;
    for (Task t : model.tasks()) {
      if (counted.contains(t.name())) {
        double v = scores.getOrDefault(t.name(), Double.NaN);
        sum += t.primary().higherIsBetter() ? v : -v;
      }
    }
    return sum / counted.size();
  }

  private void copy() {
    model
        .parameters()
        .all()
        .forEach((name, t) -> {
          Tensor c =
              copies.computeIfAbsent(
                  name, n -> Scope.outside(() -> Tensor.zeros(t.dtype(), t.device(), t.shape())));
          Autograd.noGrad(() -> c.copyInPlace(t));
        });
  }

  /// Puts the best weights back, if there are any.
  void restore() {
    copies.forEach((name, c) -> {
      Tensor t = model.parameters().all().get(name);
      if (t != null) {
        Autograd.noGrad(() -> t.copyInPlace(c));
      }
    });
  }
}
