package org.espalier.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.op.CrossEntropy;
import org.junit.jupiter.api.Test;

/// Derivatives of derivatives: Hessian-vector products and a penalty on a gradient.
class HigherOrderTest {
  private static Tensor random(long seed, int... shape) {
    Random random = new Random(seed);
    double[] values = new double[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    Arrays.setAll(values, _ -> random.nextGaussian());
    return Tensor.of(values, shape);
  }

  /// `f(W) = v . tanh(W x)` has the Hessian `d^2 f / dW_ij dW_kl = [i = k] v_i tanh''(z_i) x_j
  /// x_l`.
  @Test
  void theHessianOfATanhLayerIsTheOneOfTheTextbook() {
    Tensor w = random(1, 4, 3).requireGrad();
    Tensor x = random(2, 3, 1);
    Tensor v = random(3, 4, 1);
    Tensor direction = random(4, 4, 3);
    Tensor g = Autograd.of(v.mul(w.matmul(x).tanh()).sum()).createGraph().gradients(w)[0];
    double[] product = Autograd.of(g.mul(direction).sum()).gradients(w)[0].toDoubleArray();
    double[] z = w.detach().matmul(x).toDoubleArray();
    double[] xs = x.toDoubleArray();
    double[] vs = v.toDoubleArray();
    double[] ds = direction.toDoubleArray();
    double[] expected = new double[12];
    for (int i = 0; i < 4; i++) {
      double t = Math.tanh(z[i]);
      double second = vs[i] * -2 * t * (1 - t * t);
      for (int j = 0; j < 3; j++) {
        for (int l = 0; l < 3; l++) {
          expected[i * 3 + j] += second * xs[j] * xs[l] * ds[i * 3 + l];
        }
      }
    }
    assertArrayEquals(expected, product, 1e-12);
  }

  /// Two layers, GELU, layer norm and cross-entropy: `H u` against differences of gradients.
  @Test
  void theHessianVectorProductOfAnMlpAgreesWithDifferencesOfGradients() {
    Tensor[] weights = {
      random(5, 6, 4).requireGrad(), random(6, 6).requireGrad(), random(7, 3, 6).requireGrad()
    };
    ParameterVector layout = ParameterVector.of(List.of(weights));
    Tensor direction = random(8, layout.size());
    Tensor[] g = Autograd.of(loss(weights)).createGraph().gradients(weights);
    List<Tensor> u = layout.unflatten(direction);
    Tensor slope = g[0].mul(u.get(0)).sum();
    for (int i = 1; i < g.length; i++) {
      slope = slope.add(g[i].mul(u.get(i)).sum());
    }
    double[] product =
        layout
            .flattenGradients(
                Arrays.stream(Autograd.of(slope).gradients(weights))
                    .map(Gradient.Dense::new)
                    .toList())
            .toDoubleArray();
    double step = 1e-5;
    Tensor start = layout.flatten().detach();
    double[] up = gradientAt(layout, weights, start.add(direction.mul(step)));
    double[] down = gradientAt(layout, weights, start.add(direction.mul(-step)));
    double[] expected = new double[up.length];
    Arrays.setAll(expected, i -> (up[i] - down[i]) / (2 * step));
    assertTrue(Arrays.stream(expected).map(Math::abs).max().orElse(0) > 0.1, "a flat place");
    assertArrayEquals(expected, product, 1e-7);
  }

  private static double[] gradientAt(ParameterVector layout, Tensor[] weights, Tensor at) {
    layout.assign(at);
    loss(weights).backward();
    double[] gradient = layout.flattenGradients().toDoubleArray();
    Arrays.stream(weights).forEach(Tensor::zeroGrad);
    return gradient;
  }

  private static Tensor loss(Tensor[] w) {
    Tensor x = random(9, 5, 4);
    Tensor hidden = x.linear(w[0], w[1]).gelu();
    Tensor targets = Tensor.of(new int[] {0, 2, 1, 1, 0});
    return CrossEntropy.apply(hidden.linear(w[2], null), targets, CrossEntropy.IGNORE, 0).mean();
  }

  /// The critic of a Wasserstein GAN with gradient penalty (Gulrajani et al. 2017): the penalty
  /// pulls the norm of its slope towards 1 while the critic still tells the two sides apart.
  @Test
  void aGradientPenaltyTrainsACriticToSlopeOne() {
    Tensor w1 = random(10, 16, 2).mul(0.7).detach().requireGrad();
    Tensor b1 = random(11, 16).mul(0.1).detach().requireGrad();
    Tensor w2 = random(12, 1, 16).mul(0.7).detach().requireGrad();
    List<Tensor> critic = List.of(w1, b1, w2);
    Tensor real = random(13, 32, 2);
    Tensor fake = random(14, 32, 2).add(Tensor.of(new double[] {2, 1}));
    double first = Double.NaN;
    double last = Double.NaN;
    for (int step = 0; step < 60; step++) {
      try (Scope _ = Scope.open()) {
        Tensor between = real.add(fake.sub(real).mul(step % 10 / 10.0)).detach().requireGrad();
        Tensor slope =
            Autograd.of(critic(between, critic).sum()).createGraph().gradients(between)[0];
        Tensor norm = slope.square().sum(1).sqrt();
        Tensor penalty = norm.sub(1).square().mean();
        Tensor gap = critic(fake, critic).mean().sub(critic(real, critic).mean());
        penalty.mul(10).add(gap).backward();
        first = step == 0 ? penalty.item() : first;
        last = penalty.item();
        Autograd.noGrad(() -> {
          for (Tensor p : critic) {
            Tensor g = p.grad();
            p.addInPlace((g == null ? Tensor.scalar(Float.NaN) : g).mul(-0.01));
            p.zeroGrad();
          }
        });
      }
    }
    assertTrue(last < first / 4, "penalty went from " + first + " to " + last);
    double gap = critic(fake, critic).mean().item() - critic(real, critic).mean().item();
    assertTrue(gap < -0.5, "the critic no longer tells the sides apart: " + gap);
  }

  private static Tensor critic(Tensor x, List<Tensor> weights) {
    return x.linear(weights.get(0), weights.get(1)).tanh().linear(weights.get(2), null);
  }

  @Test
  void aPenaltyOnAGradientHasTheDerivativeOfTheFormula() {
    Tensor x = Tensor.of(new double[] {1.5}).requireGrad();
    Tensor g = Autograd.of(x.square().mul(x).sum()).createGraph().gradients(x)[0]; // 3 x^2
    g.square().sum().backward(); // d (3 x^2)^2 / dx = 36 x^3
    Tensor total = x.grad();
    assertEquals(36 * 1.5 * 1.5 * 1.5, total == null ? Double.NaN : total.item(), 1e-9);
  }
}
