package org.espalier.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import jcuda.driver.CUfunction;
import jcuda.driver.JCudaDriver;

/// Native memory for the parameters of a launch, made once: the values, and the addresses of the
/// values. The driver copies both before a launch returns, so the next launch may write over them.
/// The addresses end with a null, which no driver asks for: tools that look for a launch with too
/// many or too few parameters do.
///
/// Handing Java arrays to JCuda instead costs tens of microseconds a launch, because each is pinned
/// and wrapped by itself.
final class ParameterBlock {
  private static final int MOST_BYTES = 4096; // the driver's own limit
  private static final int MOST_PARAMETERS = 128;

  private final MemorySegment values;
  private final MemorySegment addresses;
  private final HostPointer pointer;

  /// Makes a block.
  ///
  /// @param arena closes when the device does
  ParameterBlock(Arena arena) {
    values = arena.allocate(MOST_BYTES, Long.BYTES);
    addresses = arena.allocate((MOST_PARAMETERS + 1L) * Long.BYTES, Long.BYTES);
    pointer = new HostPointer(addresses.address());
  }

  /// Launches a kernel; the caller owns the context.
  ///
  /// @param grid blocks and threads along x, y and z
  /// @param words the values, each from a word of its own on
  /// @param used the number of words
  /// @param starts the word where each parameter begins
  /// @param types one for each parameter
  /// @return the driver's status
  int launch(
      CUfunction function,
      int[] grid,
      int shared,
      Stream stream,
      long[] words,
      int used,
      int[] starts,
      List<String> types) {
    MemorySegment.copy(words, 0, values, ValueLayout.JAVA_LONG, 0, used);
    for (int i = 0; i < types.size(); i++) {
      addresses.setAtIndex(
          ValueLayout.JAVA_LONG, i, values.address() + (long) starts[i] * Long.BYTES);
    }
    addresses.setAtIndex(ValueLayout.JAVA_LONG, types.size(), 0);
    return JCudaDriver.cuLaunchKernel(
        function,
        grid[0],
        grid[1],
        grid[2],
        grid[3],
        grid[4],
        grid[5],
        shared,
        stream.handle(),
        pointer,
        null);
  }
}
