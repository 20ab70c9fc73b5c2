package org.espalier.cpu;

import java.util.Arrays;

/// The matrix products of attention on tiles of scores, cut to what a causal mask leaves.
///
/// Under a causal mask rows go in strips with as many keys as the strip's last row sees; the
/// others' weights there are 0, which adds nothing to a chain but may turn a -0 into +0. So causal
/// results are cleared of -0 at the end, and bits do not depend on the strips. (A value that is not
/// finite can reach the rows of its strip before it.)
final class AttentionTiles {
  private static final int STRIP = TileKernels.MOST_ROWS;

  private AttentionTiles() {}

  /// Fills what the products may read of the hidden keys of a row: up to one strip after the
  /// visible.
  static void hide(float[] s, int offset, int visible, int keys) {
    Arrays.fill(s, offset + visible, offset + Math.min(keys, visible + STRIP), 0);
  }

  private static int stripRows(AttentionLayout layout, int rowsLeft) {
    return layout.causal ? Math.min(STRIP, rowsLeft) : rowsLeft;
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
      int visible = layout.visible(first + r + height - 1, layout.queries(sequence), keys);
      // To the end of a panel: the pack's panels have the widths of all the keys.
      int columns = Math.min(padded, Math.ceilDiv(visible, widest) * widest);
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
          GemmScratch.ALIGN,
          GemmScratch.ZERO,
          0,
          0,
          s,
          GemmScratch.ALIGN + r * ld,
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
      int visible = layout.visible(first + r + height - 1, layout.queries(sequence), keys);
      int width;
      for (int j = 0; j < dim; j += width) {
        width = kernels.panelWidth(dim - j);
        GemmPanels.multiply(
            kernels,
            GemmPanels.Left.ROWS,
            height,
            Math.min(width, dim - j),
            visible,
            s,
            GemmScratch.ALIGN + r * ld,
            ld,
            pack,
            GemmScratch.ALIGN + j * keys,
            GemmScratch.ZERO,
            0,
            0,
            c,
            cOffset + r * ldc + j,
            ldc,
            tile);
      }
    }
    if (layout.causal) {
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
    int hidden = layout.causal ? keys - layout.queries(sequence) + first : keys;
    float[] z = fromZero ? GemmScratch.ZERO : c;
    int height;
    for (int i = 0; i < keys; i += height) {
      height = layout.causal ? Math.min(STRIP, keys - i) : keys;
      // Rows before this one see none of the strip's keys.
      int from = Math.clamp((long) i - hidden, 0, rows);
      int width;
      for (int j = 0; j < dim; j += width) {
        width = kernels.panelWidth(dim - j);
        int at = cOffset + i * ldc + j;
        GemmPanels.multiply(
            kernels,
            GemmPanels.Left.COLUMNS,
            height,
            Math.min(width, dim - j),
            rows - from,
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
