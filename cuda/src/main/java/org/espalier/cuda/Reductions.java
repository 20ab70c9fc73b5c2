package org.espalier.cuda;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.espalier.DType;
import org.espalier.TensorException;
import org.espalier.spi.ReduceKernel;
import org.espalier.spi.View;

/// Turning many elements into one: `reduce.cu`.
final class Reductions {
  /// Elements that one block reduces; what is longer takes another launch.
  private static final int CHUNK = 2048;

  private final CudaDevice device;
  private final Map<String, Kernel> kernels = new HashMap<>();

  /// Names the kernels of a device.
  Reductions(CudaDevice device) {
    this.device = device;
  }

  /// What is reduced, as a launch takes it.
  ///
  /// @param kept where the elements of each output begin in `x`, and where the output lies
  /// @param reduced where the elements of an output lie in `x`
  private record Problem(Axes kept, Axes reduced, int outputs, int length) {
    int chunks() {
      return Math.max(1, Math.ceilDiv(length, CHUNK));
    }

    /// How many threads share an output: a function of the length alone, which makes the bits.
    int lanes() {
      int most = Math.min(length, CHUNK);
      return most < 16 ? 1 : most < 128 ? 8 : 32;
    }

    /// Whether threads of one output shall be neighbours, because its elements are.
    boolean lanesAreNeighbours() {
      boolean along = reduced.rank() > 0 && Math.abs(reduced.stride(0, 0)) == 1;
      return along || kept.rank() == 0 || Math.abs(kept.stride(0, 0)) != 1;
    }
  }

  /// Reduces the axes where `out` has size 1 and `x` has not.
  void reduce(ReduceKernel kernel, View x, View out) {
    DType dtype = x.dtype();
    if (dtype.isHalf() || out.dtype() != (kernel.isPlace() ? DType.I64 : dtype)) {
      throw DTypes.none(kernel, dtype);
    }
    int outputs = out.elements();
    if (outputs == 0) {
      return;
    }
    int length = x.elements() / outputs;
    if (length == 0 && !kernel.hasIdentity()) {
      throw new TensorException(
          kernel
              + " of nothing: shape "
              + x.shape()
              + " reduced to "
              + out.shape()
              + " has no element to choose from");
    }
    Problem problem = problem(x, out, outputs, length);
    String name = kernel.name().toLowerCase(Locale.ROOT) + "_" + DTypes.suffix(dtype);
    if (kernel.isPlace()) {
      choose(name, problem, x, out);
    } else {
      combine(name, problem, x, out);
    }
  }

  private static Problem problem(View x, View out, int outputs, int length) {
    int rank = x.shape().rank();
    int[] stepsX = Axes.strides(x);
    int[] stepsOut = Axes.strides(out);
    int[] keptSizes = new int[rank];
    int[] reducedSizes = new int[rank];
    for (int axis = 0; axis < rank; axis++) {
      int size = x.shape().size(axis);
      boolean reduced = out.shape().size(axis) == 1 && size != 1;
      keptSizes[axis] = reduced ? 1 : size;
      reducedSizes[axis] = reduced ? size : 1;
    }
    return new Problem(
        Axes.of(keptSizes, stepsX, stepsOut), Axes.of(reducedSizes, stepsX), outputs, length);
  }

  /// The problem that is left when each chunk has its result, one after another: `x` holds them.
  private static Problem ofChunks(Problem before, View out) {
    int chunks = before.chunks();
    int[] sizes = out.shape().sizes();
    int[] steps = new int[sizes.length];
    int step = chunks;
    for (int axis = sizes.length - 1; axis >= 0; axis--) {
      steps[axis] = step;
      step *= sizes[axis];
    }
    return new Problem(
        Axes.of(sizes, steps, Axes.strides(out)),
        Axes.of(new int[] {chunks}, new int[] {1}),
        before.outputs,
        chunks);
  }

  private void combine(String name, Problem problem, View x, View out) {
    int chunks = problem.chunks();
    if (chunks == 1) {
      launch(name, problem).view(x).view(out).run();
      return;
    }
    View results = device.scratch(x.dtype(), problem.outputs * chunks);
    try {
      launch(name, problem).view(x).view(results).run();
      combine(name, ofChunks(problem, out), results, out);
    } finally {
      results.storage().release();
    }
  }

  /// Later launches look at the same `x`, at the places that the chunks chose.
  private void choose(String name, Problem problem, View x, View out) {
    View candidates = null;
    int length = problem.length;
    try {
      while (true) {
        Problem now = new Problem(problem.kept, problem.reduced, problem.outputs, length);
        int chunks = now.chunks();
        View chosen = chunks == 1 ? out : device.scratch(DType.I64, problem.outputs * chunks);
        Launch launch = launch(name, now).view(x);
        (candidates == null ? launch.address(0) : launch.view(candidates)).view(chosen).run();
        if (candidates != null) {
          candidates.storage().release();
        }
        candidates = chunks == 1 ? null : chosen;
        if (chunks == 1) {
          return;
        }
        length = chunks;
      }
    } finally {
      if (candidates != null) {
        candidates.storage().release();
      }
    }
  }

  private Launch launch(String name, Problem problem) {
    int lanes = problem.lanes();
    int chunks = problem.chunks();
    long pieces = Math.ceilDiv((long) problem.outputs * chunks, Launch.THREADS / lanes);
    return kernel(name)
        .grid((int) Math.min(pieces, device.fullGrid()), Launch.THREADS)
        .struct(problem.kept.members())
        .struct(problem.reduced.members())
        .i32(problem.outputs)
        .i32(problem.length)
        .i32(CHUNK)
        .i32(chunks)
        .i32(lanes)
        .i32(problem.lanesAreNeighbours() ? 1 : 0);
  }

  private synchronized Kernel kernel(String name) {
    return kernels.computeIfAbsent(name, k -> device.kernel("reduce", k));
  }
}
