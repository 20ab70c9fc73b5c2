package org.espalier.cpu;

import org.espalier.Shape;
import org.espalier.memory.BufferPool;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.HalfStorage;
import org.espalier.spi.Layout;
import org.espalier.spi.Matmul;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// Brings the views of a product into the form that `Gemm` reads: rows of adjacent elements, or
/// their transpose.
final class Products {
  /// Elements from which a parameter that many products read is kept packed.
  private static final int LEAST_PACKED = 1 << 12;

  private Products() {}

  /// A matrix operand: its array, where it begins, how far its rows (or, transposed, its columns)
  /// are apart.
  private record Operand(View view, boolean transposed, int ld) {}

  /// Computes the product.
  static void run(Matmul p) {
    int rank = p.c().shape().rank();
    int m = p.c().shape().size(rank - 2);
    int n = p.c().shape().size(rank - 1);
    int k = p.a().shape().size(rank - 1);
    if (p.c().elements() == 0) {
      return;
    }
    View start = p.start();
    if (start != null && !startIsReadable(start.layout(), m, n)) {
      Copies.copy(start, p.c());
      start = p.c();
    }
    @Nullable FloatStorage[] copies = new FloatStorage[2];
    try {
      Operand a = operand(p.a(), m, k, copies, 0);
      Operand b = operand(p.b(), k, n, copies, 1);
      if (rank == 2) {
        one(p, a, b, start, m, n, k);
      } else {
        many(p.c(), a, b, start, m, n, k);
      }
    } finally {
      for (FloatStorage copy : copies) {
        if (copy != null) {
          copy.release();
        }
      }
    }
  }

  private static boolean startIsReadable(Layout start, int m, int n) {
    int rows = start.stride(-2);
    return (n == 1 || start.stride(-1) == 1) && (m == 1 || rows == 0 || rows >= n);
  }

  private static Operand operand(
      View x, int rows, int columns, @Nullable FloatStorage[] copies, int which) {
    int r = x.layout().stride(-2);
    int c = x.layout().stride(-1);
    if ((columns == 1 || c == 1) && (rows == 1 || r >= columns)) {
      return new Operand(x, false, rows == 1 ? Math.max(1, columns) : r);
    }
    if ((rows == 1 || r == 1) && (columns == 1 || c >= rows)) {
      return new Operand(x, true, columns == 1 ? Math.max(1, rows) : c);
    }
    FloatStorage copy =
        (FloatStorage) BufferPool.shared().take(org.espalier.DType.F32, x.elements());
    copy.retain();
    copies[which] = copy;
    View dense = new View(copy, Layout.contiguous(x.shape()));
    Copies.copy(x, dense);
    return new Operand(dense, false, Math.max(1, columns));
  }

  private static void one(
      Matmul p, Operand a, Operand b, @Nullable View start, int m, int n, int k) {
    float[] z = start == null ? null : start.floats();
    int zo = start == null ? 0 : start.offset();
    int ldz = start == null ? 0 : rowStep(start, m, n);
    float[] c = p.c().floats();
    int ldc = rowStep(p.c(), m, n);
    float[] x = a.view.floats();
    if (b.view.storage() instanceof HalfStorage halves) {
      // Not kept packed even when it is read often: that would be the copy in f32 which weights of
      // 16 bits are there to avoid.
      RightMatrix right = new RightMatrix.Halves(b.transposed, halves, b.view.offset(), b.ld);
      Gemm.multiply(
          TileKernels.CHOSEN,
          a.transposed,
          m,
          n,
          k,
          x,
          a.view.offset(),
          a.ld,
          right,
          z,
          zo,
          ldz,
          c,
          p.c().offset(),
          ldc);
    } else if (p.reuseB() && b.view.equals(p.b()) && (long) n * k >= LEAST_PACKED) {
      float[] y = b.view.floats();
      boolean across = b.transposed;
      int at = b.view.offset();
      int ld = b.ld;
      PackedMatrix packed =
          b.view
              .storage()
              .<PackedMatrix>derived(
                  b.view.layout(),
                  stale -> {
                    if (stale == null) {
                      return PackedMatrix.pack(across, n, k, y, at, ld);
                    }
                    stale.repack(across, y, at, ld);
                    return stale;
                  });
      Gemm.multiplyPacked(
          a.transposed, m, x, a.view.offset(), a.ld, packed, z, zo, ldz, c, p.c().offset(), ldc);
    } else {
      Gemm.multiply(
          a.transposed,
          b.transposed,
          m,
          n,
          k,
          x,
          a.view.offset(),
          a.ld,
          b.view.floats(),
          b.view.offset(),
          b.ld,
          z,
          zo,
          ldz,
          c,
          p.c().offset(),
          ldc);
    }
  }

