package org.espalier.nn.optim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.espalier.Tensor;

/// Parameters that are trained with the same settings.
///
/// @param parameters by full name
/// @param learningRate before the schedule's factor
/// @param weightDecay decoupled decay; 0 for biases and norms
public record ParameterGroup(
    Map<String, Tensor> parameters, double learningRate, double weightDecay) {

  /// Copies the map, in its order.
  ///
  /// @throws IllegalArgumentException when the rate or the decay is negative or not finite
  public ParameterGroup {
    if (!(learningRate >= 0 && learningRate < Double.POSITIVE_INFINITY)
        || !(weightDecay >= 0 && weightDecay < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "a group needs a learning rate and a weight decay of at least 0; found "
              + learningRate
              + " and "
              + weightDecay);
    }
    parameters = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }

  /// Splits parameters in two groups: biases and norms (whatever has one axis) without decay, the
  /// others with.
  public static List<ParameterGroup> decayed(
      Map<String, Tensor> parameters, double learningRate, double weightDecay) {
    // By their axes and not by name: norms are called LayerNorm, ln_1, input_layernorm ...
    Predicate<Map.Entry<String, Tensor>> plain = e -> e.getValue().rank() < 2;
    List<ParameterGroup> groups = new ArrayList<>();
    for (boolean without : new boolean[] {false, true}) {
      Map<String, Tensor> some = new LinkedHashMap<>();
      parameters.entrySet().stream()
          .filter(e -> plain.test(e) == without && e.getValue().requiresGrad())
          .forEach(e -> some.put(e.getKey(), e.getValue()));
      if (!some.isEmpty()) {
        groups.add(new ParameterGroup(some, learningRate, without ? 0 : weightDecay));
      }
    }
    return groups;
  }
}
