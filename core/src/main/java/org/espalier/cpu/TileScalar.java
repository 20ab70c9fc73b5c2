package org.espalier.cpu;

/// The kernels without the Vector API: the same chains of `Math.fma`, one element at a time.
///
/// One pair of loops serves all three ways to read the operands, by strides. C2 does not vectorise
/// them (it cannot prove that `b` and `c` are apart), so 12 accumulators in registers are the best
/// there is.
final class TileScalar implements TileKernels {
  private static final int WIDTH = 4;
  private static final int HEIGHT = 3;

  @Override
  public int block() {
    return WIDTH;
  }

  @Override
  public int panelWidth(int columnsLeft) {
    return WIDTH;
  }

  @Override
  public int stripHeight() {
    return HEIGHT;
  }

  @Override
  public int stripRows(int rowsLeft, int width) {
    return rowsLeft >= HEIGHT ? HEIGHT : 1;
  }

  @Override
  public int farRows(int rowsLeft, int width) {
    return stripRows(rowsLeft, width);
  }

  @Override
  public void rows(
      int rows,
      int width,
      int depth,
      float[] a,
      int aOffset,
      int lda,
      float[] b,
      int bOffset,
      float[] z,
      int zOffset,
      int ldz,
      float[] c,
      int cOffset,
      int ldc) {
    tile(rows, depth, a, aOffset, lda, 1, b, bOffset, WIDTH, z, zOffset, ldz, c, cOffset, ldc);
  }

  @Override
  public void columns(
      int rows,
      int width,
      int depth,
      float[] a,
      int aOffset,
      int lda,
      float[] b,
      int bOffset,
      float[] z,
      int zOffset,
      int ldz,
      float[] c,
      int cOffset,
      int ldc) {
    tile(rows, depth, a, aOffset, 1, lda, b, bOffset, WIDTH, z, zOffset, ldz, c, cOffset, ldc);
  }

  @Override
  public void inPlace(
      int rows,
      int depth,
      float[] a,
      int aOffset,
      float[] b,
      int bOffset,
      int ldb,
      float[] z,
      int zOffset,
      int ldz,
      float[] c,
      int cOffset,
      int ldc) {
    tile(rows, depth, a, aOffset, 1, rows, b, bOffset, ldb, z, zOffset, ldz, c, cOffset, ldc);
  }

  @Override
  public void strips(
      int rows,
      int depth,
      float[] a,
      int aOffset,
      float[] b,
      int bOffset,
      float[] z,
      int zOffset,
      int ldz,
      float[] c,
      int cOffset,
      int ldc) {
    tile(rows, depth, a, aOffset, 1, rows, b, bOffset, WIDTH, z, zOffset, ldz, c, cOffset, ldc);
  }

  @Override
  public void acrossRows(
      int panels,
      int depth,
      float[] a,
      int aOffset,
      int lda,
      float[] b,
      int bOffset,
      float[] c,
      int cOffset,
      int ldc) {
    for (int panel = 0; panel < panels; panel++) {
      int from = bOffset + panel * depth * WIDTH;
      int to = cOffset + panel * WIDTH;
      rows(HEIGHT, WIDTH, depth, a, aOffset, lda, b, from, GemmScratch.ZERO, 0, 0, c, to, ldc);
    }
  }

  @Override
  public void acrossColumns(
      int panels,
      int depth,
      float[] a,
      int aOffset,
      int lda,
      float[] b,
      int bOffset,
      float[] c,
      int cOffset,
      int ldc) {
    for (int panel = 0; panel < panels; panel++) {
      int from = bOffset + panel * depth * WIDTH;
      int to = cOffset + panel * WIDTH;
      columns(HEIGHT, WIDTH, depth, a, aOffset, lda, b, from, GemmScratch.ZERO, 0, 0, c, to, ldc);
    }
  }

  @Override
  public void transposeBlocks(
      int count, float[] from, int fromOffset, int ldFrom, float[] to, int toOffset, int ldTo) {
    GemmPacking.transposeEdge(
        0, WIDTH, 0, count * WIDTH, from, fromOffset, ldFrom, to, toOffset, ldTo);
  }

  @Override
  public void copyPanel(
      int depth, float[] from, int fromOffset, int ldFrom, float[] to, int toOffset) {
    for (int k = 0; k < depth; k++) {
      int row = fromOffset + k * ldFrom;
      store(to, toOffset + k * WIDTH, from[row], from[row + 1], from[row + 2], from[row + 3]);
    }
  }

