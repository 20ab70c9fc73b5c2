package org.espalier.nn.head;

import org.espalier.nn.data.Batch;
import org.espalier.nn.data.Target;

/// Finds the kind of target that a head needs.
final class Targets {
  private Targets() {}

  static <T extends Target> T of(Batch batch, int example, Class<T> kind) {
    Target t = batch.examples().get(example).target();
    if (!kind.isInstance(t)) {
      throw new IllegalArgumentException(
          "example "
              + example
              + " of the batch has the target "
              + t
              + ", but this head needs a "
              + kind.getSimpleName());
    }
    return kind.cast(t);
  }
}
