package org.espalier.cpu;

import java.util.Arrays;
import org.espalier.random.DropoutMask;

/// The matrix products of attention on tiles of scores, cut to the keys that some row sees.
///
/// Under a causal mask or a window, rows go in strips with the keys from the first that the strip's
/// first row sees to the last that its last row sees; the others' weights there are 0, which adds
/// nothing to a chain but may turn a -0 into +0. So masked results are cleared of -0 at the end,
/// and bits do not depend on the strips. (A value that is not finite can reach the other rows of
/// its strip.)
final class AttentionTiles {
  private static final int STRIP = TileKernels.MOST_ROWS;

  private AttentionTiles() {}

  /// Fills what the products may read of the hidden keys of a row: up to one strip before and after
  /// those in `[begin, end)`.
  static void hide(float[] s, int offset, int begin, int end, int keys) {
    Arrays.fill(s, offset + Math.max(0, begin - STRIP), offset + begin, 0);
    Arrays.fill(s, offset + end, offset + Math.min(keys, end + STRIP), 0);
  }

  /// Drops weights of query `i` of a sequence and scales the others; `s` holds those of all keys
  /// from `offset` on.
  static void drop(
      AttentionLayout layout, float[] s, int offset, int sequence, int head, int i, float scale) {
    // From the beginning of the block of columns that the first key is in.
    int block = layout.begin(sequence, i) / DropoutMask.BLOCK;
    int at = offset + block * DropoutMask.BLOCK;
    int n = offset + layout.end(sequence, i) - at;
    int key = DropoutMask.fromBlock(layout.rowKey(layout.queryStart(sequence) + i, head), block);
    Dropout.apply(s, at, s, at, n, key, layout.threshold, scale);
  }

  private static int stripRows(AttentionLayout layout, int rowsLeft) {
    return layout.cut() ? Math.min(STRIP, rowsLeft) : rowsLeft;
  }

  /// `s[r, j] = x_r . y_j` for the keys that some row of the strip sees, and maybe for more.
  ///
  /// @param first the first row's query number in the sequence
  /// @param packT the packed transpose of `y`: keys or values
  static void scores(
      TileKernels kernels,
      AttentionLayout layout,
      int sequence,
      int first,
      int rows,
      float[] x,
      int xOffset,
      int ldx,
      float[] packT,
      float[] s,
      int ld,
      float[] tile) {
    int keys = layout.keys(sequence);
    int padded = GemmPacking.paddedColumns(kernels, keys);
    int widest = kernels.panelWidth(Integer.MAX_VALUE);
    int height;
    for (int r = 0; r < rows; r += height) {
      height = stripRows(layout, rows - r);
      int end = layout.end(sequence, first + r + height - 1);
      // In whole panels: the pack's panels have the widths of all the keys.
      int begin = layout.begin(sequence, first + r) / widest * widest;
      int columns = Math.min(padded, Math.ceilDiv(end, widest) * widest) - begin;
      GemmPanels.multiply(
          kernels,
          GemmPanels.Left.ROWS,
          height,
          columns,
          layout.headDim,
          x,
          xOffset + r * ldx,
          ldx,
          packT,
          GemmScratch.ALIGN + begin * layout.headDim,
          GemmScratch.ZERO,
          0,
          0,
          s,
          GemmScratch.ALIGN + r * ld + begin,
          ld,
          tile);
    }
  }

  /// `c_r = sum over keys j of s[r, j] y_j`.
  ///
  /// @param pack the packed `y` of all keys
  static void byKeys(
      TileKernels kernels,
      AttentionLayout layout,
      int sequence,
      int first,
      int rows,
      float[] s,
      int ld,
      float[] pack,
      float[] c,
      int cOffset,
      int ldc,
      float[] tile) {
    int keys = layout.keys(sequence);
    int dim = layout.headDim;
    int height;
    for (int r = 0; r < rows; r += height) {
      height = stripRows(layout, rows - r);
      int begin = layout.begin(sequence, first + r);
      int end = layout.end(sequence, first + r + height - 1);
      int width;
      for (int j = 0; j < dim; j += width) {
        width = kernels.panelWidth(dim - j);
        GemmPanels.multiply(
            kernels,
            GemmPanels.Left.ROWS,
            height,
            Math.min(width, dim - j),
            end - begin,
            s,
            GemmScratch.ALIGN + r * ld + begin,
            ld,
            pack,
            GemmScratch.ALIGN + j * keys + begin * width,
            GemmScratch.ZERO,
            0,
            0,
            c,
            cOffset + r * ldc + j,
            ldc,
            tile);
      }
    }
    if (layout.hides()) {
      clearNegativeZeros(rows, dim, c, cOffset, ldc);
    }
  }

  /// `c_j = start + sum over rows r of s[r, j] y_r` for all keys `j`; the start is `c` itself or 0.
  ///
  /// @param pack the packed `y` of the tile's rows
  static void byRows(
      TileKernels kernels,
      AttentionLayout layout,
      int sequence,
      int first,
      int rows,
      float[] s,
      int ld,
      float[] pack,
      boolean fromZero,
      float[] c,
      int cOffset,
      int ldc,
      float[] tile) {
    int keys = layout.keys(sequence);
    int dim = layout.headDim;
    float[] z = fromZero ? GemmScratch.ZERO : c;
    int height;
    for (int i = 0; i < keys; i += height) {
      height = layout.cut() ? Math.min(STRIP, keys - i) : keys;
      // The rows before and after see none of the strip's keys.
      int from = Math.clamp(layout.firstThatSees(sequence, i) - first, 0, rows);
      int to = Math.clamp(layout.endOfThoseThatSee(sequence, i + height) - first, from, rows);
      if (from == to && !fromZero) {
        continue;
      }
      int width;
      for (int j = 0; j < dim; j += width) {
        width = kernels.panelWidth(dim - j);
        int at = cOffset + i * ldc + j;
        GemmPanels.multiply(
            kernels,
            GemmPanels.Left.COLUMNS,
            height,
            Math.min(width, dim - j),
            to - from,
            s,
            GemmScratch.ALIGN + from * ld + i,
            ld,
            pack,
            GemmScratch.ALIGN + j * rows + from * width,
            z,
            fromZero ? 0 : at,
            fromZero ? 0 : ldc,
            c,
            at,
            ldc,
            tile);
      }
    }
  }

  static void clearNegativeZeros(int rows, int dim, float[] c, int cOffset, int ldc) {
    for (int r = 0; r < rows; r++) {
      int o = cOffset + r * ldc;
      Rows.KERNELS.subtract(c, o, c, o, dim, -0f);
    }
  }
}
