package org.espalier.cuda.device;

/// The order in which blocks run, and the warps of a block between two barriers, and streams that
/// could run side by side.
///
/// The lanes of one warp always run in step, which a real device does not promise.
public enum ThreadOrder {
  /// From the first to the last.
  FORWARD,
  /// From the last to the first.
  REVERSE,
  /// At random, from a seed.
  SHUFFLED
}
