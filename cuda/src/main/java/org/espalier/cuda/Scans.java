package org.espalier.cuda;

import java.util.HashMap;
import java.util.Map;
import org.espalier.DType;
import org.espalier.spi.View;

/// What looks at all elements of a lane along an axis: running sums (`scan.cu`) and orders
/// (`sort.cu`).
final class Scans {
  private static final int TILE = 256;

  private final CudaDevice device;
  private final Map<String, Kernel> kernels = new HashMap<>();

  /// Names the kernels of a device.
  Scans(CudaDevice device) {
    this.device = device;
  }

  /// Running sums along an axis, from the end when `reverse`.
  void cumulate(View x, int axis, boolean reverse, View out) {
    if (x.dtype().isHalf() || x.dtype() != out.dtype()) {
      throw DTypes.none("cumulate", x.dtype());
    }
    int n = out.elements();
    if (n == 0) {
      return;
    }
    int length = x.shape().size(axis);
    int lanes = n / length;
    kernel("scan", "cumulate_" + DTypes.suffix(x.dtype()))
        .grid(Math.min(lanes, device.fullGrid()), TILE)
        .struct(Axes.beside(axis, x, out).members())
        .i32(lanes)
        .i32(length)
        .i32(x.layout().stride(axis))
        .i32(out.layout().stride(axis))
        .i32(reverse ? 1 : 0)
        .view(x)
        .view(out)
        .run();
  }

  /// The first places of the stable order along an axis.
  void argSort(View x, int axis, boolean descending, View order) {
    if (x.dtype().isHalf()) {
      throw DTypes.none("argSort", x.dtype());
    }
    int wanted = order.shape().size(axis);
    if (order.elements() == 0) {
      return;
    }
    int length = x.shape().size(axis);
    int lanes = order.elements() / wanted;
    View[] keys = new View[2];
    View[] places = new View[2];
    int last = length <= TILE ? 1 : 2;
    try {
      for (int i = 0; i < last; i++) {
        keys[i] = device.scratch(DType.I64, x.elements());
        places[i] = device.scratch(DType.I32, x.elements());
      }
      int sorted = sort(x, axis, descending, lanes, length, keys, places);
      kernel("sort", "write_order")
          .grid(lanes * tiles(wanted), TILE)
          .struct(Axes.beside(axis, order).members())
          .i32(length)
          .i32(wanted)
          .i32(order.layout().stride(axis))
          .view(places[sorted])
          .view(order)
          .run();
    } finally {
      release(keys);
      release(places);
    }
  }

  /// Sorts tiles, then merges them; returns which of the two arrays holds the result.
  private int sort(
      View x, int axis, boolean descending, int lanes, int length, View[] keys, View[] places) {
    kernel("sort", "sort_tiles_" + DTypes.suffix(x.dtype()))
        .grid(lanes * tiles(length), TILE)
        .struct(Axes.beside(axis, x).members())
        .i32(length)
        .i32(x.layout().stride(axis))
        .i32(descending ? 1 : 0)
        .view(x)
        .view(keys[0])
        .view(places[0])
        .run();
    int from = 0;
    for (long width = TILE; width < length; width *= 2) {
      kernel("sort", "merge_runs")
          .grid(lanes * tiles(length), TILE)
          .i32(length)
          .i32((int) width)
          .view(keys[from])
          .view(places[from])
          .view(keys[1 - from])
          .view(places[1 - from])
          .run();
      from = 1 - from;
    }
    return from;
  }

  private static int tiles(int length) {
    return (length + TILE - 1) / TILE;
  }

  private static void release(View[] scratch) {
    for (View view : scratch) {
      if (view != null) {
        view.storage().release();
      }
    }
  }

  private synchronized Kernel kernel(String family, String name) {
    return kernels.computeIfAbsent(name, k -> device.kernel(family, k));
  }
}
