package org.espalier.cpu;

import org.espalier.TensorException;
import org.espalier.parallel.Workers;

/// A right operand `B[k, n]`, packed once for many products: weights.
///
/// Blocks of the inner dimension one after the other, each in the panels of [GemmPacking]. Reading
/// it is safe from any number of threads; [#repack] must not run beside them.
final class PackedMatrix {
  /// Columns that one thread packs at a time, a multiple of every panel's width.
  private static final int CHUNK = TileKernels.MOST_COLUMNS;

  private final TileKernels kernels;
  private final int n;
  private final int k;
  private final int paddedColumns;
  private final int depth;
  private final float[] data;
  private final int start;

  private PackedMatrix(TileKernels kernels, int n, int k) {
    this.kernels = kernels;
    this.n = n;
    this.k = k;
    paddedColumns = GemmPacking.paddedColumns(kernels, n);
    depth = k == 0 ? 0 : GemmScratch.depth(k);
    long floats = (long) k * paddedColumns + GemmScratch.ALIGN;
    if (floats > Integer.MAX_VALUE - 8) {
      throw new TensorException(
          "A matrix of "
              + k
              + " x "
              + n
              + " is too large to keep packed, expected at most 2^31 floats; split it by columns.");
    }
    PackedRoom room = PackedRoom.take((int) floats - GemmScratch.ALIGN);
    data = room.array();
    start = room.offset();
  }

  /// Packs `B`, which is stored as `[k, n]`, or as `[n, k]` with `transB`.
  ///
  /// @param ldb distance of the stored rows
  static PackedMatrix pack(boolean transB, int n, int k, float[] b, int bOffset, int ldb) {
    return pack(TileKernels.CHOSEN, transB, n, k, b, bOffset, ldb);
  }

  static PackedMatrix pack(
      TileKernels kernels, boolean transB, int n, int k, float[] b, int bOffset, int ldb) {
    PackedMatrix packed = new PackedMatrix(kernels, n, k);
    packed.repack(transB, b, bOffset, ldb);
    return packed;
  }

  /// Packs other values of the same shape into the same memory.
  void repack(boolean transB, float[] b, int bOffset, int ldb) {
    Gemm.check("b", transB ? n : k, transB ? k : n, b, bOffset, ldb);
    int chunks = Math.ceilDiv(n, CHUNK);
    if ((long) n * k < 1 << 15) {
      for (int chunk = 0; chunk < chunks; chunk++) {
        packChunk(chunk, transB, b, bOffset, ldb);
      }
    } else {
      Workers.run(chunks, chunk -> packChunk(chunk, transB, b, bOffset, ldb));
    }
  }

  private void packChunk(int chunk, boolean transB, float[] b, int bOffset, int ldb) {
    int j = chunk * CHUNK;
    int columns = Math.min(CHUNK, n - j);
    for (int from = 0; from < k; from += depth) {
      int steps = Math.min(depth, k - from);
      int to = offset(from) + j * steps;
      if (transB) {
        GemmPacking.columns(kernels, steps, columns, b, bOffset + j * ldb + from, ldb, data, to);
      } else {
        GemmPacking.rows(kernels, steps, columns, b, bOffset + from * ldb + j, ldb, data, to);
      }
    }
  }

  TileKernels kernels() {
    return kernels;
  }

  /// Columns of the matrix.
  int n() {
    return n;
  }

  /// Rows of the matrix: the inner dimension.
  int k() {
    return k;
  }

  /// Rows of each block but the last.
  int depth() {
    return depth;
  }

  float[] data() {
    return data;
  }

  /// Where the block of the rows from `from` begins in [#data].
  int offset(int from) {
    return start + from * paddedColumns;
  }
}
