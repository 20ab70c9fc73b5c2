package org.espalier;

import static org.espalier.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Objects;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.espalier.autograd.Autograd;
import org.espalier.parallel.Workers;
import org.junit.jupiter.api.Test;

/// The rules of `docs/book/numeric-rules.md`, each by the name it has there.
class NumericRulesTest {
  private static final float NAN = Float.NaN;
  private static final float INF = Float.POSITIVE_INFINITY;

  private static Tensor f(float... values) {
    return Tensor.of(values);
  }

  private static Tensor ints(int... values) {
    return Tensor.of(values);
  }

  private static Tensor longs(long... values) {
    return Tensor.of(values);
  }

  private static Tensor bools(boolean... values) {
    return Tensor.of(values);
  }

  private static void assertValues(Tensor actual, double... expected) {
    assertArrayEquals(expected, actual.toDoubleArray());
  }

  /// The gradient of the sum of a function at these places.
  private static double[] slopes(UnaryOperator<Tensor> function, float... at) {
    Tensor x = f(at).requireGrad();
    function.apply(x).sum().backward();
    return gradient(x);
  }

  private static double[] gradient(Tensor x) {
    return Objects.requireNonNull(x.grad()).toDoubleArray();
  }

  // ---- dtypes

  @Test
  void promotesToTheLaterDtype() {
    DType[] order = {DType.BOOL, DType.I32, DType.I64, DType.F32, DType.F64};
    for (int i = 0; i < order.length; i++) {
      for (int j = 0; j < order.length; j++) {
        Tensor sum = f(1, 2).to(order[i]).maximum(f(1, 2).to(order[j]));
        assertEquals(order[Math.max(i, j)], sum.dtype());
      }
    }
    for (DType half : new DType[] {DType.F16, DType.BF16}) {
      for (DType other : new DType[] {DType.F16, DType.BF16, DType.I64, DType.BOOL, DType.F32}) {
        assertEquals(DType.F32, f(1).to(half).add(f(1).to(other)).dtype());
      }
      assertEquals(DType.F64, f(1).to(half).add(f(1).to(DType.F64)).dtype());
    }
  }

  @Test
  void computesHalvesInF32() {
    for (DType half : new DType[] {DType.F16, DType.BF16}) {
      Tensor x = Tensor.of(new float[] {1, 2, 3, 4}, 2, 2).to(half);
      for (Tensor y : new Tensor[] {x.neg(), x.add(x), x.pow(2), x.floor(), x.clamp(0, 1)}) {
        assertEquals(DType.F32, y.dtype());
      }
      for (Tensor y : new Tensor[] {x.reshape(4), x.transpose(), x.slice(0, 0, 1), x.copy()}) {
        assertEquals(half, y.dtype());
      }
      Tensor leaf = f(1, 2).to(half).requireGrad();
      leaf.mul(3).sum().backward();
      assertEquals(half, Objects.requireNonNull(leaf.grad()).dtype());
    }
  }

  @Test
  void numbersTakeTheTensorsDtype() {
    assertValues(f(1).to(DType.BF16).mul(0.1), 0.1f);
    assertEquals(DType.F64, Tensor.of(new double[] {1}).mul(0.1).dtype());
    assertValues(Tensor.of(new double[] {1}).mul(0.1), 0.1);
    assertEquals(DType.I32, bools(true).add(1).dtype());
    assertValues(bools(true).add(1), 2);
    assertEquals(DType.I32, ints(7).add(3).dtype());
    assertEquals(DType.I64, longs(7).add(3).dtype());
    for (double real : new double[] {2, 2.5, 1e30, NAN}) { // the type decides, not the value
      for (DType dtype : new DType[] {DType.BOOL, DType.I32, DType.I64}) {
        Tensor x = ints(1).to(dtype);
        for (Tensor y : new Tensor[] {x.add(real), x.mul(real), x.pow(real), x.maximum(real)}) {
          assertEquals(DType.F32, y.dtype());
        }
        assertEquals(DType.F32, bools(true).where(x, real).dtype());
      }
    }
    assertRefused("to(DType.I64)", () -> ints(7).add(3_000_000_000L));
    assertValues(ints(Integer.MAX_VALUE).less(3e9), 1);
    assertValues(ints(Integer.MAX_VALUE).less(3_000_000_000L), 1);
  }

