package org.espalier.nn.data;

import java.util.Arrays;
import java.util.List;
import org.espalier.Device;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.nn.Ragged;

/// Examples packed one after another, without padding.
///
/// @param examples the examples, in order
/// @param layout which rows belong to which example
/// @param ids I32 `[rows]`
public record Batch(List<Example> examples, Ragged layout, Tensor ids) {
  private static final int BUCKET = 8;

  /// Returns the number of rows to which a batch is padded so that few different ones are left: 8
  /// for each doubling, at least 8 apart, so that less than an eighth is added from 64 tokens on.
  ///
  /// @param tokens not negative
  public static int bucket(int tokens) {
    int step = Math.max(BUCKET, Integer.highestOneBit(tokens) / BUCKET);
    return Math.ceilDiv(tokens, step) * step;
  }

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

  /// Returns the same followed by rows that belong to no example. They hold the first token again:
  /// one that no example has would be a row of the table more that moves.
  ///
  /// @param rows how many there are then
  /// @throws org.espalier.TensorException when the examples have more, or none
  public Batch padded(int rows) {
    Ragged longer = layout.padded(rows);
    if (rows == ids.size(0)) {
      return this;
    }
    int[] all = Arrays.copyOf(ids.toIntArray(), rows);
    if (tokens() == 0) {
      throw new TensorException("a batch without a token has none to pad with");
    }
    Arrays.fill(all, tokens(), rows, all[0]);
    return new Batch(examples, longer, Tensor.of(all).to(ids.device()));
  }

  /// Returns the number of examples.
  public int size() {
    return examples.size();
  }

  /// Returns the number of tokens of all examples.
  public int tokens() {
    return layout.tokens();
  }
}
