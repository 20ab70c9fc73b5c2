package org.espalier.nn.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.Gradient;
import org.espalier.graph.StepGraphs;
import org.espalier.op.Embedding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class AdamWTest {
  private static final double LR = 0.01;
  private static final double DECAY = 0.1;

  private static AdamW adamw(Map<String, Tensor> parameters, AdamW.SparseRows rows) {
    return new AdamW(List.of(new ParameterGroup(parameters, LR, DECAY)), rows);
  }

  /// The formula of the paper in double, one element.
  private static double[] reference(double start, double[] gradients, double lr, double decay) {
    double p = start;
    double m = 0;
    double v = 0;
    double[] path = new double[gradients.length];
    for (int t = 1; t <= gradients.length; t++) {
      double g = gradients[t - 1];
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      double mh = m / (1 - Math.pow(0.9, t));
      double vh = v / (1 - Math.pow(0.999, t));
      p = p * (1 - lr * decay) - lr * mh / (Math.sqrt(vh) + 1e-8);
      path[t - 1] = p;
    }
    return path;
  }

  @Test
  void followsTheFormulaOfThePaper() {
    long seed = 1;
    Random random = new Random(seed);
    int n = 1000;
    float[] start = new float[n];
    float[][] coefficients = new float[5][n];
    for (int i = 0; i < n; i++) {
      start[i] = (float) random.nextGaussian();
      for (float[] c : coefficients) {
        c[i] = (float) random.nextGaussian();
      }
    }
    Tensor p = Tensor.of(start).requireGrad();
    AdamW optimiser = adamw(Map.of("p", p), AdamW.SparseRows.ALL);
    for (float[] c : coefficients) {
      p.mul(Tensor.of(c)).sum().backward(); // the gradient is c
      optimiser.step(1, Double.POSITIVE_INFINITY);
    }
    float[] end = p.toFloatArray();
    for (int i = 0; i < n; i++) {
      double[] g = new double[5];
      for (int t = 0; t < 5; t++) {
        g[t] = coefficients[t][i];
      }
      assertEquals(reference(start[i], g, LR, DECAY)[4], end[i], 2e-6, "element " + i);
    }
  }

  @Test
  void clipsByTheJointNormOfAllParameters() {
    Tensor a = Tensor.of(new float[] {0}).requireGrad();
    Tensor b = Tensor.of(new float[] {0, 0}).requireGrad();
    Map<String, Tensor> both = new LinkedHashMap<>();
    both.put("a", a);
    both.put("b", b);
    AdamW optimiser = adamw(both, AdamW.SparseRows.ALL);
    a.mul(2).sum().add(b.mul(Tensor.of(new float[] {3, 6})).sum()).backward();
    assertEquals(7, optimiser.gradientNorm(), 1e-6);
    assertEquals(7, optimiser.step(1, 1), 1e-6);
    Tensor m = optimiser.state().get("b.exp_avg");
    assertNotNull(m);
    assertArrayEquals(new float[] {.1f * 3 / 7, .1f * 6 / 7}, m.toFloatArray(), 1e-6f);
  }

  @Test
  void leavesAParameterWithoutGradientAlone() {
    Tensor used = Tensor.of(new float[] {1}).requireGrad();
    Tensor absent = Tensor.of(new float[] {1}).requireGrad();
    AdamW optimiser =
        adamw(new LinkedHashMap<>(Map.of("used", used, "absent", absent)), AdamW.SparseRows.ALL);
    used.square().sum().backward();
    optimiser.step(1, 1);
    assertEquals(1, absent.item());
    assertTrue(used.item() < 1);
    assertNull(optimiser.state().get("absent.step"));
  }

  @Test
  void forgetsGradientsAfterAStep() {
    Tensor p = Tensor.of(new float[] {1}).requireGrad();
    AdamW optimiser = adamw(Map.of("p", p), AdamW.SparseRows.ALL);
    p.square().sum().backward();
    optimiser.step(1, 1);
    assertNull(p.grad());
    assertEquals(0, optimiser.gradientNorm());
  }

  @Test
  void aSparseGradientMovesAllRowsOrOnlyThoseTouched() {
    for (AdamW.SparseRows rows : AdamW.SparseRows.values()) {
      Tensor table = Tensor.ones(4, 3).requireGrad();
      AdamW optimiser = adamw(Map.of("table", table), rows);
      Embedding.apply(table, Tensor.of(new int[] {2, 2, 0})).sum().backward();
      optimiser.step(1, Double.POSITIVE_INFINITY);
      float[] t = table.toFloatArray();
      float untouched = rows == AdamW.SparseRows.ALL ? (float) (1 - LR * DECAY) : 1f;
      assertEquals(untouched, t[3], 1e-7f, rows.toString());
      assertEquals(untouched, t[9], 1e-7f, rows.toString());
      assertEquals(1 - LR * DECAY - LR, t[0], 1e-6, rows.toString());
      assertEquals(1 - LR * DECAY - LR, t[6], 1e-6, rows.toString());
    }
  }

  @Test
  void continuesToTheBitFromASavedState() {
    float[] gradient = {0.3f, -0.7f};
    Tensor p = Tensor.of(new float[] {1, 2}).requireGrad();
    AdamW first = adamw(Map.of("p", p), AdamW.SparseRows.ALL);
    for (int i = 0; i < 3; i++) {
      p.mul(Tensor.of(gradient)).sum().backward();
      first.step(1, 1);
    }
    Tensor q = Tensor.of(p.toFloatArray()).requireGrad();
    AdamW second = adamw(Map.of("p", q), AdamW.SparseRows.ALL);
    second.restore(first.state());
    for (int i = 0; i < 3; i++) {
      p.mul(Tensor.of(gradient)).sum().backward();
      first.step(1, 1);
      q.mul(Tensor.of(gradient)).sum().backward();
      second.step(1, 1);
    }
    assertArrayEquals(p.toFloatArray(), q.toFloatArray());
  }

  /// The numbers of a step lie on the device, and nothing is read on the host.
  @ParameterizedTest
  @EnumSource(AdamW.SparseRows.class)
  void aStepThatCanBeRecordedHasTheSameBits(AdamW.SparseRows rows) {
    for (Device device : List.of(Device.CPU, Device.REFERENCE)) {
      Map<String, Tensor> ours = parameters(device);
      Map<String, Tensor> theirs = parameters(device);
      AdamW one = twoGroups(ours, rows);
      AdamW other = twoGroups(theirs, rows);
      try (Scope _ = Scope.open();
          var steps =
              StepGraphs.<Integer>eager(
                  device,
                  step -> {
                    backward(theirs, step.input());
                    return List.of(other.step(step, i -> 0.1 * i, 0.5));
                  })) {
        for (int i = 1; i <= 5; i++) {
          backward(ours, i);
          double norm = one.step(0.1 * i, 0.5);
          assertEquals(norm, steps.run("step", i).getFirst().item(), 0);
          ours.forEach((name, t) ->
              assertArrayEquals(t.toFloatArray(), at(theirs, name).toFloatArray(), 0, name));
        }
        Map<String, Tensor> moments = other.state();
        assertEquals(one.state().keySet(), moments.keySet());
        one.state()
            .forEach((name, t) ->
                assertArrayEquals(t.toFloatArray(), at(moments, name).toFloatArray(), 0, name));
      }
    }
  }

  private static Map<String, Tensor> parameters(Device device) {
    Map<String, Tensor> all = new LinkedHashMap<>();
    all.put("table", Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2).to(device).requireGrad());
    all.put("even", Tensor.of(new float[] {1, -1}).to(device).requireGrad());
    all.put("always", Tensor.of(new float[] {0.5f, 3}).to(device).requireGrad());
    all.put("never", Tensor.of(new float[] {7}).to(device).requireGrad());
    return all;
  }

  private static AdamW twoGroups(Map<String, Tensor> all, AdamW.SparseRows rows) {
    Map<String, Tensor> first = new LinkedHashMap<>(all);
    Map<String, Tensor> second = Map.of("always", first.remove("always"));
    return new AdamW(
        List.of(new ParameterGroup(first, LR, DECAY), new ParameterGroup(second, 0.3, 0)), rows);
  }

  /// Every other step leaves a parameter out, which ages no further.
  private static void backward(Map<String, Tensor> p, int step) {
    Tensor table = at(p, "table");
    Tensor ids = Tensor.of(new int[] {2, step % 3, 2}).to(table.device());
    Tensor sum = Embedding.apply(table, ids).square().sum();
    sum = sum.add(at(p, "always").mul(step).sum());
    (step % 2 == 0 ? sum.add(at(p, "even").square().sum()) : sum).backward();
  }

  private static Tensor at(Map<String, Tensor> some, String name) {
    return Objects.requireNonNull(some.get(name), name);
  }

  @Test
  void restoresIntoTheMemoryThatItHas() {
    Tensor p = Tensor.of(new float[] {1, 2}).requireGrad();
    AdamW adamw = adamw(Map.of("p", p), AdamW.SparseRows.ALL);
    p.square().sum().backward();
    adamw.step(1, 1);
    Tensor moment = at(adamw.state(), "p.exp_avg");
    float[] then = moment.toFloatArray();
    Map<String, Tensor> saved = new LinkedHashMap<>();
    adamw.state().forEach((name, t) -> saved.put(name, t.copy()));
    p.square().sum().backward();
    adamw.step(1, 1);
    adamw.restore(saved);
    assertSame(moment, adamw.state().get("p.exp_avg"));
    assertArrayEquals(then, moment.toFloatArray());
    adamw.restore(Map.of());
    assertTrue(adamw.state().isEmpty());
    assertArrayEquals(new float[2], moment.toFloatArray());
  }

  @Test
  void refusesAParameterInTwoGroupsAndAStateThatDoesNotFit() {
    Tensor p = Tensor.of(new float[] {1, 2}).requireGrad();
    ParameterGroup g = new ParameterGroup(Map.of("p", p), LR, 0);
    assertThrows(
        IllegalArgumentException.class, () -> new AdamW(List.of(g, g), AdamW.SparseRows.ALL));
    AdamW optimiser = adamw(Map.of("p", p), AdamW.SparseRows.ALL);
    assertThrows(
        IllegalArgumentException.class,
        () -> optimiser.restore(Map.of("p.step", Tensor.of(new long[] {1}))));
  }

  @Test
  void biasesAndNormsDoNotDecay() {
    Tensor matrix = Tensor.ones(2, 3).requireGrad();
    Tensor vector = Tensor.ones(3).requireGrad();
    var groups =
        ParameterGroup.decayed(
            new LinkedHashMap<>(
                Map.of(
                    "a.weight",
                    matrix,
                    "a.bias",
                    vector,
                    "ln_1.weight",
                    vector,
                    "f",
                    Tensor.ones(1))),
            1,
            0.5);
    assertEquals(2, groups.size());
    for (ParameterGroup g : groups) {
      boolean plain = g.weightDecay() == 0;
      assertEquals(plain ? 2 : 1, g.parameters().size());
      assertEquals(!plain, g.parameters().containsKey("a.weight"));
    }
  }

  @Test
  void theLinearScheduleRisesAndFalls() {
    Schedule s = Schedule.linear(2, 10);
    assertEquals(1.0 / 3, s.factor(0), 1e-12);
    assertEquals(2.0 / 3, s.factor(1), 1e-12);
    assertEquals(1, s.factor(2), 1e-12);
    assertEquals(0.125, s.factor(9), 1e-12);
    assertEquals(0, s.factor(10));
    assertEquals(1, Schedule.constant().factor(99));
    assertThrows(IllegalArgumentException.class, () -> Schedule.linear(3, 2));
  }

  @Test
  void aStateThatIsRefusedChangesNothing() {
    Tensor p = Tensor.of(new float[] {1, 2}).requireGrad();
    Tensor q = Tensor.of(new float[] {1}).requireGrad();
    Map<String, Tensor> both = new LinkedHashMap<>();
    both.put("p", p);
    both.put("q", q);
    AdamW optimiser = adamw(both, AdamW.SparseRows.ALL);
    p.square().sum().add(q.square().sum()).backward();
    optimiser.step(1, 1);
    Map<String, Tensor> good = optimiser.state();
    for (Tensor bad :
        List.of(
            Tensor.of(new long[] {0}),
            Tensor.of(new long[] {-1}),
            Tensor.of(new long[] {1, 2}),
            Tensor.of(new double[] {1.5}),
            Tensor.of(new float[] {Float.NaN}))) {
      Map<String, Tensor> state = new LinkedHashMap<>(good);
      state.put("q.step", bad);
      var e = assertThrows(IllegalArgumentException.class, () -> optimiser.restore(state));
      assertTrue(String.valueOf(e.getMessage()).contains("q.step"), e.getMessage());
      assertSameMoments(good, optimiser.state());
    }
    Map<String, Tensor> state = new LinkedHashMap<>(good);
    state.remove("q.exp_avg_sq");
    assertThrows(IllegalArgumentException.class, () -> optimiser.restore(state));
    assertSameMoments(good, optimiser.state());
  }

  private static void assertSameMoments(Map<String, Tensor> a, Map<String, Tensor> b) {
    assertEquals(a.keySet(), b.keySet());
    a.forEach((name, t) -> {
      if (!name.endsWith(".step")) {
        assertSame(t, b.get(name));
      }
    });
  }

  @Test
  void aStepThatFailsAgesNothing() {
    Tensor table = Tensor.ones(4, 3).requireGrad();
    AdamW optimiser = adamw(Map.of("table", table), AdamW.SparseRows.TOUCHED);
    Embedding.apply(table, Tensor.of(new int[] {2})).sum().backward();
    optimiser.step(1, 1);
    float[] before = table.toFloatArray();
    Tensor beyond = Tensor.of(new int[] {4});
    Autograd.accumulate(table, new Gradient.RowSparse(beyond, Tensor.ones(1, 3), table.shape()));
    assertThrows(RuntimeException.class, () -> optimiser.step(1, 1));
    Tensor step = optimiser.state().get("table.step");
    assertNotNull(step);
    assertEquals(1, step.item());
    assertArrayEquals(before, table.toFloatArray());
  }

  @Test
  void refusesNumbersThatWouldSpoilTheParameters() {
    Map<String, Tensor> p = Map.of("p", Tensor.of(new float[] {1}).requireGrad());
    for (double bad : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThrows(IllegalArgumentException.class, () -> new ParameterGroup(p, bad, 0));
      assertThrows(IllegalArgumentException.class, () -> new ParameterGroup(p, 1, bad));
      AdamW optimiser = adamw(p, AdamW.SparseRows.ALL);
      assertThrows(IllegalArgumentException.class, () -> optimiser.step(bad, 1));
    }
    List<ParameterGroup> groups = List.of(new ParameterGroup(p, LR, DECAY));
    for (double[] bad :
        new double[][] {{1, .9, 1e-8}, {.9, -1, 1e-8}, {.9, Double.NaN, 1e-8}, {.9, .9, 0}}) {
      assertThrows(
          IllegalArgumentException.class,
          () -> new AdamW(groups, bad[0], bad[1], bad[2], AdamW.SparseRows.ALL));
    }
    for (double bad : new double[] {0, -1, Double.NaN}) {
      AdamW optimiser = adamw(p, AdamW.SparseRows.ALL);
      assertThrows(IllegalArgumentException.class, () -> optimiser.step(1, bad));
    }
  }
}
