package org.espalier.nn;

import java.util.Set;
import org.espalier.Tensor;

/// A checkpoint as a model sees it: tensors by name.
public interface Weights {
  /// Returns the names there are.
  Set<String> names();

  /// Returns the tensor of a name: a new one on each call where [#readsAnew], otherwise perhaps one
  /// that others hold.
  ///
  /// @throws org.espalier.TensorException when there is none
  Tensor get(String name);

  /// Tells whether [#get] makes a new tensor on each call, which then belongs to the caller. From
  /// weights that do not, [Parameters] take a copy, so that two models never train one tensor.
  default boolean readsAnew() {
    return false;
  }
}
