package org.espalier.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.espalier.DType;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccumulationTest {
  private static final double[] DENSE = {1, 2, 3, 4, 5, 6};
  private static final double[] ROWS = {10, 20, 0, 0, 30, 40}; // rows 0 and 2
  private static final double[] MORE = {0, 0, 100, 200, 300, 400}; // rows 1 and 2
  private static final double[] PRODUCT = {1000, 2000, 3000, 6000, 5000, 10000};

  private static Gradient gradient(char kind) {
    return switch (kind) {
      case 'd' -> new Gradient.Dense(Tensor.of(DENSE, 3, 2));
      case 'v' -> // the same values, transposed in memory
          new Gradient.Dense(Tensor.of(new double[] {1, 3, 5, 2, 4, 6}, 2, 3).transpose());
      case 'r' ->
          new Gradient.RowSparse(
              Tensor.of(new int[] {0, 2}, 2),
              Tensor.of(new double[] {10, 20, 30, 40}, 2, 2),
              Shape.of(3, 2));
      case 's' ->
          new Gradient.RowSparse(
              Tensor.of(new int[] {1, 2}, 2),
              Tensor.of(new double[] {100, 200, 300, 400}, 2, 2),
              Shape.of(3, 2));
      case 'p' ->
          new Gradient.OuterProduct(
              Tensor.of(new double[] {1, 3, 5}, 1, 3), Tensor.of(new double[] {1000, 2000}, 1, 2));
      default -> throw new IllegalArgumentException("no kind " + kind);
    };
  }

  private static double[] values(char kind) {
    return switch (kind) {
      case 'd', 'v' -> DENSE;
      case 'r' -> ROWS;
      case 's' -> MORE;
      default -> PRODUCT;
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "d", "v", "r", "p", "dd", "dv", "vd", "dr", "rd", "dp", "pd", "rs", "sr", "rr", "rp", "pr",
        "pp", "drp", "rpd", "pdr", "rsd", "rsp", "vrs", "ddrrpp"
      })
  void addsGradientsOfAnyFormInAnyOrder(String kinds) {
    Tensor parameter = Tensor.of(new double[6], 3, 2).requireGrad();
    double[] expected = new double[6];
    for (int k = 0; k < kinds.length(); k++) {
      char kind = kinds.charAt(k);
      try (Scope _ = Scope.open()) {
        Autograd.accumulate(parameter, gradient(kind));
      }
      for (int i = 0; i < 6; i++) {
        expected[i] += values(kind)[i];
      }
    }
    Tensor sum = parameter.grad();
    assertNotNull(sum);
    assertArrayEquals(expected, sum.toDoubleArray());
  }

  @Test
  void sparseRowsStaySparse() {
    Tensor parameter = Tensor.of(new double[6], 3, 2).requireGrad();
    Autograd.accumulate(parameter, gradient('r'));
    Autograd.accumulate(parameter, gradient('s'));
    var sum = assertInstanceOf(Gradient.RowSparse.class, parameter.gradient());
    assertArrayEquals(new int[] {0, 1, 2}, sum.rows().toIntArray());
    assertArrayEquals(new double[] {10, 20, 100, 200, 330, 440}, sum.values().toDoubleArray());
  }

  @Test
  void doesNotChangeAGradientThatSomebodyElseHolds() {
    Tensor parameter = Tensor.of(new double[6], 3, 2).requireGrad();
    Tensor mine = Tensor.of(DENSE, 3, 2);
    Autograd.accumulate(parameter, new Gradient.Dense(mine));
    Autograd.accumulate(parameter, gradient('d'));
    assertArrayEquals(DENSE, mine.toDoubleArray());
  }

  @Test
  void innerProductsAndNormsAgreeInEveryForm() {
    char[] kinds = {'d', 'v', 'r', 's', 'p'};
    for (char a : kinds) {
      for (char b : kinds) {
        double expected = 0;
        for (int i = 0; i < 6; i++) {
          expected += values(a)[i] * values(b)[i];
        }
        assertEquals(expected, Gradients.dot(gradient(a), gradient(b)), a + " . " + b);
      }
    }
    double squares = 0;
    for (int i = 0; i < 6; i++) {
      squares += DENSE[i] * DENSE[i] + ROWS[i] * ROWS[i] + PRODUCT[i] * PRODUCT[i];
    }
    assertEquals(
        Math.sqrt(squares),
        Gradients.norm(List.of(gradient('d'), gradient('r'), gradient('p'))),
        1e-9);
    assertThrows(
        TensorException.class,
        () -> Gradients.dot(gradient('d'), new Gradient.Dense(Tensor.of(DENSE, 2, 3))));
  }

  @Test
  void gramMatricesHoldAllInnerProductsInEveryForm() {
    char[] kinds = {'d', 'v', 'r', 's', 'p', 'd'};
    List<List<Gradient>> gradients = new ArrayList<>();
    for (int i = 0; i < kinds.length; i++) {
      // the first parameter's are all kinds, the second's rows alone, and the third has few
      gradients.add(
          Arrays.asList(
              gradient(kinds[i]),
              gradient(i % 2 == 0 ? 'r' : 's'),
              i < 2 ? gradient('p') : null,
              null));
    }
    double[][] gram = Gradients.gram(gradients);
    assertEquals(kinds.length, gram.length);
    for (int i = 0; i < kinds.length; i++) {
      for (int j = 0; j < kinds.length; j++) {
        double expected = 0;
        for (int p = 0; p < 3; p++) {
          Gradient a = gradients.get(i).get(p);
          Gradient b = gradients.get(j).get(p);
          expected += a == null || b == null ? 0 : Gradients.dot(a, b);
        }
        assertEquals(expected, gram[i][j], 1e-9, i + " . " + j);
        assertEquals(gram[i][j], gram[j][i]);
      }
    }
    assertEquals(0, Gradients.gram(List.of()).length);
    assertArrayEquals(new double[] {0}, Gradients.gram(List.of(List.of()))[0]);
  }

  @Test
  void gramMatricesTakeAnyDtypeAndRefuseOtherShapes() {
    double large = 1e200; // no F32
    Gradient single = new Gradient.Dense(Tensor.of(new float[] {1, 2}));
    Gradient twice = new Gradient.Dense(Tensor.of(new double[] {large, 3}));
    Gradient half = new Gradient.Dense(Tensor.of(new float[] {1, 0.5f}).to(DType.BF16));
    double[][] gram = Gradients.gram(List.of(List.of(single, single), List.of(twice, half)));
    assertEquals(large + 6 + 2, gram[0][1]);
    assertEquals(10, gram[0][0]);
    Gradient other = new Gradient.Dense(Tensor.of(new float[] {1, 2, 3}));
    TensorException e =
        assertThrows(
            TensorException.class, () -> Gradients.gram(List.of(List.of(single), List.of(other))));
    assertTrue(String.valueOf(e.getMessage()).contains("[2]"), e.getMessage());
  }

  @Test
  void innerProductsCheckShapesAndTakeAnyDtype() {
    Tensor five = Tensor.of(new float[] {1, 2, 3, 4, 5});
    assertThrows(TensorException.class, () -> Gradients.dot(five, Tensor.of(new float[] {1, 1})));
    assertThrows(TensorException.class, () -> Gradients.dot(five, five.reshape(5, 1)));
    for (DType a : DType.values()) {
      for (DType b : DType.values()) {
        Tensor x = five.to(a);
        Tensor y = five.to(b);
        double expected = 0;
        for (int i = 0; i < 5; i++) {
          expected += x.toDoubleArray()[i] * y.toDoubleArray()[i];
        }
        assertEquals(expected, Gradients.dot(x, y), a + " . " + b);
      }
    }
    double large = 1e200; // no F32
    assertEquals(
        3 * large, Gradients.dot(Tensor.of(new double[] {large}), Tensor.of(new float[] {3})));
  }

  @Test
  void anEmbeddingUsedTwiceGathersTheRowsOfBothUses() {
    Tensor table = Tensor.of(new double[8], 4, 2).requireGrad();
    Tensor a = org.espalier.op.Embedding.apply(table, Tensor.of(new int[] {3, 0, 3}, 3));
    Tensor b = org.espalier.op.Embedding.apply(table, Tensor.of(new int[] {1, 0}, 2));
    a.sum().add(b.mul(10).sum()).backward();
    var sum = assertInstanceOf(Gradient.RowSparse.class, table.gradient());
    assertArrayEquals(new int[] {0, 1, 3}, sum.rows().toIntArray());
    assertArrayEquals(new double[] {11, 11, 10, 10, 2, 2}, sum.values().toDoubleArray());
  }
}
