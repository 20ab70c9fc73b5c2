package org.espalier.cpu;

/// The innermost loops of the matrix product, one implementation per vector width.
///
/// A tile is `C[rows, width] = Z[rows, width] + A[rows, depth] B[depth, width]`, each element one
/// chain of fused multiply-adds in increasing depth. `Z` is read before `C` is written and may be
/// `C` (accumulate), and its row stride may be 0 (a bias, or zeros). Only the shapes that
/// [#panelWidth] and [#stripRows] name exist.
sealed interface TileKernels permits Tile512, Tile256, Tile128, TileScalar {
  /// The widest panel of any implementation, in columns.
  int MOST_COLUMNS = 64;

  /// The highest tile of any implementation, in rows.
  int MOST_ROWS = 12;

  /// The kernels of the width that [Simd] chose: a constant for the compiler.
  TileKernels CHOSEN = of(Simd.BITS);

  /// Returns the kernels of a width.
  ///
  /// @param bits 512, 256 or 128, or 0 for plain loops
  static TileKernels of(int bits) {
    return switch (bits) {
      case 512 -> new Tile512();
      case 256 -> new Tile256();
      case 128 -> new Tile128();
      case 0 -> new TileScalar();
      default -> throw new IllegalArgumentException("no kernels of " + bits + " bits");
    };
  }

  /// Side of the squares that [#transposeBlocks] transposes.
  int block();

  /// Width of the next packed panel when so many columns (1 or more) are left; the last may be
  /// wider than what is left.
  int panelWidth(int columnsLeft);

  /// Rows of a full strip of packed `A`: what [#stripRows] gives for many rows and the widest
  /// panel.
  int stripHeight();

  /// Rows of the next tile when so many rows (1 or more) are left.
  int stripRows(int rowsLeft, int width);

  /// The same for row-major rows that come from memory or a far cache: fewer streams of them may be
  /// faster than more multiply-adds per load.
  int farRows(int rowsLeft, int width);

  /// A tile with `A` row-major and `B` a packed panel of `width` columns.
  void rows(
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
      int ldc);

  /// A tile with `A` stored transposed (`depth` rows of `lda`) and `B` a packed panel of `width`
  /// columns.
  void columns(
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
      int ldc);

  /// A tile of the widest panel with `A` packed: `rows` adjacent floats for each step.
  void strips(
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
      int ldc);

  /// The same with `B` row-major, read where it is.
  void inPlace(
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
      int ldc);

  /// `C = A B` for a full strip of row-major rows and this many panels of the widest width.
  void acrossRows(
      int panels,
      int depth,
      float[] a,
      int aOffset,
      int lda,
      float[] b,
      int bOffset,
      float[] c,
      int cOffset,
      int ldc);

  /// The same with `A` stored transposed.
  void acrossColumns(
      int panels,
      int depth,
      float[] a,
      int aOffset,
      int lda,
      float[] b,
      int bOffset,
      float[] c,
      int cOffset,
      int ldc);

  /// `to[j * ldTo + i] = from[i * ldFrom + j]` for `i <` [#block] and `j < count *` [#block].
  void transposeBlocks(
      int count, float[] from, int fromOffset, int ldFrom, float[] to, int toOffset, int ldTo);

  /// Copies `depth` rows as wide as the widest panel to where they are adjacent.
  void copyPanel(int depth, float[] from, int fromOffset, int ldFrom, float[] to, int toOffset);

  /// Packs a full strip of row-major rows: `to[k * height + r] = from[r * ldFrom + k]`.
  void packRows(int depth, float[] from, int fromOffset, int ldFrom, float[] to, int toOffset);

  /// Packs a full strip of rows that are stored transposed: `to[k * height + r] = from[k * ldFrom +
  /// r]`.
  void packColumns(int depth, float[] from, int fromOffset, int ldFrom, float[] to, int toOffset);
}
