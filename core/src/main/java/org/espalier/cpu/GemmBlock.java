package org.espalier.cpu;

import java.util.concurrent.atomic.AtomicLong;
import org.espalier.parallel.Workers;

/// One block of a product's inner dimension: `C = Z + A B`, in units that any thread may do.
///
/// A unit is some rows by one panel of columns. The units of the same rows follow each other, so
/// that a thread packs these rows once; there and back again, so that two threads that start at
/// both ends pass different panels.
///
/// The rows of A are packed in strips for the panels of the widest width: a kernel that reads six
/// rows in six places needs more addresses than there are registers (measured 109 against 133
/// GFLOP/s of 138). The columns that are left over have narrower and higher tiles, which read A by
/// rows: where it is, or if it is transposed from a copy, because in place each step would touch
/// another page.
final class GemmBlock {
  /// How `B` is stored.
  enum Right {
    /// In the panels of [GemmPacking].
    PACKED,
    /// Row-major; the columns must be a multiple of the widest panel.
    IN_PLACE
  }

  /// Floats of A, 384 kB, that stay in the second cache level while the panels of B go by.
  private static final int BLOCK_FLOATS = 3 << 15;

  /// Rows of its own that a thread should have to pack, at least.
  private static final int WORTH_PACKING = 48;

  private static final AtomicLong NUMBERS = new AtomicLong();

  private final long number = NUMBERS.incrementAndGet();
  private final TileKernels kernels;
  private final boolean transA;
  private final int m;
  private final int n;
  private final int steps;
  private final float[] a;
  private final int aOffset;
  private final int lda;
  private final Right right;
  private final float[] b;
  private final int bOffset;
  private final int ldb;
  private final float[] z;
  private final int zOffset;
  private final int ldz;
  private final float[] c;
  private final int cOffset;
  private final int ldc;
  private final int wide;

  /// Describes a block.
  ///
  /// @param ldb ignored when `B` is packed
  /// @param z the start; [GemmScratch#ZERO] for zeros, row stride 0 for one row for all
  GemmBlock(
      TileKernels kernels,
      boolean transA,
      int m,
      int n,
      int steps,
      float[] a,
      int aOffset,
      int lda,
      Right right,
      float[] b,
      int bOffset,
      int ldb,
      float[] z,
      int zOffset,
      int ldz,
      float[] c,
      int cOffset,
      int ldc) {
    this.kernels = kernels;
    this.transA = transA;
    this.m = m;
    this.n = n;
    this.steps = steps;
    this.a = a;
    this.aOffset = aOffset;
    this.lda = lda;
    this.right = right;
    this.b = b;
    this.bOffset = bOffset;
    this.ldb = ldb;
    this.z = z;
    this.zOffset = zOffset;
    this.ldz = ldz;
    this.c = c;
    this.cOffset = cOffset;
    this.ldc = ldc;
    wide = GemmPanels.wideColumns(kernels, n);
  }

  /// Computes the block.
  ///
  /// @param parties threads to use at most
  void run(int parties) {
    int height = height(parties);
    int rowBlocks = Math.ceilDiv(m, height);
    int wideGroups = Math.ceilDiv(wide, TileKernels.MOST_COLUMNS);
    int groups = wideGroups + (wide < n ? 1 : 0);
    if (parties == 1) {
      GemmScratch scratch = GemmScratch.POOL.take();
      try {
        for (int unit = 0; unit < rowBlocks * groups; unit++) {
          run(scratch, unit, height, groups);
        }
      } finally {
        GemmScratch.POOL.giveBack(scratch);
      }
      return;
    }
    Workers.run(
        rowBlocks * groups,
        unit -> {
          GemmScratch scratch = GemmScratch.POOL.take();
          try {
            run(scratch, unit, height, groups);
          } finally {
            GemmScratch.POOL.giveBack(scratch);
          }
        });
  }

  /// Rows of a unit: even parts, in multiples of every tile's height, that stay in the second cache
  /// level.
  private int height(int parties) {
    int most = BLOCK_FLOATS / steps / TileKernels.MOST_ROWS * TileKernels.MOST_ROWS;
    int parts = Math.ceilDiv(m, most);
    int apart = Math.clamp(m / WORTH_PACKING, 1, parties);
    parts = Math.ceilDiv(parts, apart) * apart;
    return Math.ceilDiv(Math.ceilDiv(m, parts), TileKernels.MOST_ROWS) * TileKernels.MOST_ROWS;
  }

  private void run(GemmScratch scratch, int unit, int height, int groups) {
    int rowBlock = unit / groups;
    int group = unit % groups;
    if (rowBlock % 2 == 1) {
      group = groups - 1 - group;
    }
    int i = rowBlock * height;
    int rows = Math.min(height, m - i);
    int j = group * TileKernels.MOST_COLUMNS;
    if (j < wide) {
      inStrips(scratch, i, rows, j, Math.min(TileKernels.MOST_COLUMNS, wide - j));
    } else {
      byRows(scratch, i, rows);
    }
  }

  private int aAt(int row) {
    return aOffset + (transA ? row : row * lda);
  }

  private int zAt(int row, int column) {
    return zOffset + row * ldz + (GemmScratch.isZero(z) ? 0 : column);
  }

  private void inStrips(GemmScratch scratch, int i, int rows, int j, int columns) {
    float[] strips = scratch.rows(rows * steps);
    if (!scratch.holds(number, i)) {
      GemmPacking.strips(kernels, transA, rows, steps, a, aAt(i), lda, strips, GemmScratch.ALIGN);
    }
    if (right == Right.IN_PLACE) {
      GemmPanels.multiplyInPlace(
          kernels,
          rows,
          columns,
          steps,
          strips,
          GemmScratch.ALIGN,
          b,
          bOffset + j,
          ldb,
          z,
          zAt(i, j),
          ldz,
          c,
          cOffset + i * ldc + j,
          ldc);
      return;
    }
    GemmPanels.multiply(
        kernels,
        GemmPanels.Left.STRIPS,
        rows,
        columns,
        steps,
        strips,
        GemmScratch.ALIGN,
        0,
        b,
        bOffset + j * steps,
        z,
        zAt(i, j),
        ldz,
        c,
        cOffset + i * ldc + j,
        ldc,
        scratch.tile);
  }

  private void byRows(GemmScratch scratch, int i, int rows) {
    float[] left = a;
    int leftOffset = aAt(i);
    int ld = lda;
    if (transA) {
      // Rows apart by a power of two would fall on the same cache sets.
      ld = steps + 16;
      left = scratch.rows(rows * ld);
      leftOffset = GemmScratch.ALIGN;
      scratch.forget();
      GemmPacking.transpose(kernels, steps, rows, a, aAt(i), lda, left, leftOffset, ld);
    }
    GemmPanels.multiply(
        kernels,
        GemmPanels.Left.ROWS,
        rows,
        n - wide,
        steps,
        left,
        leftOffset,
        ld,
        b,
        bOffset + wide * steps,
        z,
        zAt(i, wide),
        ldz,
        c,
        cOffset + i * ldc + wide,
        ldc,
        scratch.tile);
  }
}
