package org.espalier.cuda.report;

import java.util.List;

/// How many warps of a kernel a multiprocessor holds at once, from what limits it (CUDA C++
/// Programming Guide, "Compute Capabilities").
///
/// @param capability such as 80
/// @param warps that fit
/// @param blocks that fit
/// @param sharedBytes of all blocks
/// @param reservedBytes of shared memory that each block takes beside its own
record Occupancy(int capability, int warps, int blocks, int sharedBytes, int reservedBytes) {
  private static final int WARP = 32;
  private static final int REGISTERS = 65536;

  /// Registers are given to warps in portions of 256.
  private static final int REGISTER_PORTION = 256;

  /// Shared memory is given in portions of 128 bytes (256 before capability 8).
  private static final int SHARED_PORTION = 256;

  /// The architectures for which kernels are compiled.
  static List<Occupancy> all() {
    return List.of(
        new Occupancy(75, 32, 16, 64 * 1024, 0),
        new Occupancy(80, 64, 32, 164 * 1024, 1024),
        new Occupancy(86, 48, 16, 100 * 1024, 1024),
        new Occupancy(89, 48, 24, 100 * 1024, 1024),
        new Occupancy(90, 64, 32, 228 * 1024, 1024),
        new Occupancy(100, 64, 32, 228 * 1024, 1024),
        new Occupancy(120, 48, 24, 100 * 1024, 1024));
  }

  /// Returns the warps that are there at once.
  ///
  /// @param threads of a block
  /// @param registers of a thread
  /// @param shared bytes of a block
  int warpsOf(int threads, int registers, int shared) {
    int warpsOfBlock = Math.ceilDiv(threads, WARP);
    int registersOfWarp = roundUp(registers * WARP, REGISTER_PORTION);
    int byWarps = warps / warpsOfBlock;
    int byRegisters = REGISTERS / registersOfWarp / warpsOfBlock;
    int needed = roundUp(shared, SHARED_PORTION) + reservedBytes;
    int byShared = needed == 0 ? blocks : sharedBytes / needed;
    return warpsOfBlock * Math.min(Math.min(byWarps, byRegisters), Math.min(byShared, blocks));
  }

  private static int roundUp(int x, int portion) {
    return Math.ceilDiv(x, portion) * portion;
  }
}
