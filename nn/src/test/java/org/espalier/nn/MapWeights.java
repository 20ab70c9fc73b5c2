package org.espalier.nn;

import java.util.Map;
import java.util.Set;
import org.espalier.Tensor;
import org.espalier.TensorException;

/// Weights that a test made.
public record MapWeights(Map<String, Tensor> tensors) implements Weights {
  @Override
  public Set<String> names() {
    return tensors.keySet();
  }

  @Override
  public Tensor get(String name) {
    Tensor t = tensors.get(name);
    if (t == null) {
      throw new TensorException("no " + name);
    }
    return t;
  }
}
