package org.espalier.nn;

import org.espalier.Device;
import org.espalier.Tensor;
import org.espalier.TensorException;

/// How the rows of a batch belong to sequences: one after another, without padding.
///
/// Sequence `s` owns the rows `[offset(s), offset(s + 1))`. No tensor of a model has the shape
/// `[batch, longest, ...]`.
public final class Ragged {
  private final int[] offsets;
  private final Tensor offsetTensor;

  private Ragged(int[] offsets, Tensor offsetTensor) {
    this.offsets = offsets;
    this.offsetTensor = offsetTensor;
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
    return new Ragged(offsets, Tensor.of(offsets));
  }

  /// Returns this layout with its tensors on a device, where the rows are.
  public Ragged to(Device device) {
    return device.equals(offsetTensor.device())
        ? this
        : new Ragged(offsets, offsetTensor.to(device));
  }

  /// Returns the number of sequences.
  public int sequences() {
    return offsets.length - 1;
  }

  /// Returns the number of rows of all sequences.
  public int rows() {
    return offsets[offsets.length - 1];
  }

  /// Returns the first row of a sequence; `offset(sequences())` is the number of rows.
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

  /// Returns the place of each row within its sequence, as I32 `[rows]`.
  public Tensor positions() {
    int[] p = new int[rows()];
    for (int s = 0; s < sequences(); s++) {
      for (int i = offsets[s]; i < offsets[s + 1]; i++) {
        p[i] = i - offsets[s];
      }
    }
    return Tensor.of(p).to(offsetTensor.device());
  }
}
