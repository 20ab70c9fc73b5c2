package org.espalier.cuda;

import java.util.Locale;

/// What the memory of a device went through so far.
///
/// @param liveBlocks blocks that tensors hold
/// @param liveBytes their bytes, each rounded up to a class of sizes (at most an eighth more)
/// @param cachedBytes bytes of free blocks, ready for the next tensors
/// @param recordedBytes bytes of blocks that only recorded steps use, and no tensor now
/// @param peakBytes the largest `liveBytes` since the start
/// @param hits requests answered from the cache
/// @param misses requests that asked the driver
/// @param recoveries requests that succeeded only after free blocks were given back to the driver
public record MemoryStats(
    long liveBlocks,
    long liveBytes,
    long cachedBytes,
    long recordedBytes,
    long peakBytes,
    long hits,
    long misses,
    long recoveries) {
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%.1f MB live in %d blocks (at most %.1f MB), %.1f MB cached, %.1f MB of recorded steps, %d hits, %d misses, %d"
            + " recoveries",
        liveBytes / 1e6,
        liveBlocks,
        peakBytes / 1e6,
        cachedBytes / 1e6,
        recordedBytes / 1e6,
        hits,
        misses,
        recoveries);
  }
}
