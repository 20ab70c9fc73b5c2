package org.espalier.op;

import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;

/// The cosines and sines of [Rotary]: row `p`, column `j` has those of the angle `p * frequency_j`.
///
/// They are computed once, in double, and rounded once to the dtype of the table. Make one for a
/// model and share it: it is never closed by a scope.
public final class RotaryTable {
  private final Tensor cos;
  private final Tensor sin;

  private RotaryTable(Tensor cos, Tensor sin) {
    this.cos = cos;
    this.sin = sin;
  }

  /// Returns the table of Su et al. (2021): `frequency_j = base^(-2j / headDim)`.
  ///
  /// @param positions how many positions there are, from 0
  /// @param headDim columns of a head, even
  /// @param base usually 10000
  /// @throws TensorException when `headDim` is odd or not positive
  public static RotaryTable of(
      int positions, int headDim, double base, DType dtype, Device device) {
    if (headDim < 2 || headDim % 2 != 0) {
      throw new TensorException("a rotary table needs an even headDim, found " + headDim);
    }
    double[] frequencies = new double[headDim / 2];
    for (int j = 0; j < frequencies.length; j++) {
      frequencies[j] = Math.pow(base, -2.0 * j / headDim);
    }
    return of(positions, frequencies, dtype, device);
  }

  /// Returns the table of these frequencies, in radians per position: for models that scale them to
  /// longer contexts.
  ///
  /// @throws TensorException when the dtype is neither F32 nor F64
  public static RotaryTable of(int positions, double[] frequencies, DType dtype, Device device) {
    if (dtype != DType.F32 && dtype != DType.F64) {
      throw new TensorException("a rotary table is F32 or F64, not " + dtype);
    }
    int half = frequencies.length;
    double[] cos = new double[positions * half];
    double[] sin = new double[positions * half];
    for (int p = 0; p < positions; p++) {
      for (int j = 0; j < half; j++) {
        cos[p * half + j] = Math.cos(p * frequencies[j]);
        sin[p * half + j] = Math.sin(p * frequencies[j]);
      }
    }
    return Scope.outside(() ->
        Autograd.noGrad(() ->
            new RotaryTable(
                Kernels.constants(cos, dtype, device, positions, half),
                Kernels.constants(sin, dtype, device, positions, half))));
  }

  /// Returns the cosines, `[positions, headDim / 2]`.
  public Tensor cos() {
    return cos;
  }

  /// Returns the sines, `[positions, headDim / 2]`.
  public Tensor sin() {
    return sin;
  }
}
