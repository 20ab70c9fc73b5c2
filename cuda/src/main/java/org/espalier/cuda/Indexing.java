package org.espalier.cuda;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.TensorException;
import org.espalier.spi.FusedKernel.SumByIndex;
import org.espalier.spi.Layout;
import org.espalier.spi.ReduceKernel;
import org.espalier.spi.View;

/// Reading and adding by index: `index.cu`. Indices that are out of range show at the next wait.
final class Indexing {
  private final CudaDevice device;
  private final Scans scans;
  private final Map<String, Kernel> kernels = new HashMap<>();

  /// Names the kernels of a device.
  ///
  /// @param scans sorts the indices that are added by
  Indexing(CudaDevice device, Scans scans) {
    this.device = device;
    this.scans = scans;
  }

  /// `out[i, ...] = table[indices[i], ...]`.
  void gather(View table, View indices, View out) {
    int n = out.elements();
    if (n == 0) {
      return;
    }
    int[] steps = new int[out.shape().rank()];
    steps[0] = indices.layout().stride(0);
    gather("gather", table, 0, indices, steps, n / indices.elements(), out);
  }

  /// `out[.., i, ..] = x[.., indices[.., i, ..], ..]`.
  void gatherAlong(View x, int axis, View indices, View out) {
    if (out.elements() > 0) {
      gather("gather", x, axis, indices, Axes.strides(indices), 1, out);
    }
  }

  private void gather(
      String what, View x, int axis, View indices, int[] stepsIndices, int each, View out) {
    int size = x.shape().size(axis);
    int[] stepsX = Axes.strides(x);
    stepsX[axis] = 0;
    int n = out.elements();
    kernel("gather_" + x.dtype().bytes() * Byte.SIZE + "_" + DTypes.suffix(indices.dtype()))
        .each(n)
        .struct(Axes.of(out.shape().sizes(), stepsX, stepsIndices, Axes.strides(out)).members())
        .i32(n)
        .i32(each)
        .i32(size)
        .i32(x.layout().stride(axis))
        .view(x)
        .view(indices)
        .view(out)
        .address(expectOutside(what, size))
        .run();
  }

  private long expectOutside(String what, int size) {
    return device
        .faults()
        .expect((place, index) ->
            new TensorException(
                what
                    + ": index "
                    + index
                    + " at place "
                    + place
                    + " is outside the axis of size "
                    + size
                    + "; indices go from 0 to "
                    + (size - 1)));
  }

  /// `out[indices[i], ...] += values[i, ...]`, in ascending `i`.
  void scatterAdd(View values, View indices, View out) {
    int length = indices.elements();
    if (values.elements() == 0) {
      checkAll("scatterAdd", indices, out.shape().size(0));
      return;
    }
    // All lanes share the one list of indices.
    int[] none = new int[values.shape().rank()];
    int lanes = values.elements() / length;
    scatter("scatterAdd", ReduceKernel.SUM, values, 0, indices, none, lanes, out);
  }

  /// `out[.., indices[.., i, ..], ..] op= values[.., i, ..]`, in ascending `i`.
  void scatterAlong(ReduceKernel kernel, View values, int axis, View indices, View out) {
    if (values.elements() > 0) {
      scatter("scatter", kernel, values, axis, indices, Axes.strides(indices), 1, out);
    }
  }

  /// @param stepsIndices of the indices along the axes of `values`
  /// @param sharing how many lanes have the same indices
  private void scatter(
      String what,
      ReduceKernel kernel,
      View values,
      int axis,
      View indices,
      int[] stepsIndices,
      int sharing,
      View out) {
    DType dtype = values.dtype();
    boolean isOddBoolean = dtype == DType.BOOL && kernel != ReduceKernel.SUM;
    if (dtype.isHalf() || isOddBoolean || dtype != out.dtype()) {
      throw DTypes.none(what, dtype);
    }
    int length = values.shape().size(axis);
    int lanes = values.elements() / length;
    long fault = checkAll(what, indices, out.shape().size(axis));
    int axisOfIndices = indices.shape().rank() == values.shape().rank() ? axis : 0;
    View order = device.scratch(DType.I64, indices.elements());
    try {
      scans.argSort(indices, axisOfIndices, false, laneByLane(order, indices, axisOfIndices));
      int[] sizes = values.shape().sizes();
      sizes[axis] = 1;
      kernel(
              kernel.name().toLowerCase(Locale.ROOT)
                  + "_"
                  + DTypes.suffix(dtype)
                  + "_"
                  + DTypes.suffix(indices.dtype()))
          .each(values.elements())
          .struct(Axes.of(sizes, Axes.strides(values), stepsIndices, Axes.strides(out)).members())
          .i32(lanes)
          .i32(length)
          .i32(sharing)
          .i32(values.layout().stride(axis))
          .i32(indices.layout().stride(axisOfIndices))
          .i32(out.layout().stride(axis))
          .i32(kernel.hasIdentity() ? 0 : 1)
          .view(values)
          .view(indices)
          .view(order)
          .view(out)
          .address(fault)
          .run();
    } finally {
      order.storage().release();
    }
  }

  /// Sums the rows of a gradient that belong to one index, at the index's first place.
  void sumByIndex(SumByIndex k) {
    int count = k.indices().elements();
    if (count == 0) {
      return;
    }
    View order = device.scratch(DType.I64, count);
    try {
      scans.argSort(k.indices(), 0, false, order);
      kernel("sum_by_index")
          .grid(Math.min(count, device.fullGrid()), Launch.THREADS)
          .i32(count)
          .i32(k.dy().elements() / count)
          .view(k.indices())
          .view(order)
          .view(k.dy())
          .view(k.rows())
          .view(k.values())
          .run();
    } finally {
      order.storage().release();
    }
  }

  /// Returns a contiguous view as one of the shape of `indices` that has the axis innermost.
  private static View laneByLane(View order, View indices, int axis) {
    int rank = indices.shape().rank();
    int[] sizes = indices.shape().sizes();
    int[] last = new int[rank];
    int[] back = new int[rank];
    for (int i = 0, next = 0; i < rank; i++) {
      int to = i == axis ? rank - 1 : next++;
      last[to] = sizes[i];
      back[i] = to;
    }
    return order.with(Layout.contiguous(Shape.of(last)).permute(back));
  }

  private long checkAll(String what, View indices, int size) {
    long fault = expectOutside(what, size);
    check(indices, size, fault);
    return fault;
  }

  /// Looks for an index that is not in `[0, size)` and reports it.
  void check(View indices, int size, long fault) {
    int n = indices.elements();
    if (n > 0) {
      kernel("check_" + DTypes.suffix(indices.dtype()))
          .each(n)
          .struct(Axes.of(indices).members())
          .i32(n)
          .i32(size)
          .view(indices)
          .address(fault)
          .run();
    }
  }

  private synchronized Kernel kernel(String name) {
    return kernels.computeIfAbsent(name, k -> device.kernel("index", k));
  }
}
