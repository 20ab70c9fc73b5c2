package org.espalier.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Random;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("widths")
class LargeScoresTest {
  private static final int ROWS = 5;
  private static final int DIM = 64;

  /// Scores of about 16384 that F32 holds exactly, a few units apart: their log-sum-exp has an
  /// error of up to 1/1024 in F32, which must not become that of the probabilities.
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "reference"})
  void theGradientsOfAttentionDoNotSufferFromTheRoundingOfItsLogSumExp(String device) {
    double[][] expected = gradients(Device.REFERENCE, DType.F64);
    double[][] actual = gradients(Device.of(device), DType.F32);
    for (int i = 0; i < expected.length; i++) {
      assertArrayEquals(expected[i], actual[i], 4e-5, "gradient " + i);
    }
  }

  private static double[][] gradients(Device device, DType dtype) {
    Random random = new Random(7);
    double[] q = new double[ROWS * DIM];
    double[] k = new double[ROWS * DIM];
    double[] v = new double[ROWS * DIM];
    double[] direction = new double[ROWS * DIM];
    for (int i = 0; i < q.length; i++) {
      q[i] = 8;
      k[i] = 8;
      v[i] = random.nextInt(-8, 9) / 8.0;
      direction[i] = random.nextInt(-8, 9) / 8.0;
    }
    for (int row = 0; row < ROWS; row++) {
      q[row * DIM] += (row - 2) / 32.0;
      k[row * DIM] += (2 * row % ROWS - 2) / 32.0;
    }
    Tensor[] leaves = new Tensor[3];
    double[][] values = {q, k, v};
    for (int i = 0; i < leaves.length; i++) {
      leaves[i] = Tensor.of(values[i], ROWS, DIM).to(dtype).to(device).requireGrad();
    }
    Tensor offsets = Tensor.of(new int[] {0, ROWS}).to(device);
    Tensor out =
        new Attention(1, 1, 4, false, 0, 0, 0)
            .apply(leaves[0], leaves[1], leaves[2], offsets, offsets);
    Tensor[] gradients =
        Autograd.of(out)
            .outputGradients(Tensor.of(direction, ROWS, DIM).to(dtype).to(device))
            .gradients(leaves);
    double[][] result = new double[3][];
    for (int i = 0; i < result.length; i++) {
      result[i] = gradients[i].toDoubleArray();
    }
    return result;
  }
}