  @Test
  void comparisonsAreBooleans() {
    Tensor x = f(1, NAN, INF);
    for (Tensor y :
        new Tensor[] {x.less(x), x.equalTo(1), x.greaterOrEqual(x), x.isNan(), x.isFinite()}) {
      assertEquals(DType.BOOL, y.dtype());
    }
    assertValues(x.isNan(), 0, 1, 0);
    assertValues(x.isFinite(), 1, 0, 0);
    assertValues(ints(Integer.MIN_VALUE, 3).isNan(), 0, 0);
    assertValues(ints(Integer.MIN_VALUE, 3).isFinite(), 1, 1);
  }

  // ---- integers and booleans

  @Test
  void integersWrapAround() {
    Tensor ends = ints(Integer.MAX_VALUE, Integer.MIN_VALUE);
    assertValues(ends.add(1), Integer.MIN_VALUE, Integer.MIN_VALUE + 1);
    assertValues(ends.abs(), Integer.MAX_VALUE, Integer.MIN_VALUE);
    assertValues(ends.mul(2), -2, 0);
    assertArrayEquals(new long[] {Long.MIN_VALUE}, longs(Long.MAX_VALUE).add(1).toLongArray());
  }

  @Test
  void divisionIsReal() {
    assertValues(ints(7, -7, 1, 0).div(ints(2, 2, 0, 0)), 3.5, -3.5, INF, NAN);
    for (Tensor y : new Tensor[] {ints(7).div(2), longs(7).div(2.0), bools(true).div(2)}) {
      assertEquals(DType.F32, y.dtype());
    }
  }

  @Test
  void floorDivisionRoundsDownAndRefusesZero() {
    assertValues(ints(7, -7, 7, -7, 6).floorDiv(ints(2, 2, -2, -2, -2)), 3, -4, -4, 3, -3);
    assertEquals(DType.I32, ints(7).floorDiv(2).dtype());
    assertValues(ints(Integer.MIN_VALUE).floorDiv(-1), Integer.MIN_VALUE);
    assertValues(f(-7, 7, INF).floorDiv(2), -4, 3, INF);
    assertEquals(DType.F32, ints(-7).floorDiv(2.0).dtype());
    Tensor x = ints(1, 2, 3);
    assertRefused("by zero at element 1", () -> x.floorDiv(ints(1, 0, 1)));
    assertRefused("cast", () -> bools(true).floorDiv(bools(true)));
  }

  @Test
  void integerPowers() {
    assertValues(ints(3, -2, 7).pow(3), 27, -8, 343);
    assertValues(ints(3).pow(40), wrappedPower(3, 40));
    assertValues(ints(2, 1, -1, -1).pow(ints(-1, -5, -2, -3)), 0, 1, 1, -1);
    assertRefused("0 to the power -1", () -> ints(0).pow(ints(-1)));
    assertRefused("truncate", () -> ints(2).pow(-1));
    assertValues(ints(4).pow(0.5), 2);
  }

  private static int wrappedPower(int base, int exponent) {
    int power = 1;
    for (int i = 0; i < exponent; i++) {
      power *= base;
    }
    return power;
  }

  @Test
  void theMeanOfIntegersIsAnError() {
    assertRefused("mean needs a floating dtype", () -> ints(1, 2).mean());
    assertValues(ints(1, 2).to(DType.F32).mean(), 1.5);
  }

