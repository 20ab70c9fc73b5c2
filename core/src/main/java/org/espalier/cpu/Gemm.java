package org.espalier.cpu;

import org.espalier.TensorException;
import org.espalier.parallel.BlockTask;
import org.espalier.parallel.Workers;
import org.jspecify.annotations.Nullable;

/// Matrix products `C[m, n] = start + op(A)[m, k] op(B)[k, n]` of row-major `float[]` matrices.
///
/// Each element is one chain `c = fma(a_ik, b_kj, c)` in increasing `k` that begins at its `start`
/// element. So the bits depend on the operands alone: not on threads, vector width, tiles, packing,
/// the other rows, or the compiler.
///
/// `op(A)` is `A`, stored as `[m, k]`, or with `transA` the transpose of `A` stored as `[k, m]`;
/// `op(B)` alike, `[k, n]` or with `transB` `[n, k]`. `start` is null for zeros, has row stride 0
/// when one row (a bias) serves all rows, and may be `c` itself, at the same place, to accumulate.
/// Any size may be 0 or odd; a matrix may be part of a wider one.
final class Gemm {
  /// Floating-point operations below which handing out work costs more than it saves.
  private static final double ALONE = 4e5;

  /// Operations from which one matrix of a batch is enough work for all threads.
  private static final double ENOUGH = 2e7;

  private Gemm() {}

  /// Computes one product on as many threads as are worth it.
  ///
  /// @throws TensorException if a matrix does not lie within its array
  static void multiply(
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      float[] a,
      int aOffset,
      int lda,
      float[] b,
      int bOffset,
      int ldb,
      float @Nullable [] start,
      int startOffset,
      int ldStart,
      float[] c,
      int cOffset,
      int ldc) {
    if (k > 0 && NarrowProduct.fits(transA, m, n, k)) {
      check("a", transA ? k : m, transA ? m : k, a, aOffset, lda);
      check("b", transB ? n : k, transB ? k : n, b, bOffset, ldb);
      checkResult(m, n, start, startOffset, ldStart, c, cOffset, ldc);
      float[] from = start == null ? GemmScratch.ZERO : start;
      boolean fromZero = GemmScratch.isZero(from);
      NarrowProduct.multiply(
          transA,
          transB,
          m,
          n,
          k,
          a,
          aOffset,
          lda,
          b,
          bOffset,
          ldb,
          from,
          fromZero ? 0 : startOffset,
          fromZero ? 0 : ldStart,
          fromZero ? 0 : 1,
          c,
          cOffset,
          ldc);
      return;
    }
    multiply(
        TileKernels.CHOSEN,
        transA,
        transB,
        m,
        n,
        k,
        a,
        aOffset,
        lda,
        b,
        bOffset,
        ldb,
        start,
        startOffset,
        ldStart,
        c,
        cOffset,
        ldc);
  }

  /// The same with the kernels of a given width.
  static void multiply(
      TileKernels kernels,
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      float[] a,
      int aOffset,
      int lda,
      float[] b,
      int bOffset,
      int ldb,
      float @Nullable [] start,
      int startOffset,
      int ldStart,
      float[] c,
      int cOffset,
      int ldc) {
    RightMatrix right = new RightMatrix.Floats(transB, b, bOffset, ldb);
    multiply(
        kernels,
        transA,
        m,
        n,
        k,
        a,
        aOffset,
        lda,
        right,
        start,
        startOffset,
        ldStart,
        c,
        cOffset,
        ldc);
  }

