package org.espalier.spi;

import java.util.List;
import org.espalier.DType;
import org.espalier.TensorException;

/// Work that a backend records instead of computing it, and then does as a whole as often as it is
/// asked: a CUDA graph.
///
/// From [Backend#record] to [#finish] nothing of what the recording thread asks of the backend is
/// computed; other threads wait. What is read, waited for or copied from the heap meanwhile is
/// refused. Memory that the recorded work uses stays as it is until the recording is closed.
public interface Recording extends AutoCloseable {
  /// What the host writes anew before each run.
  ///
  /// @param dtype of its elements
  /// @param elements how many there are
  record Input(DType dtype, int elements) {}

  /// Returns the memory of an input, contiguous; each run fills it before anything else.
  ///
  /// @param index its place in the list that the recording began with
  View input(int index);

  /// Returns a number that stands for a seed: a kernel that is recorded with it reads the real one
  /// from the device. Any other seed is refused.
  ///
  /// @param index from 0, below the count that the recording began with
  long seed(int index);

  /// Records a copy of a contiguous view into memory that nothing else uses until this is closed.
  View output(View x);

  /// Ends the recording.
  ///
  /// @throws TensorException when memory that was taken while recording has holders left: later
  ///   runs would write over it; the recording is then over as if closed
  void finish();

  /// Does the recorded work: queued, like any other.
  ///
  /// @param inputs contiguous, on the heap, of the sizes that the recording began with
  /// @param seeds in the places of those that [#seed] stands for
  void run(List<View> inputs, long[] seeds);

  /// Gives everything back; one that is not finished is abandoned.
  @Override
  void close();
}