  @Test
  void booleansComputeAsZeroAndOne() {
    Tensor p = bools(false, false, true, true);
    Tensor q = bools(false, true, false, true);
    assertValues(p.add(q), 0, 1, 1, 1);
    assertValues(p.mul(q), 0, 0, 0, 1);
    assertRefused("logicalXor", () -> p.sub(q));
    assertRefused("logicalNot", () -> f(1).sub(q));
    assertRefused("logicalNot", () -> p.neg());
    Tensor x = f(0, 0, NAN, -0.5f);
    assertValues(x.logicalAnd(q), 0, 0, 0, 1);
    assertValues(x.logicalOr(q), 0, 1, 1, 1);
    assertValues(x.logicalXor(q), 0, 1, 1, 0);
    assertValues(x.logicalNot(), 1, 1, 0, 0);
    assertRefused("to count", () -> p.sum());
  }

  // ---- conversion

  @Test
  void realsToIntegersTruncateAndSaturate() {
    Tensor x = f(1.9f, -1.9f, 1e20f, -INF, NAN);
    assertValues(x.to(DType.I32), 1, -1, Integer.MAX_VALUE, Integer.MIN_VALUE, 0);
    assertArrayEquals(
        new long[] {1, -1, Long.MAX_VALUE, Long.MIN_VALUE, 0}, x.to(DType.I64).toLongArray());
  }

  @Test
  void longerIntegersLoseTheirUpperBits() {
    assertValues(longs((1L << 40) + 5, (1L << 31)).to(DType.I32), 5, Integer.MIN_VALUE);
  }

  @Test
  void conversionsRoundOnce() {
    double justAboveTie = 1 + 0x1p-8 + 0x1p-40; // F32 would make it the tie, and the tie 1
    assertValues(Tensor.of(new double[] {justAboveTie}).to(DType.BF16), 1 + 0x1p-7);
    assertValues(Tensor.of(new double[] {1 + 0x1p-8}).to(DType.BF16), 1);
    long nextToTie = (1L << 62) + (1L << 54) + 1; // F64 would make it the tie
    assertValues(longs(nextToTie).to(DType.BF16), 0x1p62 + 0x1p55);
    assertValues(longs(-nextToTie).to(DType.BF16), -0x1p62 - 0x1p55);
    assertValues(longs(nextToTie - 1).to(DType.BF16), 0x1p62);
    assertValues(f(70000, -1e-10f, NAN).to(DType.F16), INF, -0.0, NAN);
    for (DType dtype : new DType[] {DType.F16, DType.BF16, DType.F32}) {
      assertValues(Tensor.of(new double[] {1e300, Double.NaN}).to(dtype), INF, NAN);
    }
  }

  @Test
  void anythingButZeroIsTrue() {
    assertValues(f(0, -0f, 1e-45f, NAN, -3).to(DType.BOOL), 0, 0, 1, 1, 1);
    assertValues(longs(0, 1L << 40).to(DType.BOOL), 0, 1);
    assertValues(bools(false, true).to(DType.F32), 0, 1);
  }

  @Test
  void gradientsCrossRealConversions() {
    Tensor x = f(1, 2).requireGrad();
    x.to(DType.F64).mul(3).to(DType.F32).sum().backward();
    assertArrayEquals(new double[] {3, 3}, gradient(x));
    assertEquals(DType.F32, Objects.requireNonNull(x.grad()).dtype());
    assertFalse(x.to(DType.I32).to(DType.F32).requiresGrad());
  }

  // ---- NaN, infinity and zero

  @Test
  void nanWins() {
    Tensor x = f(1, NAN, 3);
    assertValues(x.max(), NAN);
    assertValues(x.argMax(0), 1);
    assertValues(x.maximum(2), 2, NAN, 3);
    assertValues(x.minimum(2), 1, NAN, 2);
    assertValues(f(2, 2).maximum(f(NAN, 1)), NAN, 2);
    for (Tensor y :
        new Tensor[] {x.relu(), x.clamp(0, 5), x.sign(), x.floor(), x.ceil(), x.round()}) {
      assertTrue(Double.isNaN(y.toDoubleArray()[1]));
    }
  }

