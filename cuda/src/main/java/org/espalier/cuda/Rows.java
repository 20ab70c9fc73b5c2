package org.espalier.cuda;

import java.util.HashMap;
import java.util.Map;
import org.espalier.spi.View;

/// Kernels of rows in the versions of `rows.cuh`: which one is launched depends on the number of
/// columns alone, so that the bits do.
final class Rows {
  private static final int WARP = 32;

  /// Columns that a warp, or a block, keeps in the registers of its lanes: 8 times 4 of each.
  private static final int MOST_OF_WARP = WARP * 32;

  private static final int MOST_OF_BLOCK = Launch.THREADS * 32;

  /// Columns for which a warp needs a quarter of the registers.
  private static final int FEW = WARP * 8;

  private final CudaDevice device;
  private final String family;
  private final Map<String, Kernel> kernels = new HashMap<>();

  /// Names the kernels of a file.
  Rows(CudaDevice device, String family) {
    this.device = device;
    this.family = family;
  }

  /// Returns the number of rows: of all axes but the last.
  static int rows(View x) {
    return columns(x) == 0 ? 0 : x.elements() / columns(x);
  }

  /// Returns the size of the last axis; 1 of a scalar.
  static int columns(View x) {
    return x.shape().rank() == 0 ? 1 : x.shape().size(-1);
  }

  /// Returns a launch for rows with its first two parameters, the rows and the columns.
  ///
  /// @param rows at least 1
  /// @param columns at least 1
  Launch launch(String name, int rows, int columns) {
    String version =
        columns <= FEW
            ? "_warp2"
            : columns <= MOST_OF_WARP ? "_warp8" : columns <= MOST_OF_BLOCK ? "_block8" : "_long";
    return launch(name + version, columns <= MOST_OF_WARP, rows, columns);
  }

  /// The same for a kernel that keeps nothing, and so has two versions, `_warp` and `_block`.
  Launch launchOnePass(String name, int rows, int columns) {
    boolean ofWarps = columns <= MOST_OF_WARP;
    return launch(name + (ofWarps ? "_warp" : "_block"), ofWarps, rows, columns);
  }

  /// The same for a version that is named.
  ///
  /// @param ofWarps whether each warp has a row, not each block
  Launch launch(String version, boolean ofWarps, int rows, int columns) {
    int blocks = ofWarps ? Math.ceilDiv(rows, Launch.THREADS / WARP) : rows;
    return kernel(version)
        .grid(Math.min(blocks, device.fullGrid()), Launch.THREADS)
        .i32(rows)
        .i32(columns);
  }

  /// Tells whether a warp keeps a row in registers, and as which version.
  static boolean fitsWarp(int columns) {
    return columns <= MOST_OF_WARP;
  }

  /// Returns `_warp2` or `_warp8`, for columns that fit a warp.
  static String versionOfWarp(int columns) {
    return columns <= FEW ? "_warp2" : "_warp8";
  }

  /// Returns a kernel of the file.
  synchronized Kernel kernel(String name) {
    return kernels.computeIfAbsent(name, n -> device.kernel(family, n));
  }
}
