package org.espalier.cuda;

import java.util.ArrayList;
import java.util.List;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.spi.FusedKernel.Gram;
import org.espalier.spi.Layout;
import org.espalier.spi.ReduceKernel;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// Inner products of vectors in parts: `gram.cu` on four by four vectors at a time, as many parts
/// in a launch as it holds addresses of, then a sum over the chunks.
final class Grams {
  private static final int CHUNK = 8192;
  private static final int SIDE = 4;
  private static final int MOST_PARTS = 54;

  /// Addresses of a part, its elements and its first block, in ints.
  private static final int PART_INTS = 2 * 2 * SIDE + 2;

  private final CudaDevice device;
  private final Copies copies;
  private final Reductions reductions;
  private final Kernel single;
  private final Kernel twice;

  /// Names the kernels of a device.
  Grams(CudaDevice device, Copies copies, Reductions reductions) {
    this.device = device;
    this.copies = copies;
    this.reductions = reductions;
    single = device.kernel("gram", "gram_f32");
    twice = device.kernel("gram", "gram_f64");
  }

  /// `out[i, j] = vectors[i] . vectors[j]`.
  void run(Gram gram) {
    int n = gram.vectors().size();
    for (int i = 0; i < n; i += SIDE) {
      for (int j = i; j < n; j += SIDE) {
        multiply(gram, i, j);
      }
    }
  }

  /// Computes the products of the vectors from `i` on with those from `j` on, and copies them to
  /// the other side of the diagonal.
  private void multiply(Gram gram, int i, int j) {
    List<Part> parts = parts(gram, i, j);
    int blocks = parts.stream().mapToInt(Part::blocks).sum();
    int n = gram.vectors().size();
    int height = Math.min(SIDE, n - i);
    int width = Math.min(SIDE, n - j);
    View out = corner(gram.out(), i, height, j, width);
    if (blocks == 0) {
      copies.fill(out, 0);
    } else {
      View rows = device.scratch(DType.F64, blocks * SIDE * SIDE);
      try {
        launch(gram, parts, i == j, rows);
        View all = rows.with(Layout.contiguous(Shape.of(blocks, SIDE, SIDE)));
        View used = all.with(all.layout().slice(1, 0, height).slice(2, 0, width));
        int[] one = {1, height, width};
        reductions.reduce(ReduceKernel.SUM, used, out.with(out.layout().expand(Shape.of(one))));
      } finally {
        rows.storage().release();
      }
    }
    if (i != j) {
      View mirrored = corner(gram.out(), j, width, i, height);
      copies.copy(out, mirrored.with(mirrored.layout().permute(1, 0)));
    }
  }

  private static View corner(View out, int i, int height, int j, int width) {
    return out.with(out.layout().slice(0, i, i + height).slice(1, j, j + width));
  }

  /// One part of up to eight vectors.
  private record Part(List<@Nullable View> left, List<@Nullable View> right, int elements) {
    int blocks() {
      return Math.ceilDiv(elements, CHUNK);
    }
  }

  /// Returns the parts that both sides have.
  private static List<Part> parts(Gram gram, int i, int j) {
    List<Part> parts = new ArrayList<>();
    for (int p = 0; p < gram.vectors().getFirst().size(); p++) {
      List<@Nullable View> left = of(gram, i, p);
      List<@Nullable View> right = of(gram, j, p);
      View a = left.stream().filter(v -> v != null).findFirst().orElse(null);
      View b = right.stream().filter(v -> v != null).findFirst().orElse(null);
      if (a != null && b != null) {
        parts.add(new Part(left, right, a.elements()));
      }
    }
    return parts;
  }

  private static List<@Nullable View> of(Gram gram, int from, int part) {
    List<@Nullable View> some = new ArrayList<>();
    for (int i = from; i < Math.min(from + SIDE, gram.vectors().size()); i++) {
      some.add(gram.vectors().get(i).get(part));
    }
    return some;
  }

  private void launch(Gram gram, List<Part> parts, boolean square, View rows) {
    Kernel kernel = gram.parts().getFirst().dtype() == DType.F64 ? twice : single;
    int before = 0;
    for (int from = 0; from < parts.size(); from += MOST_PARTS) {
      List<Part> some = parts.subList(from, Math.min(from + MOST_PARTS, parts.size()));
      int[] members = new int[2 + MOST_PARTS * PART_INTS];
      members[0] = some.size();
      members[1] = square ? 1 : 0;
      int blocks = 0;
      int at = 2;
      for (Part part : some) {
        put(part.left, members, at);
        put(part.right, members, at + 2 * SIDE);
        members[at + 4 * SIDE] = part.elements;
        members[at + 4 * SIDE + 1] = blocks;
        blocks += part.blocks();
        at += PART_INTS;
      }
      if (blocks > 0) {
        kernel
            .grid(blocks, Launch.THREADS)
            .struct(members)
            .address(CudaStorage.address(rows, device) + (long) before * SIDE * SIDE * Double.BYTES)
            .run();
      }
      before += blocks;
    }
  }

  private void put(List<@Nullable View> views, int[] members, int at) {
    for (int v = 0; v < views.size(); v++) {
      View view = views.get(v);
      long address = view == null ? 0 : CudaStorage.address(view, device);
      members[at + 2 * v] = (int) address;
      members[at + 2 * v + 1] = (int) (address >>> Integer.SIZE);
    }
  }
}
