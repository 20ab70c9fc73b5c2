package org.espalier.cuda;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.JCudaDriver;
import org.espalier.TensorException;

/// Errors that only a kernel can see: an index out of range, a division by zero.
///
/// Asking after each such kernel would make the host wait for the device. So a kernel that finds an
/// error writes the first place of it into a word of its own, later kernels that must leave their
/// output alone look at the word, and the host looks at all of them where it waits anyway: when
/// something is read, or at `synchronize`. That is where the error is thrown, with its kernel's
/// name.
final class Faults implements AutoCloseable {
  private static final int SLOTS = 1024;

  private final Context context;
  private final Stream stream;
  private final PinnedMemory words;
  private final DevicePointer table = new DevicePointer();
  private final List<Report> expected = new ArrayList<>();

  /// Makes an error of what a kernel found.
  interface Report {
    /// Returns the error.
    ///
    /// @param place number of the first element that is wrong
    /// @param value the element, or the nearest 32-bit number to it
    TensorException of(int place, int value);
  }

  /// Makes the words of a device.
  Faults(Context context, Stream stream) {
    this.context = context;
    this.stream = stream;
    try (var _ = context.own()) {
      long bytes = (long) SLOTS * Long.BYTES;
      Driver.check(JCudaDriver.cuMemAlloc(table, bytes), "allocating " + bytes + " bytes");
      words = new PinnedMemory(bytes);
      clear();
    }
  }

  private void clear() {
    expected.clear();
    stream.check(
        JCudaDriver.cuMemsetD32Async(table, -1, 2L * SLOTS, stream.handle()), "clearing faults");
  }

  /// Returns the address of a word in which a kernel may write what it finds: 32 bits of the place
  /// above 32 bits of the value, the smallest of all; all ones mean that nothing was found.
  ///
  /// @throws TensorException when an earlier kernel has found something and there is no word left
  long expect(Report report) {
    try (var _ = context.own()) {
      if (expected.size() == SLOTS) {
        fetch();
        stream.synchronize();
        check();
      }
      expected.add(report);
      return table.address() + (expected.size() - 1L) * Long.BYTES;
    }
  }

  /// Queues a copy of the words that may have been written; the caller then waits for the stream
  /// and calls [#check], all while it owns the context.
  void fetch() {
    if (!expected.isEmpty()) {
      stream.check(
          JCudaDriver.cuMemcpyDtoHAsync(
              words.at(0), table, (long) expected.size() * Long.BYTES, stream.handle()),
          "reading faults");
    }
  }

  /// Throws what the first kernel that found something found.
  void check() {
    for (int i = 0; i < expected.size(); i++) {
      long word = words.segment().getAtIndex(ValueLayout.JAVA_LONG, i);
      if (word != -1) {
        TensorException error = expected.get(i).of((int) (word >>> Integer.SIZE), (int) word);
        clear();
        throw error;
      }
    }
    expected.clear();
  }

  @Override
  public void close() {
    try (var _ = context.own()) {
      Driver.check(JCudaDriver.cuMemFree(table), "freeing faults");
      words.close();
    }
  }
}
