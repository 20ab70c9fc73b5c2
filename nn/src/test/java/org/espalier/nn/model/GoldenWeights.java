package org.espalier.nn.model;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.nn.Parameters;
import org.espalier.nn.Weights;
import org.espalier.testkit.Goldens;

/// A golden file of a whole model: its parameters, and their gradients.
record GoldenWeights(Goldens file) implements Weights {
  private static final String START = "parameter/";

  @Override
  public Set<String> names() {
    return file.names().stream()
        .filter(n -> n.startsWith(START))
        .map(n -> n.substring(START.length()))
        .collect(Collectors.toSet());
  }

  @Override
  public Tensor get(String name) {
    return file.get(START + name);
  }

  /// Checks every parameter's gradient within a bound, relative to the largest in its part of the
  /// network.
  ///
  /// @param part names the part that a parameter is in
  /// @return the largest gradient of each part, by its name
  Map<String, Double> assertGradients(Parameters root, double bound, UnaryOperator<String> part) {
    Map<String, Double> largest = new HashMap<>();
    root.all()
        .keySet()
        .forEach(name -> largest.merge(part.apply(name), largestGradient(name), Math::max));
    root.all()
        .forEach((name, parameter) -> {
          Tensor gradient = parameter.grad();
          assertNotNull(gradient, name);
          double inPart = largest.getOrDefault(part.apply(name), 0.0);
          file.assertClose("gradient/" + name, gradient, bound, inPart);
        });
    return largest;
  }

  double largestGradient(String name) {
    return magnitude(file.get("gradient/" + name));
  }

  static double magnitude(Tensor t) {
    return Arrays.stream(t.to(DType.F64).toDoubleArray()).map(Math::abs).max().orElse(0);
  }
}
