package org.espalier.cpu;

import org.espalier.TensorException;

/// Adding to and averaging rows of f32 tables. Rows are contiguous inside; tables may keep them
/// apart.
final class RowTables {
  /// Shares of the destinations that one scatter-add hands out; each thread looks through all
  /// indices for its own.
  static final int SHARES = 16;

  private RowTables() {}

  /// Checks that each index names a row.
  ///
  /// @throws TensorException naming the first that does not
  static void check(String kernel, int[] indices, int io, int step, int count, int tableRows) {
    for (int i = 0; i < count; i++) {
      int index = indices[io + i * step];
      if (index < 0 || index >= tableRows) {
        throw new TensorException(
            kernel
                + ": index "
                + index
                + " at place "
                + i
                + " is outside the table of "
                + tableRows
                + " rows; indices go from 0 to "
                + (tableRows - 1));
      }
    }
  }

  /// `y[indices[i]] += x[i]`, for each destination in ascending `i`, whatever the number of
  /// threads.
  static void scatterAdd(
      float[] x,
      int xo,
      int ldx,
      int[] indices,
      int io,
      int step,
      int count,
      float[] y,
      int yo,
      int ldy,
      int width) {
    if ((long) count * width < 1 << 15) {
      scatterShare(0, 1, x, xo, ldx, indices, io, step, count, y, yo, ldy, width);
      return;
    }
    Ranges.run(
        SHARES,
        (long) count * width / SHARES,
        (from, to) -> {
          for (int share = from; share < to; share++) {
            scatterShare(share, SHARES, x, xo, ldx, indices, io, step, count, y, yo, ldy, width);
          }
        });
  }

  private static void scatterShare(
      int share,
      int shares,
      float[] x,
      int xo,
      int ldx,
      int[] indices,
      int io,
      int step,
      int count,
      float[] y,
      int yo,
      int ldy,
      int width) {
    for (int i = 0; i < count; i++) {
      int to = indices[io + i * step];
      if (to % shares == share) {
        Rows.add(x, xo + i * ldx, y, yo + to * ldy, width);
      }
    }
  }

  /// `y[s] = mean of the rows of segment s`: the sum in ascending order times `1 / length`; 0 for
  /// an empty segment.
  static void segmentMean(
      float[] x,
      int xo,
      int[] offsets,
      int oo,
      int segments,
      float[] y,
      int yo,
      int width,
      int rows) {
    checkSegments(offsets, oo, segments, rows);
    Ranges.run(
        segments,
        (long) width * Math.max(1, rows / Math.max(1, segments)),
        (from, to) -> {
          for (int s = from; s < to; s++) {
            int at = yo + s * width;
            java.util.Arrays.fill(y, at, at + width, 0);
            int first = offsets[oo + s];
            int end = offsets[oo + s + 1];
            for (int r = first; r < end; r++) {
              Rows.add(x, xo + r * width, y, at, width);
            }
            if (end > first) {
              Rows.KERNELS.scale(y, at, y, at, width, 1f / (end - first));
            }
          }
        });
  }

  /// `dx[i] = dy[s] / length of s`; 0 for rows of no segment.
  static void segmentMeanBackward(
      float[] dy,
      int dyo,
      int[] offsets,
      int oo,
      int segments,
      float[] dx,
      int dxo,
      int width,
      int rows) {
    checkSegments(offsets, oo, segments, rows);
    int begin = segments == 0 ? rows : offsets[oo];
    int last = segments == 0 ? rows : offsets[oo + segments];
    java.util.Arrays.fill(dx, dxo, dxo + begin * width, 0);
    java.util.Arrays.fill(dx, dxo + last * width, dxo + rows * width, 0);
    Ranges.run(
        segments,
        (long) width * Math.max(1, rows / Math.max(1, segments)),
        (from, to) -> {
          for (int s = from; s < to; s++) {
            int first = offsets[oo + s];
            int end = offsets[oo + s + 1];
            for (int r = first; r < end; r++) {
              Rows.KERNELS.scale(
                  dy, dyo + s * width, dx, dxo + r * width, width, 1f / (end - first));
            }
          }
        });
  }

  private static void checkSegments(int[] offsets, int oo, int segments, int rows) {
    int last = 0;
    for (int s = 0; s <= segments; s++) {
      int offset = offsets[oo + s];
      if (offset < last || offset > rows) {
        throw new TensorException(
            "segment offsets must ascend from 0 to at most the "
                + rows
                + " rows; found "
                + offset
                + " at place "
                + s
                + " after "
                + last);
      }
      last = offset;
    }
  }
}
