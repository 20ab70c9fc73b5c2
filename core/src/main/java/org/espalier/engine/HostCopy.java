package org.espalier.engine;

import java.util.Arrays;
import org.espalier.spi.DeviceStorage;
import org.espalier.spi.IntStorage;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// The indices that a tensor on a device was made of, kept on the heap until it is written.
///
/// Indices come from the host, and a backward pass looks at them there once more: which rows of a
/// table got a gradient. Reading them back would make the host wait for the device.
public final class HostCopy {
  private static final Object KEY = new Object();

  private HostCopy() {}

  /// Keeps a copy of I32 elements that were just written to the whole of a device's memory.
  public static void keep(IntStorage host, View there) {
    if (there.storage() instanceof DeviceStorage storage && storage.size() == there.elements()) {
      int[] values = Arrays.copyOf(host.array(), storage.size());
      storage.derived(KEY, _ -> new IntStorage(values, values.length, null));
    }
  }

  /// Returns the elements of a view on the heap; null when they are not kept.
  public static @Nullable View of(View view) {
    return view.storage() instanceof DeviceStorage storage
            && storage.derivedNow(KEY) instanceof IntStorage kept
        ? new View(kept, view.layout())
        : null;
  }
}
