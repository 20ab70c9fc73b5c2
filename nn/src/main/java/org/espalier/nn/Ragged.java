package org.espalier.nn;

import org.espalier.Device;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.jspecify.annotations.Nullable;

/// How the rows of a batch belong to sequences: one after another, without padding between them.
///
/// Sequence `s` owns the rows `[offset(s), offset(s + 1))`. No tensor of a model has the shape
/// `[batch, longest, ...]`. Rows after the last sequence belong to none ([#padded]): attention and
/// pooling leave them out, so their gradients are zeros.
public final class Ragged {
  private final int[] offsets;
  private final int rows;
  private final Tensor offsetTensor;
  private final @Nullable Tensor positionTensor;

  private Ragged(int[] offsets, int rows, Tensor offsetTensor, @Nullable Tensor positionTensor) {
    this.offsets = offsets;
    this.rows = rows;
    this.offsetTensor = offsetTensor;
    this.positionTensor = positionTensor;
  }

  /// Returns the layout of sequences of these lengths.
  ///
  /// @throws TensorException when a length is negative
  public static Ragged of(int... lengths) {
    int[] offsets = new int[lengths.length + 1];
    for (int i = 0; i < lengths.length; i++) {
      if (lengths[i] < 0) {
        throw new TensorException("sequence " + i + " has the negative length " + lengths[i]);
      }
      offsets[i + 1] = Math.addExact(offsets[i], lengths[i]);
    }
    return new Ragged(offsets, offsets[lengths.length], Tensor.of(offsets), null);
  }

  /// Returns the same sequences, followed by rows of none.
  ///
  /// @param all how many rows there are then
  /// @throws TensorException when the sequences have more
  public Ragged padded(int all) {
    if (all < tokens()) {
      throw new TensorException(
          "sequences of " + tokens() + " rows cannot be padded to " + all + " rows");
    }
    return new Ragged(offsets, all, offsetTensor, null);
  }

  /// Returns this layout with its tensors on a device, where the rows are.
  public Ragged to(Device device) {
    return device.equals(offsetTensor.device())
        ? this
        : new Ragged(offsets, rows, offsetTensor.to(device), null);
  }

  /// Returns this layout with tensors that are on the device already, or will be when a recorded
  /// step runs.
  ///
  /// @param offsetsThere in place of [#offsets]
  /// @param positionsThere in place of [#positions]
  public Ragged with(Tensor offsetsThere, Tensor positionsThere) {
    return new Ragged(offsets, rows, offsetsThere, positionsThere);
  }

  /// Returns the number of sequences.
  public int sequences() {
    return offsets.length - 1;
  }

  /// Returns the number of rows, those of no sequence too.
  public int rows() {
    return rows;
  }

  /// Returns the number of rows of all sequences.
  public int tokens() {
    return offsets[offsets.length - 1];
  }

  /// Returns the first row of a sequence; `offset(sequences())` is where the last one ends.
  public int offset(int sequence) {
    return offsets[sequence];
  }

  /// Returns the number of rows of a sequence.
  public int length(int sequence) {
    return offsets[sequence + 1] - offsets[sequence];
  }

  /// Returns the offsets as I32 `[sequences + 1]`.
  public Tensor offsets() {
    return offsetTensor;
  }

  /// Returns the place of each row within its sequence, as I32 `[rows]`; 0 for rows of none.
  public Tensor positions() {
    if (positionTensor != null) {
      return positionTensor;
    }
    int[] p = new int[rows];
    for (int s = 0; s < sequences(); s++) {
      for (int i = offsets[s]; i < offsets[s + 1]; i++) {
        p[i] = i - offsets[s];
      }
    }
    return Tensor.of(p).to(offsetTensor.device());
  }
}
