package org.espalier.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.espalier.TensorException;
import org.espalier.spi.View;

/// One launch of a kernel: its grid, and its parameters in the order in which the kernel declares
/// them. Nothing happens before [#run].
final class Launch {
  /// The threads of a block where a kernel does not say otherwise.
  static final int THREADS = 256;

  private static final String POINTER = "u64";

  private final CudaDevice device;
  private final Kernel kernel;
  private final int[] grid;
  private final List<String> types = new ArrayList<>(8);
  private long[] words = new long[16];
  private int[] starts = new int[8];
  private int used;
  private int shared;

  Launch(CudaDevice device, Kernel kernel, int[] grid) {
    this.device = device;
    this.kernel = kernel;
    this.grid = grid;
  }

  /// Gives each block so many bytes of dynamic shared memory.
  Launch shared(int bytes) {
    shared = bytes;
    return this;
  }

  /// Adds the address of a view's first element.
  ///
  /// @throws TensorException when the view lies on another device
  Launch view(View view) {
    return address(CudaStorage.address(view, device));
  }

  /// Adds an address.
  Launch address(long address) {
    return add(POINTER, address);
  }

  /// Adds an `int` or `unsigned`.
  Launch i32(int value) {
    return add("u32", value & 0xffffffffL);
  }

  /// Adds a `long long` or `unsigned long long`.
  Launch i64(long value) {
    return add(POINTER, value);
  }

  /// Adds a `float`, rounded once.
  Launch f32(double value) {
    return add("f32", Float.floatToRawIntBits((float) value) & 0xffffffffL);
  }

  /// Adds a `double`.
  Launch f64(double value) {
    return add("f64", Double.doubleToRawLongBits(value));
  }

  /// Adds a structure of 32-bit members by value.
  Launch struct(int[] members) {
    begin("b8[" + members.length * Integer.BYTES + "]", (members.length + 1) / 2);
    for (int i = 0; i < members.length; i++) {
      words[used + i / 2] |= (members[i] & 0xffffffffL) << (i % 2 * Integer.SIZE);
    }
    used += (members.length + 1) / 2;
    return this;
  }

  private Launch add(String type, long word) {
    begin(type, 1);
    words[used++] = word;
    return this;
  }

  private void begin(String type, int length) {
    if (types.size() == starts.length) {
      starts = Arrays.copyOf(starts, 2 * starts.length);
    }
    if (used + length > words.length) {
      words = Arrays.copyOf(words, Math.max(used + length, 2 * words.length));
    }
    starts[types.size()] = used;
    types.add(type);
  }

  /// Queues the kernel on the device's stream.
  ///
  /// @throws TensorException naming the kernel when the driver refuses it, or when the parameters
  ///   are not those of the kernel
  void run() {
    try (var _ = device.context().own()) {
      Kernel.Loaded loaded = kernel.load();
      if (!loaded.signature().equals(types)) {
        throw new TensorException(
            kernel
                + " takes "
                + loaded.signature()
                + ", was given "
                + types
                + "; this is a defect of Espalier");
      }
      kernel.allowShared(loaded, shared);
      int result =
          device
              .parameters()
              .launch(loaded.function(), grid, shared, device.stream(), words, used, starts, types);
      device.stream().check(result, "launching " + this);
      device.stream().submit(kernel.toString());
    }
  }

  @Override
  public String toString() {
    return kernel
        + " with blocks "
        + Arrays.toString(Arrays.copyOf(grid, 3))
        + " of threads "
        + Arrays.toString(Arrays.copyOfRange(grid, 3, 6))
        + " and "
        + shared
        + " bytes";
  }
}
