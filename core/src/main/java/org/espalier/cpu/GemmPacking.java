package org.espalier.cpu;

/// Copies of matrices in the order in which the tiles read them.
///
/// A right operand of `depth` rows is packed in panels of [TileKernels#panelWidth] columns: panel
/// at column `j` begins `j * depth` floats into the pack and holds its rows one after the other,
/// the last one filled up with zeros. A left operand is packed in strips of [TileKernels#stripRows]
/// rows for the widest panel: the strip of row `i` begins `i * depth` floats into the pack, and
/// holds its columns one after the other. So a tile reads one stream of each.
final class GemmPacking {
  /// Rows that are packed all across at a time: down a whole panel, every row would be another
  /// page.
  static final int ROWS_ACROSS = 32;

  private GemmPacking() {}

  /// Columns of a pack of `n` columns, the filling included.
  static int paddedColumns(TileKernels kernels, int n) {
    int j = 0;
    while (j < n) {
      int width = kernels.panelWidth(n - j);
      j += n - j > width ? (n - j) / width * width : width;
    }
    return j;
  }

  /// Packs the row-major matrix `B[depth, n]`.
  static void rows(
      TileKernels kernels,
      int depth,
      int n,
      float[] b,
      int bOffset,
      int ldb,
      float[] pack,
      int packOffset) {
    for (int k = 0; k < depth; k += ROWS_ACROSS) {
      rowsAcross(kernels, depth, k, n, b, bOffset, ldb, pack, packOffset);
    }
  }

  /// Packs the [#ROWS_ACROSS] rows from `k` of the row-major matrix `B[depth, n]`, or those that
  /// are left.
  static void rowsAcross(
      TileKernels kernels,
      int depth,
      int k,
      int n,
      float[] b,
      int bOffset,
      int ldb,
      float[] pack,
      int packOffset) {
    int widest = kernels.panelWidth(Integer.MAX_VALUE);
    int steps = Math.min(ROWS_ACROSS, depth - k);
    int width;
    for (int j = 0; j < n; j += width) {
      width = kernels.panelWidth(n - j);
      int columns = Math.min(width, n - j);
      int from = bOffset + k * ldb + j;
      int to = packOffset + j * depth + k * width;
      if (columns == widest) {
        kernels.copyPanel(steps, b, from, ldb, pack, to);
      } else {
        fill(steps, columns, width, b, from, ldb, pack, to);
      }
    }
  }

  /// Copies rows one by one, and fills them up with zeros.
  static void fill(
      int steps,
      int columns,
      int width,
      float[] b,
      int bOffset,
      int ldb,
      float[] pack,
      int packOffset) {
    for (int k = 0; k < steps; k++) {
      int to = packOffset + k * width;
      System.arraycopy(b, bOffset + k * ldb, pack, to, columns);
      for (int q = columns; q < width; q++) {
        pack[to + q] = 0;
      }
    }
  }

  /// Packs `B[depth, n]` that is stored transposed, as `[n, depth]`.
  static void columns(
      TileKernels kernels,
      int depth,
      int n,
      float[] b,
      int bOffset,
      int ldb,
      float[] pack,
      int packOffset) {
    for (int j = 0; j < n; ) {
      int width = kernels.panelWidth(n - j);
      int columns = Math.min(width, n - j);
      int to = packOffset + j * depth;
      transpose(kernels, columns, depth, b, bOffset + j * ldb, ldb, pack, to, width);
      for (int k = 0; columns < width && k < depth; k++) {
        for (int q = columns; q < width; q++) {
          pack[to + k * width + q] = 0;
        }
      }
      j += width;
    }
  }

  /// Packs the rows of `A[m, depth]` in strips; with `transA` it is stored as `[depth, m]`.
  static void strips(
      TileKernels kernels,
      boolean transA,
      int m,
      int depth,
      float[] a,
      int aOffset,
      int lda,
      float[] pack,
      int packOffset) {
    int height = kernels.stripHeight();
    int widest = kernels.panelWidth(Integer.MAX_VALUE);
    int full = 0;
    while (full < m && kernels.stripRows(m - full, widest) == height) {
      full += height;
    }
    if (transA) {
      for (int k = 0; k < depth; k += ROWS_ACROSS) {
        int steps = Math.min(ROWS_ACROSS, depth - k);
        int row = aOffset + k * lda;
        for (int i = 0; i < full; i += height) {
          kernels.packColumns(steps, a, row + i, lda, pack, packOffset + i * depth + k * height);
        }
      }
    } else {
      for (int i = 0; i < full; i += height) {
        kernels.packRows(depth, a, aOffset + i * lda, lda, pack, packOffset + i * depth);
      }
    }
    int rows;
    for (int i = full; i < m; i += rows) {
      rows = kernels.stripRows(m - i, widest);
      int to = packOffset + i * depth;
      if (transA) {
        fill(depth, rows, rows, a, aOffset + i, lda, pack, to);
      } else {
        transposeEdge(0, rows, 0, depth, a, aOffset + i * lda, lda, pack, to, rows);
      }
    }
  }

  /// `to[j, i] = from[i, j]` for `i < rows`, `j < columns`.
  static void transpose(
      TileKernels kernels,
      int rows,
      int columns,
      float[] from,
      int fromOffset,
      int ldFrom,
      float[] to,
      int toOffset,
      int ldTo) {
    int block = kernels.block();
    int fullRows = rows - rows % block;
    int fullColumns = columns - columns % block;
    for (int i = 0; i < fullRows; i += block) {
      kernels.transposeBlocks(
          columns / block, from, fromOffset + i * ldFrom, ldFrom, to, toOffset + i, ldTo);
    }
    transposeEdge(0, fullRows, fullColumns, columns, from, fromOffset, ldFrom, to, toOffset, ldTo);
    transposeEdge(fullRows, rows, 0, columns, from, fromOffset, ldFrom, to, toOffset, ldTo);
  }

  /// The same, element by element, for a part.
  static void transposeEdge(
      int row,
      int rowEnd,
      int column,
      int columnEnd,
      float[] from,
      int fromOffset,
      int ldFrom,
      float[] to,
      int toOffset,
      int ldTo) {
    for (int i = row; i < rowEnd; i++) {
      for (int j = column; j < columnEnd; j++) {
        to[toOffset + j * ldTo + i] = from[fromOffset + i * ldFrom + j];
      }
    }
  }
}