  /// The same with a right operand of either kind: one of 16 bits gives the bits of its values in
  /// f32.
  static void multiply(
      TileKernels kernels,
      boolean transA,
      int m,
      int n,
      int k,
      float[] a,
      int aOffset,
      int lda,
      RightMatrix b,
      float @Nullable [] start,
      int startOffset,
      int ldStart,
      float[] c,
      int cOffset,
      int ldc) {
    check("a", transA ? k : m, transA ? m : k, a, aOffset, lda);
    boolean transB = b.transposed();
    check("b", transB ? n : k, transB ? k : n, b.room(), b.offset(), b.ld());
    checkResult(m, n, start, startOffset, ldStart, c, cOffset, ldc);
    if (m == 0 || n == 0) {
      return;
    }
    float[] z = start == null ? GemmScratch.ZERO : start;
    int zo = start == null ? 0 : startOffset;
    int ldz = start == null ? 0 : ldStart;
    if (k == 0) {
      copy(m, n, z, zo, ldz, c, cOffset, ldc);
      return;
    }
    int parties = parties(m, n, k);
    GemmBlocks.multiply(
        kernels, parties, transA, m, n, k, a, aOffset, lda, b, z, zo, ldz, c, cOffset, ldc);
  }

  /// Computes `C[m, n] = start + op(A) B` with the sizes `n` and `k` of a packed `B`.
  ///
  /// @throws TensorException if a matrix does not lie within its array
  static void multiplyPacked(
      boolean transA,
      int m,
      float[] a,
      int aOffset,
      int lda,
      PackedMatrix b,
      float @Nullable [] start,
      int startOffset,
      int ldStart,
      float[] c,
      int cOffset,
      int ldc) {
    int n = b.n();
    int k = b.k();
    check("a", transA ? k : m, transA ? m : k, a, aOffset, lda);
    checkResult(m, n, start, startOffset, ldStart, c, cOffset, ldc);
    if (m == 0 || n == 0) {
      return;
    }
    float[] z = start == null ? GemmScratch.ZERO : start;
    int zo = start == null ? 0 : startOffset;
    int ldz = start == null ? 0 : ldStart;
    if (k == 0) {
      copy(m, n, z, zo, ldz, c, cOffset, ldc);
      return;
    }
    int parties = parties(m, n, k);
    GemmBlocks.multiplyPacked(parties, transA, m, a, aOffset, lda, b, z, zo, ldz, c, cOffset, ldc);
  }

  /// Computes `batch` products of one shape; matrix `i` of each operand begins `i` times its stride
  /// after the first.
  ///
  /// Many small matrices go one to a thread, few large ones one after the other on all threads.
  ///
  /// @param strideA may be 0: one matrix for all; so may `strideB` and `strideStart`
  /// @param strideC must keep the results apart
  /// @throws TensorException if a matrix does not lie within its array
  static void batched(
      int batch,
      boolean transA,
      boolean transB,
      int m,
      int n,
      int k,
      float[] a,
      int aOffset,
      int lda,
      int strideA,
      float[] b,
      int bOffset,
      int ldb,
      int strideB,
      float @Nullable [] start,
      int startOffset,
      int ldStart,
      int strideStart,
      float[] c,
      int cOffset,
      int ldc,
      int strideC) {
    if (batch == 0 || m == 0 || n == 0) {
      return;
    }
    if (batch > 1 && strideC == 0) {
      throw new TensorException(
          "A batch of "
              + batch
              + " products was to write into one matrix; give each its own (strideC > 0) and add.");
    }
    checkLast("a", batch, aOffset, strideA, a);
    checkLast("b", batch, bOffset, strideB, b);
    checkLast("c", batch, cOffset, strideC, c);
    if (start != null) {
      checkLast("start", batch, startOffset, strideStart, start);
    }
    double each = 2.0 * m * n * k;
    boolean alone = each * batch < ALONE || batch >= Workers.threads();
    if (alone
        && GemmAlone.fits(TileKernels.CHOSEN, m, n, k)
        && !NarrowProduct.fits(transA, m, n, k)) {
      // What the first and the last matrix hold to, those in between do.
      int last = batch - 1;
      check("a", transA ? k : m, transA ? m : k, a, aOffset, lda);
      check("b", transB ? n : k, transB ? k : n, b, bOffset, ldb);
      checkResult(m, n, start, startOffset, ldStart, c, cOffset, ldc);
      check("a", transA ? k : m, transA ? m : k, a, aOffset + last * strideA, lda);
      check("b", transB ? n : k, transB ? k : n, b, bOffset + last * strideB, ldb);
      checkResult(
          m, n, start, startOffset + last * strideStart, ldStart, c, cOffset + last * strideC, ldc);
      float[] z = start == null ? GemmScratch.ZERO : start;
      BlockTask item =
          i ->
              GemmAlone.multiply(
                  TileKernels.CHOSEN,
                  transA,
                  transB,
                  m,
                  n,
                  k,
                  a,
                  aOffset + i * strideA,
                  lda,
                  b,
                  bOffset + i * strideB,
                  ldb,
                  z,
                  start == null ? 0 : startOffset + i * strideStart,
                  start == null ? 0 : ldStart,
                  c,
                  cOffset + i * strideC,
                  ldc);
      if (each * batch < ALONE) {
        for (int i = 0; i < batch; i++) {
          item.run(i);
        }
      } else {
        Workers.run(batch, item);
      }
      return;
    }
    int parties = each * batch < ALONE ? 1 : Math.min(batch, Workers.threads());
    if (parties == 1 || each >= ENOUGH || batch < Workers.threads()) {
      for (int i = 0; i < batch; i++) {
        multiply(
            transA,
            transB,
            m,
            n,
            k,
            a,
            aOffset + i * strideA,
            lda,
            b,
            bOffset + i * strideB,
            ldb,
            start,
            startOffset + i * strideStart,
            ldStart,
            c,
            cOffset + i * strideC,
            ldc);
      }
      return;
    }
    // Inside a block the pool is taken, so each product stays on its thread.
    Workers.run(
        batch,
        i ->
            multiply(
                transA,
                transB,
                m,
                n,
                k,
                a,
                aOffset + i * strideA,
                lda,
                b,
                bOffset + i * strideB,
                ldb,
                start,
                startOffset + i * strideStart,
                ldStart,
                c,
                cOffset + i * strideC,
                ldc));
  }

