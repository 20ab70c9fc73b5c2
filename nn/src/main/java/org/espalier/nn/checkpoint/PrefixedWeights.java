package org.espalier.nn.checkpoint;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.nn.Weights;

/// A checkpoint at several places of a parameter tree: `PREFIX.name` is the checkpoint's `name`.
/// This is how one pretrained encoder starts several.
public final class PrefixedWeights implements Weights {
  private final Weights weights;
  private final List<String> prefixes;

  /// The checkpoint's name by the full one.
  private final Map<String, String> names = new LinkedHashMap<>();

  /// Offers the checkpoint at each of these places.
  ///
  /// @throws IllegalArgumentException when two of its tensors get one name: at `m` and `m.n`, `n.x`
  ///   and `x` would both be `m.n.x`
  public PrefixedWeights(Weights weights, List<String> prefixes) {
    this.weights = weights;
    this.prefixes = List.copyOf(prefixes);
    for (String prefix : this.prefixes) {
      for (String name : weights.names()) {
        String other = names.put(prefix + "." + name, name);
        if (other != null && !other.equals(name)) {
          throw new IllegalArgumentException(
              "at the places %s both '%s' and '%s' would be '%s.%s'; choose places that do not overlap"
                  .formatted(prefixes, other, name, prefix, name));
        }
      }
    }
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(names.keySet());
  }

  @Override
  public Tensor get(String name) {
    String inner = names.get(name);
    if (inner == null) {
      throw new TensorException("no weights named '" + name + "'; the places are " + prefixes);
    }
    return weights.get(inner);
  }

  @Override
  public boolean readsAnew() {
    return weights.readsAnew();
  }
}