  @Test
  void nanEqualsNothing() {
    Tensor a = f(NAN, NAN, -0f);
    Tensor b = f(NAN, 1, 0);
    assertValues(a.equalTo(b), 0, 0, 1);
    assertValues(a.notEqual(b), 1, 1, 0);
    assertValues(a.less(b), 0, 0, 0);
    assertValues(a.lessOrEqual(b), 0, 0, 1);
    assertValues(a.greater(b), 0, 0, 0);
    assertValues(a.greaterOrEqual(b), 0, 0, 1);
    assertValues(f(-0f, 0).maximum(f(0, -0f)), 0.0, 0.0);
    assertValues(f(-0f, 0).minimum(f(0, -0f)), -0.0, -0.0);
  }

  @Test
  void clampWithCrossedBounds() {
    assertValues(f(-5, 0, 5).clamp(2, 1), 1, 1, 1);
    assertRefused("use infinities", () -> f(1).clamp(Double.NaN, 1));
  }

  @Test
  void roundsTiesToEven() {
    assertValues(f(0.5f, 1.5f, 2.5f, -0.5f, 2.6f).round(), 0, 2, 2, -0.0, 3);
  }

  @Test
  void powers() {
    assertValues(f(NAN, 0, INF).pow(0), 1, 1, 1);
    assertValues(f(-8, 1, 1).pow(f(1 / 3f, NAN, INF)), NAN, NAN, NAN);
    assertValues(f(-2, 0, -0f).pow(f(3, -1, -3)), -8, INF, -INF);
    Tensor x = f(0.3f, 1.7f, 123.25f, -0f);
    assertValues(x.pow(2), x.mul(x).toDoubleArray());
    assertValues(x.pow(3), x.mul(x).mul(x).toDoubleArray());
    assertValues(x.pow(0.5), x.sqrt().toDoubleArray());
    assertValues(x.pow(-1), f(1, 1, 1, 1).div(x).toDoubleArray());
  }

  // ---- nothing

  @Test
  void reductionsOverNothing() {
    Tensor x = Tensor.zeros(3, 0);
    assertValues(x.sum(1), 0, 0, 0);
    assertValues(x.mean(1), NAN, NAN, NAN);
    assertRefused("empty", () -> x.max(1));
    assertThrows(TensorException.class, () -> x.argMax(1));
    assertEquals(Shape.of(3, 0), x.exp().add(1).shape());
  }

  // ---- gradients

  @Test
  void gradientsAtKinks() {
    assertArrayEquals(new double[] {-1, 0, 1}, slopes(Tensor::abs, -2, 0, 2));
    assertArrayEquals(new double[] {0, 0, 1}, slopes(Tensor::relu, -2, 0, 2));
    assertArrayEquals(new double[] {0.25, 0.25, 1}, slopes(x -> x.leakyRelu(0.25), -2, 0, 2));
    assertArrayEquals(new double[] {1.5, 1}, slopes(x -> x.elu(1.5), 0, 100));
  }

  @Test
  void gradientsAtTies() {
    assertArrayEquals(new double[] {0.5, 0, 0.5}, slopes(x -> x.max(), 3, 1, 3));
    Tensor a = f(1, 2, 3, NAN).requireGrad();
    Tensor b = f(2, 2, 2, 2).requireGrad();
    a.maximum(b).sum().backward();
    assertArrayEquals(new double[] {0, 0.5, 1, 1}, gradient(a));
    assertArrayEquals(new double[] {1, 0.5, 0, 1}, gradient(b));
    a.zeroGrad();
    a.minimum(b).sum().backward();
    assertArrayEquals(new double[] {1, 0.5, 0, 1}, gradient(a));
    assertArrayEquals(new double[] {0, 1, 0}, slopes(x -> x.max(), 3, NAN, 3));
  }

  @Test
  void gradientsOfClamp() {
    assertArrayEquals(
        new double[] {0, 1, 1, 1, 0, 0}, slopes(x -> x.clamp(-1, 1), -2, -1, 0, 1, 2, NAN));
  }

