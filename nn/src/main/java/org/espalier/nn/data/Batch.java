package org.espalier.nn.data;

import java.util.List;
import org.espalier.Device;
import org.espalier.Tensor;
import org.espalier.nn.Ragged;

/// Examples packed one after another, without padding.
///
/// @param examples the examples, in order
/// @param layout which rows belong to which example
/// @param ids I32 `[rows]`
public record Batch(List<Example> examples, Ragged layout, Tensor ids) {
  /// Packs examples.
  public static Batch of(List<Example> examples) {
    int[] lengths = new int[examples.size()];
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = examples.get(i).length();
    }
    Ragged layout = Ragged.of(lengths);
    int[] ids = new int[layout.rows()];
    for (int i = 0; i < lengths.length; i++) {
      examples.get(i).copyIds(ids, layout.offset(i));
    }
    return new Batch(List.copyOf(examples), layout, Tensor.of(ids));
  }

  /// Returns the same with its tensors on a device, where the model is.
  public Batch to(Device device) {
    return device.equals(ids.device())
        ? this
        : new Batch(examples, layout.to(device), ids.to(device));
  }

  /// Returns the number of examples.
  public int size() {
    return examples.size();
  }

  /// Returns the number of tokens.
  public int tokens() {
    return layout.rows();
  }
}
