package org.espalier.op;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.junit.jupiter.api.Test;

class EinsumTest {
  /// Random equations of up to three operands over four letters, against a loop over all indices.
  @Test
  void isTheSumOverAllIndicesThatTheOutputLacks() {
    long seed = 99;
    Random random = new Random(seed);
    for (int round = 0; round < 400; round++) {
      int[] sizes = random.ints(4, 1, 4).toArray();
      Tensor[] operands = new Tensor[1 + random.nextInt(3)];
      String[] terms = new String[operands.length];
      StringBuilder used = new StringBuilder();
      for (int i = 0; i < operands.length; i++) {
        StringBuilder term = new StringBuilder();
        int rank = random.nextInt(4);
        for (int axis = 0; axis < rank; axis++) {
          term.append((char) ('a' + random.nextInt(4)));
        }
        terms[i] = term.toString();
        used.append(term);
        int[] shape = terms[i].chars().map(c -> sizes[c - 'a']).toArray();
        int n = Shape.of(shape).elements();
        double[] values = random.doubles(n, -1, 1).toArray();
        operands[i] = Tensor.of(values, n).reshape(shape).to(Device.REFERENCE);
      }
      StringBuilder output = new StringBuilder();
      for (char c : new char[] {'c', 'a', 'd', 'b'}) {
        if (used.indexOf(String.valueOf(c)) >= 0 && random.nextBoolean()) {
          output.append(c);
        }
      }
      String equation = String.join(",", terms) + "->" + output;
      Tensor y = Tensor.einsum(equation, operands);
      double[] expected = loop(sizes, terms, output.toString(), operands);
      assertArrayEquals(
          expected, y.toDoubleArray(), 1e-12, "seed " + seed + " round " + round + ": " + equation);
    }
  }

  private static double[] loop(int[] sizes, String[] terms, String output, Tensor[] operands) {
    int[] shape = output.chars().map(c -> sizes[c - 'a']).toArray();
    double[] sums = new double[Shape.of(shape).elements()];
    boolean[] named = new boolean[4];
    String.join("", terms).chars().forEach(c -> named[c - 'a'] = true);
    int[] index = new int[4];
    int all = 1;
    for (int i = 0; i < 4; i++) {
      all *= named[i] ? sizes[i] : 1;
    }
    for (int at = 0; at < all; at++) {
      int rest = at;
      for (int i = 0; i < 4; i++) {
        int size = named[i] ? sizes[i] : 1;
        index[i] = rest % size;
        rest /= size;
      }
      double product = 1;
      for (int i = 0; i < terms.length; i++) {
        product *= operands[i].toDoubleArray()[place(terms[i], index, sizes)];
      }
      sums[place(output, index, sizes)] += product;
    }
    return sums;
  }

  private static int place(String labels, int[] index, int[] sizes) {
    int place = 0;
    for (int i = 0; i < labels.length(); i++) {
      char c = labels.charAt(i);
      place = place * sizes[c - 'a'] + index[c - 'a'];
    }
    return place;
  }

  @Test
  void spacesDoNotMatterAndDtypesPromote() {
    Tensor a = Tensor.arange(6).reshape(2, 3);
    Tensor y = Tensor.einsum(" i j , j -> i ", a, Tensor.ones(3));
    assertEquals(DType.F32, y.dtype());
    assertArrayEquals(new float[] {3, 12}, y.toFloatArray());
    assertArrayEquals(new int[] {5, 14, 14, 50}, Tensor.einsum("ij,kj", a, a).toIntArray());
  }

  /// As in PyTorch.
  @Test
  void anEllipsisThatTheOutputLacksIsSummed() {
    Tensor a = Tensor.ones(2, 3, 4);
    assertArrayEquals(new float[] {6, 6, 6, 6}, Tensor.einsum("...i->i", a).toFloatArray());
  }

  @Test
  void aSingleOperandMayBeAView() {
    Tensor a = Tensor.zeros(2, 3);
    Tensor.einsum("ij->ji", a).addInPlace(Tensor.scalar(1));
    assertEquals(6, a.sum().item());
  }

  @Test
  void saysWhatIsWrongWithAnEquation() {
    Tensor a = Tensor.ones(2, 3);
    refused("1 terms for 2 operands", "ij", a, a);
    refused("0 operands", "");
    refused("'ijk' does not name the axes of [2, 3]", "ijk", a);
    refused("'i' does not name", "i", a);
    refused("'ijk...' does not name", "ijk...", a);
    refused("'-' is neither", "i-", a);
    refused("'.' is neither", "..", a);
    refused("'.' is neither", "i.....", Tensor.ones(2, 3, 4));
    refused("'i' has the sizes 2 and 3", "ij,ik", a, Tensor.ones(3, 2));
    refused("'i' has the sizes 2 and 3", "ii", a);
    refused("'i' has the sizes 1 and 3", "ii", Tensor.ones(1, 3));
    refused("an axis of '...' has the sizes 3 and 2", "i...,...", a, Tensor.ones(2));
    refused("'k' of the output is in no operand", "ij->k", a);
    refused("'i' occurs twice", "ij->ii", a);
  }

  private static void refused(String says, String equation, Tensor... operands) {
    var thrown = assertThrows(TensorException.class, () -> Tensor.einsum(equation, operands));
    assertTrue(thrown.toString().contains(says), thrown.toString());
    assertTrue(thrown.toString().contains("\"" + equation + "\""), thrown.toString());
  }
}
