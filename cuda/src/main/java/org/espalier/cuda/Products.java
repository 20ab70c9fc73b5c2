package org.espalier.cuda;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.spi.Layout;
import org.espalier.spi.Matmul;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// Batches of matrix products: cuBLAS for F32 in the precision that the device is set to,
/// `product.cu` for integers and F64.
///
/// cuBLAS knows matrices by columns, so a product of rows `c = a b` is asked for as `c' = b' a'`.
/// It reads a transposed operand where it lies; what has a step along both axes is copied first.
/// Its bits may depend on how operands lie: NVIDIA promises the same bits for the same call alone.
final class Products {
  private static final int TILE = 16;
  private static final int MOST_BLOCKS = 65535;

  private final CudaDevice device;
  private final Copies copies;
  private final Map<String, Kernel> kernels = new HashMap<>();

  /// Names the kernels of a device.
  Products(CudaDevice device, Copies copies) {
    this.device = device;
    this.copies = copies;
  }

  /// `c = start + a b`.
  void matmul(Matmul product) {
    View c = product.c();
    if (c.elements() == 0) {
      return;
    }
    switch (c.dtype()) {
      case F32 -> inBlas(product);
      case I32, I64, F64 -> inOwnKernel(product);
      case BOOL, F16, BF16 -> throw DTypes.none("matmul", c.dtype());
    }
  }

  // ---- cuBLAS

  private void inBlas(Matmul product) {
    View c = product.c();
    View start = product.start();
    boolean accumulate = start != null;
    if (start != null && !isSame(start, c)) {
      copies.copy(start, c);
    }
    int k = product.a().shape().size(-1);
    if (k == 0) {
      if (!accumulate) {
        copies.fill(c, 0);
      }
      return;
    }
    try (Operand a = readable(product.a());
        Operand b = readable(product.b())) {
      batches(new Batch(c.shape(), a.view(), b.view(), c), accumulate);
    }
  }

  private static boolean isSame(View x, View y) {
    return x.storage().is(y.storage()) && x.layout().equals(y.layout());
  }

  /// An operand as cuBLAS can read it, maybe a copy.
  private record Operand(View view, boolean isCopy) implements AutoCloseable {
    @Override
    public void close() {
      if (isCopy) {
        view.storage().release();
      }
    }
  }

  private Operand readable(View x) {
    if (x.dtype() == DType.F32 && (leading(x, false) > 0 || leading(x, true) > 0)) {
      return new Operand(x, false);
    }
    View flat = device.scratch(DType.F32, x.elements());
    View copy = flat.with(Layout.contiguous(x.shape()));
    copies.copy(x, copy);
    return new Operand(copy, true);
  }

  /// Returns the elements from one row to the next of matrices whose rows are contiguous, or when
  /// `transposed` from one column to the next of those whose columns are; 0 when they are not.
  private static int leading(View x, boolean transposed) {
    int inner = transposed ? -2 : -1;
    int outer = transposed ? -1 : -2;
    int length = x.shape().size(inner);
    if (length != 1 && x.layout().stride(inner) != 1) {
      return 0;
    }
    if (x.shape().size(outer) == 1) {
      return Math.max(1, length);
    }
    int step = x.layout().stride(outer);
    return step >= Math.max(1, length) ? step : 0;
  }

  /// The leading axes of a product: their sizes, and each operand's step along them (0 where it has
  /// size 1).
  private static final class Batch {
    final View a;
    final View b;
    final View c;
    final int[] sizes;
    final int[][] steps;

    Batch(Shape shape, View a, View b, View c) {
      this.a = a;
      this.b = b;
      this.c = c;
      sizes = Arrays.copyOf(shape.sizes(), shape.rank() - 2);
      steps = new int[][] {steps(a, sizes), steps(b, sizes), steps(c, sizes)};
    }

    static int[] steps(View x, int[] sizes) {
      int[] steps = new int[sizes.length];
      for (int axis = 0; axis < steps.length; axis++) {
        steps[axis] = x.shape().size(axis) == 1 ? 0 : x.layout().stride(axis);
      }
      return steps;
    }
  }

