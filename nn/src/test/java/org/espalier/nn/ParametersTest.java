package org.espalier.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.junit.jupiter.api.Test;

final class ParametersTest {
  private static final Shape SHAPE = Shape.of(2, 3);

  @Test
  void namesAreThePathsJoinedByDots() {
    Parameters root = Parameters.random(1);
    root.at("encoder.layer").at(0).at("dense").make("weight", SHAPE, Initializer.zeros());
    root.make("bias", SHAPE, Initializer.zeros());
    assertEquals(List.of("encoder.layer.0.dense.weight", "bias"), List.copyOf(root.all().keySet()));
    assertEquals(1, root.at("encoder").all().size());
    assertEquals(0, root.at("enc").all().size());
    assertEquals(12, root.count());
  }

  @Test
  void startingValuesDependOnSeedAndNameAloneAndNotOnTheOrderOfMaking() {
    Parameters a = Parameters.random(5);
    a.make("x", SHAPE, Initializer.normal(1));
    Tensor first = a.make("y", SHAPE, Initializer.normal(1));
    Tensor alone = Parameters.random(5).make("y", SHAPE, Initializer.normal(1));
    Tensor other = Parameters.random(6).make("y", SHAPE, Initializer.normal(1));
    assertArrayEquals(first.toFloatArray(), alone.toFloatArray());
    assertFalse(first.allClose(other, 0, 1e-3));
  }

  @Test
  void takesLoadedWeightsByNameAndTellsWhatWasNotUsed() {
    Tensor known = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    Parameters p = Parameters.loading(new MapWeights(Map.of("a.weight", known, "extra", known)), 1);
    assertArrayEquals(
        known.toFloatArray(), p.at("a").make("weight", SHAPE, Initializer.zeros()).toFloatArray());
    assertArrayEquals(
        new float[6], p.at("b").make("weight", SHAPE, Initializer.zeros()).toFloatArray());
    assertEquals(Set.of("extra"), p.unused());
  }

  @Test
  void namesTheParameterWhoseShapeDoesNotFit() {
    Parameters p = Parameters.loading(new MapWeights(Map.of("a", Tensor.zeros(3, 2))), 1);
    var e = assertThrows(TensorException.class, () -> p.make("a", SHAPE, Initializer.zeros()));
    assertTrue(
        String.valueOf(e.getMessage()).contains("'a'")
            && String.valueOf(e.getMessage()).contains("[3, 2]"),
        e.getMessage());
  }

  @Test
  void refusesTwoParametersOfOneName() {
    Parameters p = Parameters.random(1);
    p.make("a", SHAPE, Initializer.zeros());
    assertThrows(TensorException.class, () -> p.make("a", SHAPE, Initializer.zeros()));
  }

  @Test
  void getFindsAParameterOrNamesTheOneThatIsMissing() {
    Parameters p = Parameters.random(1);
    Tensor made = p.at("x").make("a", SHAPE, Initializer.zeros());
    assertEquals(made, p.get("x.a"));
    var e = assertThrows(TensorException.class, () -> p.at("x").get("b"));
    assertTrue(String.valueOf(e.getMessage()).contains("x.b"), e.getMessage());
  }

  @Test
  void frozenParametersAreMadeButNotTrained() {
    Parameters p = Parameters.random(1);
    p.at("a").frozen().make("weight", SHAPE, Initializer.ones());
    Tensor trained = p.at("b").make("weight", SHAPE, Initializer.ones());
    assertEquals(List.of(trained), p.trained());
    assertEquals(2, p.all().size());
  }

  @Test
  void parametersMadeInsideAScopeOutliveIt() {
    Parameters p = Parameters.random(1);
    Tensor t;
    try (Scope _ = Scope.open()) {
      t = p.make("a", SHAPE, Initializer.ones());
    }
    assertEquals(6, t.sum().item());
  }

  @Test
  void streamsDifferByPath() {
    Parameters p = Parameters.random(1);
    assertTrue(p.at("a").stream("dropout") != p.at("b").stream("dropout"));
    assertEquals(p.at("a").stream("dropout"), Parameters.random(9).at("a").stream("dropout"));
  }

  @Test
  void twoModelsFromTheSameWeightsShareNoMemory() {
    Tensor held = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
    var weights = new MapWeights(Map.of("a", held));
    Tensor first = Parameters.loaded(weights).make("a", SHAPE, Initializer.zeros());
    Tensor second = Parameters.loaded(weights).frozen().make("a", SHAPE, Initializer.zeros());
    assertFalse(held.requiresGrad(), "what others hold is not theirs to train");
    Autograd.noGrad(() -> first.copyInPlace(Tensor.zeros(2, 3)));
    assertEquals(21, held.sum().item());
    assertEquals(21, second.sum().item());
  }

  @Test
  void weightsThatAreReadAnewAreNotCopied() {
    Tensor fresh = Tensor.ones(2, 3);
    var weights =
        new Weights() {
          @Override
          public Set<String> names() {
            return Set.of("a");
          }

          @Override
          public Tensor get(String name) {
            return fresh;
          }

          @Override
          public boolean readsAnew() {
            return true;
          }
        };
    assertSame(fresh, Parameters.loaded(weights).make("a", SHAPE, Initializer.zeros()));
  }
}