  @Test
  void gradientsOfSteps() {
    for (UnaryOperator<Tensor> step :
        java.util.List.<UnaryOperator<Tensor>>of(
            Tensor::sign, Tensor::floor, Tensor::ceil, Tensor::round)) {
      assertArrayEquals(new double[] {0, 0, 0}, slopes(step, -1.5f, 0, 2));
    }
  }

  @Test
  void gradientsOfPowersAtZero() {
    Tensor a = f(0, 0, 2).requireGrad();
    Tensor b = f(0, 2, 0).requireGrad();
    a.pow(b).sum().backward();
    assertArrayEquals(new double[] {0, 0, 0}, gradient(a));
    assertArrayEquals(new double[] {0, 0, (float) Math.log(2)}, gradient(b), 1e-7);
  }

  @Test
  void whereSendsZeroToTheOtherSide() {
    Tensor a = f(1, 2).requireGrad();
    Tensor b = f(3, NAN).requireGrad();
    bools(true, false).where(a, b).sum().backward();
    assertArrayEquals(new double[] {1, 0}, gradient(a));
    assertArrayEquals(new double[] {0, 1}, gradient(b));
    assertArrayEquals(new double[] {0, 1}, slopes(x -> x.maskedFill(bools(true, false), 9), 1, 2));
    assertTrue(Double.isNaN(slopes(x -> x.greater(0).where(x.sqrt(), 0), 0)[0]));
  }

  @Test
  void gradIsNullUntilReached() {
    Tensor x = f(1).requireGrad();
    Tensor unused = f(2).requireGrad();
    assertNull(x.grad());
    x.mul(2).sum().backward();
    assertArrayEquals(new double[] {2}, gradient(x));
    assertNull(unused.grad());
    x.zeroGrad();
    assertNull(x.grad());
  }

  @Test
  void gradientsOfUnusedInputs() {
    Tensor x = f(1).requireGrad();
    Tensor unused = f(2).requireGrad();
    assertRefused("does not influence", () -> Autograd.of(x.mul(2).sum()).gradients(x, unused));
    assertValues(Autograd.of(x.mul(2).sum()).zerosForUnused().gradients(x, unused)[1], 0);
  }

  @Test
  void integersHaveNoGradient() {
    assertRefused("floating", () -> ints(1).requireGrad());
    assertRefused("floating", () -> bools(true).requireGrad());
    assertFalse(f(1).requireGrad().greater(0).requiresGrad());
  }

  // ---- in place, and equality

  @Test
  void inPlaceKeepsShapeAndDtype() {
    Tensor x = Tensor.of(new int[] {1, 2, 3, 4}, 2, 2);
    assertSame(x, x.addInPlace(f(0.9f, 10.9f)));
    assertEquals(DType.I32, x.dtype());
    assertValues(x, 1, 12, 3, 14);
    assertThrows(TensorException.class, () -> f(1).addInPlace(f(1, 2)));
    Tensor before = f(1, 2);
    before.add(5).relu();
    assertValues(before, 1, 2);
  }

  @Test
  void inPlaceIsRefusedWhereItWouldBeWrong() {
    Tensor x = f(1, 2).requireGrad();
    assertRefused("not recorded", () -> x.addInPlace(f(1)));
    Tensor y = x.square().sum();
    Autograd.noGrad(() -> x.addInPlace(f(1)));
    var refused = assertThrows(TensorException.class, y::backward);
    assertTrue(String.valueOf(refused.getMessage()).contains("in place"), refused.toString());
  }

  @Test
  void equality() {
    Tensor x = f(1, INF);
    assertNotEquals(x, f(1, INF));
    assertTrue(x.allClose(f(1.05f, INF), 0, 0.1));
    assertTrue(x.allClose(f(1.05f, INF), 0.1, 0));
    assertFalse(x.allClose(f(1.2f, INF), 0, 0.1));
    assertFalse(x.allClose(x.reshape(2, 1), 1, 1));
    assertFalse(f(NAN).allClose(f(NAN), 1, 1));
  }

