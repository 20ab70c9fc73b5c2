package org.espalier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TensorTextTest {
  @Test
  void alignsTheColumnsOfAMatrix() {
    assertEquals(
        """
        [[  1.0   2.5]
         [-13.0   nan]] F32 [2, 2]\
        """,
        Tensor.of(new float[] {1, 2.5f, -13, Float.NaN}, 2, 2).toString());
  }

  @Test
  void showsAtMostFourDecimalsAndNoMoreThanNeeded() {
    assertEquals("[0.3333 1.0000] F64 [2]", Tensor.of(new double[] {1 / 3.0, 1}).toString());
    assertEquals("[1.0 2.0] F32 [2]", Tensor.of(new float[] {1, 2}).toString());
    assertEquals("[0.25 -inf] F32 [2]", Tensor.of(new float[] {0.25f, -1 / 0f}).toString());
  }

  @Test
  void writesVeryLargeAndSmallNumbersWithExponents() {
    assertEquals("[1.0000e-05 1.0000e+00] F64 [2]", Tensor.of(new double[] {1e-5, 1}).toString());
    assertEquals("[2.5000e+09 0.0000e+00] F32 [2]", Tensor.of(new float[] {2.5e9f, 0}).toString());
  }

  @Test
  void showsIntegersAndBooleansAsTheyAre() {
    assertEquals("[  1 -20] I32 [2]", Tensor.of(new int[] {1, -20}).toString());
    assertEquals(
        "[9007199254740993] I64 [1]", Tensor.of(new long[] {9007199254740993L}).toString());
    assertEquals("[ true false] BOOL [2]", Tensor.of(new boolean[] {true, false}).toString());
  }

  @Test
  void namesTheDeviceWhenItIsNotTheCpu() {
    assertEquals("3.0 F32 [] on reference", Tensor.scalar(3).to(Device.REFERENCE).toString());
  }

  @Test
  void separatesMatricesByALine() {
    assertEquals(
        """
        [[[0 1]
          [2 3]]

         [[4 5]
          [6 7]]] I32 [2, 2, 2]\
        """,
        Tensor.arange(8).reshape(2, 2, 2).toString());
  }

  @Test
  void showsViewsInTheirOwnOrder() {
    assertEquals(
        "[[0 2]\n [1 3]] I32 [2, 2]", Tensor.arange(4).reshape(2, 2).transpose().toString());
  }

  @Test
  void saysOnlyTheShapeOfNothing() {
    assertEquals("[] F32 [1000000, 0]", Tensor.zeros(1_000_000, 0).toString());
  }

  @Test
  void cutsBeyondAThousandElements() {
    assertEquals(1000, Tensor.arange(1000).toString().split(" +").length - 3);
    assertEquals("[   0    1    2 ...  998  999 1000] I32 [1001]", Tensor.arange(1001).toString());
    String matrix = Tensor.arange(2000).reshape(400, 5).toString();
    assertEquals(
        """
        [[   0    1    2    3    4]
         [   5    6    7    8    9]
         [  10   11   12   13   14]
         ...
         [1985 1986 1987 1988 1989]
         [1990 1991 1992 1993 1994]
         [1995 1996 1997 1998 1999]] I32 [400, 5]\
        """,
        matrix);
  }

  @Test
  void leavesNoTraceInScopeOrGraph() {
    Tensor kept;
    try (Scope scope = Scope.open()) {
      kept = scope.keep(Tensor.ones(40, 40).requireGrad());
      assertTrue(kept.mul(2).toString().contains("..."));
    }
    assertEquals(1600, kept.sum().item());
  }

  @Test
  void isReadableAfterItsScope() {
    Tensor t;
    try (Scope _ = Scope.open()) {
      t = Tensor.ones(2);
    }
    assertEquals("F32 [2] (closed)", t.toString());
  }
}