  private void batches(Batch batch, boolean accumulate) {
    Axes axes = Axes.of(batch.sizes, batch.steps);
    int outer = 1;
    for (int axis = 1; axis < axes.rank(); axis++) {
      outer *= axes.size(axis);
    }
    long[] at = new long[3];
    for (int i = 0; i < outer; i++) {
      Arrays.fill(at, 0);
      int rest = i;
      for (int axis = 1; axis < axes.rank(); axis++) {
        int index = rest % axes.size(axis);
        rest /= axes.size(axis);
        for (int v = 0; v < at.length; v++) {
          at[v] += (long) index * axes.stride(v, axis);
        }
      }
      multiply(batch, axes, at, accumulate);
    }
  }

  /// Multiplies the matrices along the innermost axis of the batch.
  private void multiply(Batch batch, Axes axes, long[] at, boolean accumulate) {
    int count = axes.rank() == 0 ? 1 : axes.size(0);
    int m = batch.c.shape().size(-2);
    int n = batch.c.shape().size(-1);
    int k = batch.a.shape().size(-1);
    Blas.Matrix a = matrix(batch.a, at[0], axes.rank() == 0 ? 0 : axes.stride(0, 0));
    Blas.Matrix b = matrix(batch.b, at[1], axes.rank() == 0 ? 0 : axes.stride(1, 0));
    int leading = m == 1 ? Math.max(1, n) : batch.c.layout().stride(-2);
    Blas.Matrix c =
        new Blas.Matrix(
            address(batch.c, at[2]), leading, false, axes.rank() == 0 ? 0 : axes.stride(2, 0));
    device.blas().multiply(n, m, k, b, a, accumulate, c, count);
  }

  private Blas.Matrix matrix(View x, long at, int apart) {
    int rows = leading(x, false);
    return rows > 0
        ? new Blas.Matrix(address(x, at), rows, false, apart)
        : new Blas.Matrix(address(x, at), leading(x, true), true, apart);
  }

  private long address(View x, long at) {
    return CudaStorage.address(x, device) + at * x.dtype().bytes();
  }

  // ---- integers and doubles

  private void inOwnKernel(Matmul product) {
    View a = product.a();
    View b = product.b();
    View c = product.c();
    if (a.dtype() != c.dtype() || b.dtype() != c.dtype()) {
      throw DTypes.none("matmul of " + a.dtype() + " and " + b.dtype(), c.dtype());
    }
    @Nullable View start = product.start();
    View begin = start == null ? c : start;
    int[] sizes = Arrays.copyOf(c.shape().sizes(), c.shape().rank() - 2);
    Axes axes =
        Axes.of(
            sizes,
            Batch.steps(a, sizes),
            Batch.steps(b, sizes),
            Batch.steps(begin, sizes),
            Batch.steps(c, sizes));
    int m = c.shape().size(-2);
    int n = c.shape().size(-1);
    int matrices = c.elements() / (m * n);
    if (matrices > MOST_BLOCKS || Math.ceilDiv(m, TILE) > MOST_BLOCKS) {
      throw DTypes.none("matmul of " + matrices + " matrices of " + m + " rows", c.dtype());
    }
    Launch launch =
        kernel("multiply_" + DTypes.suffix(c.dtype()))
            .grid(Math.ceilDiv(n, TILE), Math.ceilDiv(m, TILE), matrices, TILE, TILE, 1)
            .struct(axes.members())
            .i32(m)
            .i32(n)
            .i32(a.shape().size(-1));
    for (View x : new View[] {a, b, begin, c}) {
      launch.i64(x.layout().stride(-2)).i64(x.layout().stride(-1));
    }
    launch.view(a).view(b);
    (start == null ? launch.address(0) : launch.view(start)).view(c).run();
  }

  private synchronized Kernel kernel(String name) {
    return kernels.computeIfAbsent(name, k -> device.kernel("product", k));
  }
}
