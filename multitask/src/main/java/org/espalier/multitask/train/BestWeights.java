package org.espalier.multitask.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;

/// Remembers the weights with the best primary score, for early stopping.
final class BestWeights {
  private final MultiTaskModel model;
  private final String primaryTask;
  private final Map<String, Tensor> copies = new LinkedHashMap<>();
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
    double sum = 0;
    int n = 0;
    for (Task t : model.tasks()) {
      if (primaryTask.isEmpty() || primaryTask.equals(t.name())) {
        double v = scores.getOrDefault(t.name(), Double.NaN);
        sum += t.primary().higherIsBetter() ? v : -v;
        n++;
      }
    }
    return sum / n;
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