  // ---- rounding

  @Test
  void theReferenceRoundsOnce() {
    for (float v : new float[] {0.1f, 1.7f, -3.3f, 20.2f}) {
      Tensor x = f(v).to(Device.REFERENCE);
      assertValues(x.exp(), (float) StrictMath.exp(v));
      assertValues(x.sigmoid(), (float) (1 / (1 + StrictMath.exp(-(double) v))));
      assertValues(x.sin(), (float) StrictMath.sin(v));
    }
  }

  @Test
  void sinesOfLargeArguments() {
    float[] large = {1e6f, 1e10f, -3e38f, 16777216f};
    double[] expected = new double[large.length];
    for (int i = 0; i < large.length; i++) {
      expected[i] = (float) StrictMath.sin(large[i]);
    }
    assertValues(f(large).sin(), expected);
    assertValues(f(-100).exp(), 0);
  }

  // ---- the same bits

  private static Tensor normal(int rows, int columns) {
    Random random = new Random(17);
    float[] x = new float[rows * columns];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    return Tensor.of(x, rows, columns);
  }

  /// Something of everything: products, sums, functions.
  private static Tensor mixed(Tensor x) {
    Tensor hidden = x.matmul(normal(x.size(1), 24)).gelu();
    return hidden.add(hidden.silu().expm1().log1p()).softmax().mul(x.sin().sum(1).reshape(-1, 1));
  }

  @Test
  void bitsDoNotDependOnThreads() {
    Tensor x = normal(2100, 40);
    double[][] results = new double[2][];
    for (int threads = 1; threads <= 2; threads++) {
      int n = threads;
      Workers.limit(n, () -> results[n - 1] = mixed(x).toDoubleArray());
    }
    assertArrayEquals(results[0], results[1]);
  }

  @Test
  void bitsDoNotDependOnLayout() {
    Tensor x = normal(30, 40);
    Tensor across = x.transpose().copy().transpose();
    assertFalse(across.isContiguous());
    assertArrayEquals(mixed(x).toDoubleArray(), mixed(across).toDoubleArray());
  }

  @Test
  void bitsDoNotDependOnTheOtherRows() {
    Tensor x = normal(33, 40);
    Tensor all = mixed(x);
    for (int row = 0; row < 33; row += 8) {
      assertArrayEquals(
          all.slice(0, row, row + 1).toDoubleArray(),
          mixed(x.slice(0, row, row + 1)).toDoubleArray());
    }
  }

  @Test
  void bitsDoNotDependOnTheOtherColumns() {
    for (int rows : new int[] {33, 700, 5000}) {
      Tensor x = normal(rows, 140);
      Tensor all = x.sum(0);
      Tensor batch = x.reshape(1, rows, 140).expand(Shape.of(3, rows, 140)).sum(1);
      for (int column = 0; column < 140; column += 23) {
        for (int width : new int[] {1, 2, 7, 8, 9}) {
          Tensor some = x.slice(1, column, Math.min(140, column + width));
          double[] expected = all.slice(0, column, Math.min(140, column + width)).toDoubleArray();
          assertArrayEquals(expected, some.sum(0).toDoubleArray());
          assertArrayEquals(expected, some.copy().sum(0).toDoubleArray());
          assertArrayEquals(
              expected,
              batch.slice(0, 2, 3).slice(1, column, column + some.size(1)).toDoubleArray());
        }
      }
    }
  }

  @Test
  void anAxisOfOneThatIsReducedChangesNoBits() {
    Tensor x = normal(5000, 1);
    assertArrayEquals(x.reshape(5000).sum().toDoubleArray(), x.sum().toDoubleArray());
    assertArrayEquals(x.reshape(5000).mean().toDoubleArray(), x.mean(0, 1).toDoubleArray());
  }
}