  @Override
  public void packRows(
      int depth, float[] from, int fromOffset, int ldFrom, float[] to, int toOffset) {
    GemmPacking.transposeEdge(0, HEIGHT, 0, depth, from, fromOffset, ldFrom, to, toOffset, HEIGHT);
  }

  @Override
  public void packColumns(
      int depth, float[] from, int fromOffset, int ldFrom, float[] to, int toOffset) {
    GemmPacking.fill(depth, HEIGHT, HEIGHT, from, fromOffset, ldFrom, to, toOffset);
  }

  private static void tile(
      int rows,
      int depth,
      float[] a,
      int aOffset,
      int aRow,
      int aStep,
      float[] b,
      int bOffset,
      int ldb,
      float[] z,
      int zOffset,
      int ldz,
      float[] c,
      int cOffset,
      int ldc) {
    switch (rows) {
      case 3 ->
          tile3(depth, a, aOffset, aRow, aStep, b, bOffset, ldb, z, zOffset, ldz, c, cOffset, ldc);
      case 1 -> tile1(depth, a, aOffset, aStep, b, bOffset, ldb, z, zOffset, c, cOffset);
      default -> throw new IllegalArgumentException("no tile of rows " + rows);
    }
  }

  private static void tile3(
      int depth,
      float[] a,
      int aOffset,
      int aRow,
      int aStep,
      float[] b,
      int bOffset,
      int ldb,
      float[] z,
      int zOffset,
      int ldz,
      float[] c,
      int cOffset,
      int ldc) {
    int z1 = zOffset + ldz;
    int z2 = z1 + ldz;
    float c00 = z[zOffset];
    float c01 = z[zOffset + 1];
    float c02 = z[zOffset + 2];
    float c03 = z[zOffset + 3];
    float c10 = z[z1];
    float c11 = z[z1 + 1];
    float c12 = z[z1 + 2];
    float c13 = z[z1 + 3];
    float c20 = z[z2];
    float c21 = z[z2 + 1];
    float c22 = z[z2 + 2];
    float c23 = z[z2 + 3];
    for (int k = 0; k < depth; k++) {
      int ak = aOffset + k * aStep;
      int bk = bOffset + k * ldb;
      float b0 = b[bk];
      float b1 = b[bk + 1];
      float b2 = b[bk + 2];
      float b3 = b[bk + 3];
      float v0 = a[ak];
      c00 = Math.fma(v0, b0, c00);
      c01 = Math.fma(v0, b1, c01);
      c02 = Math.fma(v0, b2, c02);
      c03 = Math.fma(v0, b3, c03);
      float v1 = a[ak + aRow];
      c10 = Math.fma(v1, b0, c10);
      c11 = Math.fma(v1, b1, c11);
      c12 = Math.fma(v1, b2, c12);
      c13 = Math.fma(v1, b3, c13);
      float v2 = a[ak + 2 * aRow];
      c20 = Math.fma(v2, b0, c20);
      c21 = Math.fma(v2, b1, c21);
      c22 = Math.fma(v2, b2, c22);
      c23 = Math.fma(v2, b3, c23);
    }
    store(c, cOffset, c00, c01, c02, c03);
    store(c, cOffset + ldc, c10, c11, c12, c13);
    store(c, cOffset + 2 * ldc, c20, c21, c22, c23);
  }

  private static void tile1(
      int depth,
      float[] a,
      int aOffset,
      int aStep,
      float[] b,
      int bOffset,
      int ldb,
      float[] z,
      int zOffset,
      float[] c,
      int cOffset) {
    float c0 = z[zOffset];
    float c1 = z[zOffset + 1];
    float c2 = z[zOffset + 2];
    float c3 = z[zOffset + 3];
    for (int k = 0; k < depth; k++) {
      int bk = bOffset + k * ldb;
      float v = a[aOffset + k * aStep];
      c0 = Math.fma(v, b[bk], c0);
      c1 = Math.fma(v, b[bk + 1], c1);
      c2 = Math.fma(v, b[bk + 2], c2);
      c3 = Math.fma(v, b[bk + 3], c3);
    }
    store(c, cOffset, c0, c1, c2, c3);
  }

  private static void store(float[] c, int offset, float v0, float v1, float v2, float v3) {
    c[offset] = v0;
    c[offset + 1] = v1;
    c[offset + 2] = v2;
    c[offset + 3] = v3;
  }
}
