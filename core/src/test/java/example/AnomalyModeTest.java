package example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.junit.jupiter.api.Test;

/// A user's program, in a package of its own: anomaly mode names its lines.
class AnomalyModeTest {
  private static int line() {
    return StackWalker.getInstance().walk(s -> s.skip(1).findFirst().orElseThrow()).getLineNumber();
  }

  private static String failure(Runnable body) {
    return assertThrows(TensorException.class, body::run).toString();
  }

  private static void assertNames(String message, String... parts) {
    for (String part : parts) {
      assertTrue(message.contains(part), () -> "'" + part + "' is missing in: " + message);
    }
  }

  @Test
  void namesTheOpThatFirstMadeANaNAndItsLine() {
    Tensor x = Tensor.of(new double[] {1, -1});
    int[] line = new int[1];
    String message =
        failure(() ->
            Autograd.anomalyMode(() -> {
              Tensor y = x.mul(2);
              line[0] = line() + 1;
              Tensor z = y.sqrt();
              z.add(1).sum();
            }));
    assertNames(message, "Sqrt[2]", "NaN at element 1", "AnomalyModeTest.java:" + line[0]);
  }

  @Test
  void namesAnInfinityToo() {
    String message = failure(() -> Autograd.anomalyMode(() -> Tensor.of(new double[] {0}).log()));
    assertNames(message, "Log[1]", "-infinity at element 0");
  }

  @Test
  void tellsWhenTheValueCameFromOutside() {
    Tensor x = Tensor.of(new double[] {1, Double.NaN}).requireGrad();
    assertNames(failure(() -> Autograd.anomalyMode(x::exp)), "input 0 of Exp[2]", "from outside");
  }

  @Test
  void leavesAnInfinityAloneThatWasPutInOnPurpose() {
    Tensor mask = Tensor.of(new double[] {0, Double.NEGATIVE_INFINITY});
    double[] p =
        Autograd.anomalyMode(() -> Tensor.of(new double[] {1, 2}).add(mask).softmax())
            .toDoubleArray();
    assertEquals(1, p[0]);
  }

  @Test
  void namesTheOpWhoseBackwardFirstMadeOneAndTheLineOfItsForward() {
    Tensor x = Tensor.of(new double[] {0, 4}).requireGrad();
    int[] line = new int[1];
    String message =
        failure(() ->
            Autograd.anomalyMode(() -> {
              line[0] = line() + 1;
              Tensor y = x.sqrt();
              y.mul(3).sum().backward();
            }));
    assertNames(
        message,
        "backward of Sqrt[2]",
        "infinity at element 0",
        "input 0",
        "AnomalyModeTest.java:" + line[0]);
  }

  @Test
  void namesBothLinesOfAChangeInPlace() {
    Tensor x = Tensor.of(new double[] {3}).requireGrad();
    int[] line = new int[2];
    String message =
        failure(() ->
            Autograd.anomalyMode(() -> {
              Tensor h = x.mul(2);
              line[0] = line() + 1;
              Tensor y = h.square();
              Autograd.noGrad(() -> {
                line[1] = line() + 1;
                h.addInPlace(Tensor.scalar(1));
              });
              y.sum().backward();
            }));
    assertNames(
        message,
        "Square[1]",
        "made by Mul[1]",
        "addInPlace",
        "AnomalyModeTest.java:" + line[0],
        "AnomalyModeTest.java:" + line[1]);
  }

  @Test
  void withoutItTheErrorNamesBothOpsAndHowToSeeTheLines() {
    Tensor x = Tensor.of(new double[] {3}).requireGrad();
    Tensor h = x.mul(2);
    Tensor y = h.square().sum();
    Autograd.noGrad(() -> h.copyInPlace(Tensor.scalar(1)));
    assertNames(failure(y::backward), "Square[1]", "Mul[1]", "copyInPlace", "anomalyMode");
  }

  @Test
  void namesTheOpWhoseGradientWasBeingDifferentiated() {
    Tensor x = Tensor.of(new double[] {1e-250}).requireGrad();
    int[] line = new int[1];
    String message =
        failure(() ->
            Autograd.anomalyMode(() -> {
              line[0] = line() + 1;
              Tensor y = x.sqrt();
              Tensor g = Autograd.of(y.sum()).createGraph().gradients(x)[0]; // 5e124
              g.sum().backward(); // beyond the largest double
            }));
    assertNames(message, "the backward of Sqrt[1]", "infinity", "AnomalyModeTest.java:" + line[0]);
  }

  @Test
  void endsWithItsBody() {
    assertFalse(Autograd.isAnomalyMode());
    assertTrue(Autograd.anomalyMode(Autograd::isAnomalyMode));
    assertFalse(Autograd.isAnomalyMode());
    try (Scope _ = Scope.open()) {
      assertTrue(Double.isNaN(Tensor.of(new double[] {-1}).sqrt().item()));
    }
  }
}
