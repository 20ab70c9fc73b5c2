package org.espalier.multitask.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.espalier.multitask.train.TrainingResult.CurvePoint;

/// Gathers the curves of a run.
final class Curves {
  private final Map<String, List<CurvePoint>> losses = new LinkedHashMap<>();
  private final Map<String, List<CurvePoint>> scores = new LinkedHashMap<>();

  Curves(List<Task> tasks) {
    for (Task t : tasks) {
      losses.put(t.name(), new ArrayList<>());
      scores.put(t.name(), new ArrayList<>());
    }
  }

  void loss(String task, int step, double value) {
    losses.computeIfAbsent(task, t -> new ArrayList<>()).add(new CurvePoint(step, value));
  }

  void score(int step, Map<String, Double> values) {
    values.forEach((task, v) ->
        scores.computeIfAbsent(task, t -> new ArrayList<>()).add(new CurvePoint(step, v)));
  }

  Map<String, List<CurvePoint>> losses() {
    return losses;
  }

  Map<String, List<CurvePoint>> scores() {
    return scores;
  }
}