  private static int parties(int m, int n, int k) {
    return 2.0 * m * n * k < ALONE ? 1 : Workers.threads();
  }

  private static void copy(
      int m, int n, float[] z, int zOffset, int ldz, float[] c, int cOffset, int ldc) {
    for (int i = 0; i < m; i++) {
      int row = cOffset + i * ldc;
      if (GemmScratch.isZero(z)) {
        java.util.Arrays.fill(c, row, row + n, 0);
      } else {
        System.arraycopy(z, zOffset + i * ldz, c, row, n);
      }
    }
  }

  private static void checkResult(
      int m,
      int n,
      float @Nullable [] start,
      int startOffset,
      int ldStart,
      float[] c,
      int cOffset,
      int ldc) {
    check("c", m, n, c, cOffset, ldc);
    if (start != null) {
      check("start", ldStart == 0 ? Math.min(m, 1) : m, n, start, startOffset, ldStart);
    }
  }

  private static void checkLast(String name, int batch, int offset, int stride, float[] array) {
    long last = offset + (batch - 1L) * stride;
    if (stride < 0 || last > array.length) {
      throw new TensorException(
          "Matrix "
              + (batch - 1)
              + " of the batch of "
              + name
              + " would begin at "
              + last
              + " of an array of "
              + array.length
              + " floats; check the batch stride "
              + stride
              + ".");
    }
  }

  /// Refuses a matrix that does not lie within its array.
  static void check(String name, int rows, int columns, float[] array, int offset, int ld) {
    check(name, rows, columns, array.length, offset, ld);
  }

  private static void check(String name, int rows, int columns, int room, int offset, int ld) {
    long end = rows <= 0 || columns <= 0 ? offset : offset + (rows - 1L) * ld + columns;
    boolean overlaps = rows > 1 && ld < columns;
    if (rows < 0 || columns < 0 || offset < 0 || overlaps || end > room) {
      throw new TensorException(
          "Matrix "
              + name
              + " of "
              + rows
              + " x "
              + columns
              + " at offset "
              + offset
              + " with rows "
              + ld
              + " apart does not lie within an array of "
              + room
              + " elements; check its offset and leading dimension.");
    }
  }
}
