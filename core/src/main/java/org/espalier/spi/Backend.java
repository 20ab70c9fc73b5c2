package org.espalier.spi;

import java.util.List;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.TensorException;

/// The kernels of one kind of device.
///
/// A backend knows kernels and never ops, autograd or modules. Every method writes into outputs
/// that the engine allocated. Inputs may have any strides (0 for broadcast axes) unless a kernel
/// says otherwise; outputs never overlap inputs except where a kernel allows the very same view.
/// Shapes and dtypes were checked by the op; indices are checked here, because only here are they
/// read.
public interface Backend {
  /// Returns the device.
  Device device();

  /// Returns memory for `size` elements with undefined contents and no holder yet.
  Storage allocate(DType dtype, int size);

  /// Sets every element.
  void fill(View out, double value);

  /// Copies between views of one shape, converting the dtype.
  void copy(View x, View out);

  /// Applies a function to each element; `out` may be `x`.
  void unary(UnaryKernel kernel, View x, View out);

  /// Combines two views of the shape of `out`; comparisons write BOOL; `out` may be `a` or `b`.
  void binary(BinaryKernel kernel, View a, View b, View out);

  /// `out = condition ? a : b`, all of one shape; `condition` is BOOL.
  void select(View condition, View a, View b, View out);

  /// Reduces the axes where `out` has size 1 and `x` has not; both have the same rank.
  void reduce(ReduceKernel kernel, View x, View out);

  /// `out[.., i, ..] = x[.., 0, ..] + ... + x[.., i, ..]` along an axis, each sum carried in double
  /// (in long for integers) and rounded when it is stored; `reverse` adds from the other end. Both
  /// have one shape and one dtype.
  void cumulate(View x, int axis, boolean reverse, View out);

  /// Writes the first places of the stable order of `x` along an axis, as I64; -0 equals 0, and NaN
  /// is above everything.
  ///
  /// @param order of the shape of `x`, but for the axis, where it may be shorter
  void argSort(View x, int axis, boolean descending, View order);

  /// `out[.., i, ..] = x[.., indices[.., i, ..], ..]` along an axis: each index names a place in
  /// its own lane.
  ///
  /// @param indices I32 or I64 of the shape of `out`, no larger than `x` beside the axis
  /// @throws org.espalier.TensorException when an index is out of range; nothing is promised of
  ///   `out` then
  void gatherAlong(View x, int axis, View indices, View out);

  /// `out[.., indices[.., i, ..], ..] op= values[.., i, ..]` along an axis, for each destination in
  /// ascending `i`, rounded each time.
  ///
  /// SUM and PROD go on from what `out` holds; of MAX and MIN, a destination that an index names
  /// becomes the extreme of its values alone. Others keep what they hold.
  ///
  /// @param kernel SUM, PROD, MAX or MIN
  /// @param indices I32 or I64 of the shape of `values`, no larger than `out` beside the axis
  /// @throws org.espalier.TensorException when an index is out of range; `out` is then unchanged
  void scatterAlong(ReduceKernel kernel, View values, int axis, View indices, View out);

  /// A batch of matrix products.
  void matmul(Matmul product);

  /// `out[i, ...] = table[indices[i], ...]`; indices are I32 `[n]`.
  ///
  /// @throws org.espalier.TensorException when an index is out of range; nothing is promised of
  ///   `out` then
  void gather(View table, View indices, View out);

  /// `out[indices[i], ...] += values[i, ...]`, for each destination in ascending `i`; indices are
  /// I32 `[n]`.
  ///
  /// @throws org.espalier.TensorException when an index is out of range; `out` is then unchanged
  void scatterAdd(View values, View indices, View out);

  /// Fills with random numbers: element `i` is number `position + i` of the stream, whatever the
  /// device.
  void random(RandomKernel kernel, long seed, long stream, long position, View out);

  /// Tells whether `run` computes kernels of that kind in that dtype; the op composes primitives
  /// otherwise.
  boolean supports(Class<? extends FusedKernel> kernel, DType dtype);

  /// Runs a fused kernel that `supports` promised.
  void run(FusedKernel kernel);

  /// Copies a contiguous view into heap memory of the same dtype, and waits for it.
  void read(View x, HeapStorage host);

  /// Copies heap memory of the same dtype into a contiguous view.
  void write(HeapStorage host, View out);

  /// Waits until everything asked of this backend is done.
  void synchronize();

  /// Tells whether [#record] works here; where it does not, a step is computed each time.
  default boolean records() {
    return false;
  }

  /// Begins to record what this thread asks of this backend, instead of computing it.
  ///
  /// @param inputs what the host writes before each run
  /// @param seeds how many seeds of random bits change from run to run
  default Recording record(List<Recording.Input> inputs, int seeds) {
    throw new TensorException(device() + " records nothing; ask records() first");
  }
}
