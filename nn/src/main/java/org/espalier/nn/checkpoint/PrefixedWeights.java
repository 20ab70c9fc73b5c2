package org.espalier.nn.checkpoint;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.nn.Weights;

/// A checkpoint at several places of a parameter tree: `PREFIX.name` is the checkpoint's `name`.
/// This is how one pretrained encoder starts several.
public final class PrefixedWeights implements Weights {
  private final Weights weights;
  private final List<String> prefixes;
  private final Set<String> names = new LinkedHashSet<>();

  /// Offers the checkpoint at each of these places.
  public PrefixedWeights(Weights weights, List<String> prefixes) {
    this.weights = weights;
    this.prefixes = List.copyOf(prefixes);
    for (String prefix : prefixes) {
      for (String name : weights.names()) {
        names.add(prefix + "." + name);
      }
    }
  }

  @Override
  public Set<String> names() {
    return names;
  }

  @Override
  public Tensor get(String name) {
    for (String prefix : prefixes) {
      if (names.contains(name) && name.startsWith(prefix + ".")) {
        return weights.get(name.substring(prefix.length() + 1));
      }
    }
    throw new TensorException("no weights named '" + name + "'; the places are " + prefixes);
  }
}
