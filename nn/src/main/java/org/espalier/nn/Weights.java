package org.espalier.nn;

import java.util.Set;
import org.espalier.Tensor;

/// A checkpoint as a model sees it: tensors by name.
public interface Weights {
  /// Returns the names there are.
  Set<String> names();

  /// Returns the tensor of a name.
  ///
  /// @throws org.espalier.TensorException when there is none
  Tensor get(String name);
}
