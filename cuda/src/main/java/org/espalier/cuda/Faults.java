package org.espalier.cuda;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.espalier.TensorException;
import org.jspecify.annotations.Nullable;

/// Errors that only a kernel can see: an index out of range, a division by zero.
///
/// Asking after each such kernel would make the host wait for the device. So a kernel that finds an
/// error writes the first place of it into a word of its own, later kernels that must leave their
/// output alone look at the word, and the host looks at all of them where it waits anyway: when
/// something is read, or at `synchronize`. That is where the error is thrown, with its kernel's
/// name.
final class Faults implements AutoCloseable {
  private static final int SLOTS = 1024;

  /// More than the kernels of a step with a hundred layers.
  private static final int RECORDED_SLOTS = 4096;

  private final Context context;
  private final Stream stream;
  private final Words words;
  private final Set<Words> due = new LinkedHashSet<>();
  private @Nullable Words recording;

  /// Makes an error of what a kernel found.
  interface Report {
    /// Returns the error.
    ///
    /// @param place number of the first element that is wrong
    /// @param value the element, or the nearest 32-bit number to it
    TensorException of(int place, int value);
  }

  /// Words of the device, and what each of them means. Those of a recorded step mean the same in
  /// each of its runs.
  final class Words implements AutoCloseable {
    private final int slots;
    private final PinnedMemory copy;
    private final DevicePointer table = new DevicePointer();
    private final List<Report> expected = new ArrayList<>();

    private Words(int slots) {
      this.slots = slots;
      long bytes = (long) slots * Long.BYTES;
      copy = new PinnedMemory(bytes);
      int result = JCudaDriver.cuMemAlloc(table, bytes);
      if (result != CUresult.CUDA_SUCCESS) {
        copy.close();
        throw Driver.failure(result, "allocating " + bytes + " bytes");
      }
      clear();
    }

    private void clear() {
      stream.check(
          JCudaDriver.cuMemsetD32Async(table, -1, 2L * slots, stream.handle()), "clearing faults");
    }

    private boolean isFull() {
      return expected.size() == slots;
    }

    private long add(Report report) {
      expected.add(report);
      return table.address() + (expected.size() - 1L) * Long.BYTES;
    }

    private void fetch() {
      if (!expected.isEmpty()) {
        stream.check(
            JCudaDriver.cuMemcpyDtoHAsync(
                copy.at(0), table, (long) expected.size() * Long.BYTES, stream.handle()),
            "reading faults");
      }
    }

    /// Returns what the first kernel that found something found; null when none did.
    private @Nullable TensorException found() {
      for (int i = 0; i < expected.size(); i++) {
        long word = copy.segment().getAtIndex(ValueLayout.JAVA_LONG, i);
        if (word != -1) {
          clear();
          return expected.get(i).of((int) (word >>> Integer.SIZE), (int) word);
        }
      }
      return null;
    }

    /// Gives them back; the caller owns the context, and no kernel uses them any more.
    @Override
    public void close() {
      due.remove(this);
      Driver.check(JCudaDriver.cuMemFree(table), "freeing faults");
      copy.close();
    }
  }

  /// Makes the words of a device.
  Faults(Context context, Stream stream) {
    this.context = context;
    this.stream = stream;
    try (var _ = context.own()) {
      words = new Words(SLOTS);
    }
  }

  /// Returns the address of a word in which a kernel may write what it finds: 32 bits of the place
  /// above 32 bits of the value, the smallest of all; all ones mean that nothing was found.
  ///
  /// @throws TensorException when an earlier kernel has found something and there is no word left
  long expect(Report report) {
    try (var _ = context.own()) {
      if (recording != null) {
        if (recording.isFull()) {
          throw new TensorException(
              "a recorded step may have "
                  + RECORDED_SLOTS
                  + " kernels that report what they find, and this one has more; record a part of"
                  + " it");
        }
        return recording.add(report);
      }
      if (words.isFull()) {
        fetch();
        stream.synchronize();
        check();
      }
      return words.add(report);
    }
  }

  /// Returns words for a step that is to be recorded; the caller owns the context.
  Words forRecording() {
    return new Words(RECORDED_SLOTS);
  }

  /// Lets the kernels that are recorded from now on report there; null for those that run.
  void record(@Nullable Words of) {
    recording = of;
  }

  /// Notes that kernels which report there were launched.
  void launched(Words of) {
    due.add(of);
  }

  /// Queues a copy of the words that may have been written; the caller then waits for the stream
  /// and calls [#check], all while it owns the context.
  void fetch() {
    words.fetch();
    due.forEach(Words::fetch);
  }

  /// Throws what the first kernel that found something found.
  void check() {
    TensorException error = words.found();
    words.expected.clear();
    for (Words recorded : due) {
      TensorException found = recorded.found();
      error = error == null ? found : error;
    }
    due.clear();
    if (error != null) {
      throw error;
    }
  }

  @Override
  public void close() {
    try (var _ = context.own()) {
      words.close();
    }
  }
}
