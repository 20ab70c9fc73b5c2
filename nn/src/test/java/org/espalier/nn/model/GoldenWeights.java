package org.espalier.nn.model;

import java.util.Set;
import java.util.stream.Collectors;
import org.espalier.Tensor;
import org.espalier.nn.Weights;
import org.espalier.testkit.Goldens;

/// The parameters in a golden file of a whole model.
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
}
