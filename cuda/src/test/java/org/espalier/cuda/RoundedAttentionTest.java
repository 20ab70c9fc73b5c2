package org.espalier.cuda;

import static org.espalier.testkit.Input.ints;
import static org.espalier.testkit.Input.normal;

import org.espalier.Device;
import org.espalier.op.Attention;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OnSoftwareDevice.class)
class RoundedAttentionTest {
  private static final Device CUDA = Device.of("cuda:0");

  @BeforeEach
  void medium() {
    Cuda.setMatmulPrecision(CUDA, MatmulPrecision.MEDIUM);
  }

  @AfterEach
  void strict() {
    Cuda.setMatmulPrecision(CUDA, MatmulPrecision.HIGHEST);
  }

  @Test
  void small() {
    for (double b : new double[] {0.02, 0.01, 0.005, 0.003, 0.001, 1e-4})
    for (int dim : new int[] {8, 40, 65}) {
    var attention = new Attention(2, 1, 1/Math.sqrt(dim), true, 0.1, 3, 1);
    try {
    BesideReference.of(
        t -> attention.apply(t[0], t[1], t[2], t[3], t[3]),
        normal(1, 175, 2 * dim),
        normal(2, 175, dim),
        normal(3, 175, dim),
        ints(0, 70, 175)).agreesWithin(b);
        } catch (AssertionError e) { System.out.println(dim + " " + b + " " + e.getMessage()); }
    }
  }
}