  private static int rowStep(View x, int m, int n) {
    return m == 1 ? n : x.layout().stride(-2);
  }

  private static void many(
      View c, Operand a, Operand b, @Nullable View start, int m, int n, int k) {
    Layout none = c.layout();
    Layout[] layouts = {
      a.view.layout(), b.view.layout(), start == null ? none : start.layout(), c.layout()
    };
    int axes = c.shape().rank() - 2;
    // The innermost batch axes that step evenly in every operand are one call.
    int[] step = new int[4];
    int batch = 1;
    int axis = axes - 1;
    for (; axis >= 0; axis--) {
      int size = c.shape().size(axis);
      if (size == 1) {
        continue;
      }
      boolean joins = true;
      for (int v = 0; v < 4 && batch > 1; v++) {
        joins &= stride(layouts[v], axis) == step[v] * batch;
      }
      if (!joins) {
        break;
      }
      if (batch == 1) {
        for (int v = 0; v < 4; v++) {
          step[v] = stride(layouts[v], axis);
        }
      }
      batch *= size;
    }
    int outer = 1;
    for (int i = 0; i <= axis; i++) {
      outer *= c.shape().size(i);
    }
    float[] z = start == null ? null : start.floats();
    int zStep = start == null ? 0 : step[2];
    for (int o = 0; o < outer; o++) {
      if (b.view.storage() instanceof HalfStorage halves) {
        int zo = start == null ? 0 : at(c.shape(), layouts[2], axis, o);
        for (int i = 0; i < batch; i++) {
          int from = at(c.shape(), layouts[1], axis, o) + i * step[1];
          Gemm.multiply(
              TileKernels.CHOSEN,
              a.transposed,
              m,
              n,
              k,
              a.view.floats(),
              at(c.shape(), layouts[0], axis, o) + i * step[0],
              a.ld,
              new RightMatrix.Halves(b.transposed, halves, from, b.ld),
              z,
              zo + i * zStep,
              start == null ? 0 : rowStep(start, m, n),
              c.floats(),
              at(c.shape(), layouts[3], axis, o) + i * step[3],
              rowStep(c, m, n));
        }
        continue;
      }
      Gemm.batched(
          batch,
          a.transposed,
          b.transposed,
          m,
          n,
          k,
          a.view.floats(),
          at(c.shape(), layouts[0], axis, o),
          a.ld,
          step[0],
          b.view.floats(),
          at(c.shape(), layouts[1], axis, o),
          b.ld,
          step[1],
          z,
          start == null ? 0 : at(c.shape(), layouts[2], axis, o),
          start == null ? 0 : rowStep(start, m, n),
          zStep,
          c.floats(),
          at(c.shape(), layouts[3], axis, o),
          rowStep(c, m, n),
          step[3]);
    }
  }

  /// Returns how far neighbours along a leading axis are apart: an axis of size 1 is repeated.
  private static int stride(Layout layout, int axis) {
    return layout.shape().size(axis) == 1 ? 0 : layout.stride(axis);
  }

  /// Returns where the matrix `index` of a batch begins.
  ///
  /// @param batch a shape whose axes up to `lastAxis` are those of the batch
  static int at(Shape batch, Layout layout, int lastAxis, int index) {
    int at = layout.offset();
    for (int axis = lastAxis, left = index; axis >= 0; axis--) {
      int size = batch.size(axis);
      at += left % size * stride(layout, axis);
      left /= size;
    }
    return at;
  }
}
