package org.espalier.nn.model;

import java.util.Arrays;

/// What all transformers ask of their sizes.
final class ModelSizes {
  private ModelSizes() {}

  /// Checks that sizes are positive and the heads divide the hidden size.
  ///
  /// @param names of the sizes, for the message
  static void require(String model, int hidden, int heads, String[] names, int... sizes) {
    boolean positive = Arrays.stream(sizes).allMatch(n -> n > 0);
    if (positive && hidden % heads == 0) {
      return;
    }
    StringBuilder found = new StringBuilder();
    for (int i = 0; i < sizes.length; i++) {
      found.append(i == 0 ? "" : ", ").append(names[i]).append(' ').append(sizes[i]);
    }
    throw new IllegalArgumentException(
        model + " needs positive sizes and a hidden size divisible by its heads; found " + found);
  }
}
