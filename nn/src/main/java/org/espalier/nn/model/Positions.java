package org.espalier.nn.model;

import org.espalier.TensorException;
import org.espalier.nn.Ragged;

/// Learned positions: a model has so many and no more.
final class Positions {
  private Positions() {}

  static void require(Ragged layout, int positions) {
    for (int s = 0; s < layout.sequences(); s++) {
      if (layout.length(s) > positions) {
        throw new TensorException(
            "sequence "
                + s
                + " has "
                + layout.length(s)
                + " tokens, the model has "
                + positions
                + " positions; truncate when encoding");
      }
    }
  }
}
