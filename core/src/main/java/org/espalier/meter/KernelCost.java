package org.espalier.meter;

import java.util.ArrayList;
import java.util.List;
import org.espalier.engine.HostCopy;
import org.espalier.spi.FusedKernel;
import org.espalier.spi.FusedKernel.AttentionSpec;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.Layout;
import org.espalier.spi.Matmul;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// What a kernel computes and moves, told by its arguments.
///
/// Operations are counted where they are exact and matter: in matrix products and in the products
/// inside attention, two for each multiply-add. An exponential has no number that everybody would
/// agree to, so the other kernels have only bytes: each operand once, and an operand that is
/// changed in place twice. Caches make the real traffic smaller, second passes make it larger.
final class KernelCost {
  private KernelCost() {}

  static long flops(Matmul product) {
    return 2L * product.c().elements() * product.a().shape().size(-1);
  }

  /// Attention has two products forward; backward it computes the scores again and has four more.
  static long flops(FusedKernel kernel) {
    return switch (kernel) {
      case FusedKernel.Attention a -> 2 * 2 * multiplyAdds(a.spec());
      case FusedKernel.AttentionBackward a -> 5 * 2 * multiplyAdds(a.spec());
      default -> 0;
    };
  }

  /// Returns the multiply-adds of one product of queries and keys that see each other; of masks,
  /// only that of places counts as work left out. Where only a device knows the offsets, none: to
  /// ask it would be a wait that the step does not have without a profile.
  private static long multiplyAdds(AttentionSpec spec) {
    View q = onHeap(spec.offsetsQ());
    View k = onHeap(spec.offsetsK());
    if (q == null || k == null) {
      return 0;
    }
    long pairs = 0;
    for (int s = 0; s + 1 < q.elements(); s++) {
      long queries = at(q, s + 1) - at(q, s);
      long keys = at(k, s + 1) - at(k, s);
      pairs += spec.mask().causal() ? visible(queries, keys) : queries * keys;
    }
    return pairs * spec.heads() * spec.headDim();
  }

  private static @Nullable View onHeap(View offsets) {
    return offsets.storage() instanceof HeapStorage ? offsets : HostCopy.of(offsets);
  }

  private static long at(View offsets, int i) {
    return offsets.heap().getLong(offsets.offset() + i * offsets.layout().stride(0));
  }

  /// Returns how many keys all queries see when each sees those up to its place, ends aligned.
  private static long visible(long queries, long keys) {
    long seeing = Math.min(queries, keys);
    return seeing * keys - seeing * (seeing - 1) / 2;
  }

  static List<View> moved(Matmul product) {
    View start = product.start();
    return start == null
        ? List.of(product.a(), product.b(), product.c())
        : List.of(product.a(), product.b(), product.c(), start);
  }

  /// Returns the views that a kernel reads or writes, those that it changes in place twice; none
  /// for a kernel that is not known here.
  static List<View> moved(FusedKernel kernel) {
    return switch (kernel) {
      case FusedKernel.Softmax k -> List.of(k.x(), k.y());
      case FusedKernel.SoftmaxBackward k -> List.of(k.y(), k.dy(), k.dx());
      case FusedKernel.LayerNorm k ->
          List.of(k.x(), k.y(), k.weight(), k.bias(), k.mean(), k.rstd());
      case FusedKernel.LayerNormBackward k ->
          List.of(k.dy(), k.x(), k.dx(), k.mean(), k.rstd(), k.weight(), k.dweight(), k.dbias());
      case FusedKernel.RmsNorm k -> List.of(k.x(), k.y(), k.weight(), k.rstd());
      case FusedKernel.RmsNormBackward k ->
          List.of(k.dy(), k.x(), k.dx(), k.rstd(), k.weight(), k.dweight());
      case FusedKernel.Rotary k -> List.of(k.x(), k.y(), k.positions());
      case FusedKernel.Gelu k -> List.of(k.x(), k.y());
      case FusedKernel.GeluBackward k -> List.of(k.x(), k.dy(), k.dx());
      case FusedKernel.CrossEntropy k -> List.of(k.logits(), k.targets(), k.loss(), k.sums());
      case FusedKernel.CrossEntropyBackward k ->
          List.of(k.logits(), k.dlogits(), k.targets(), k.sums(), k.rowScale());
      case FusedKernel.Attention k -> List.of(k.q(), k.k(), k.v(), k.out(), k.logSumExp());
      case FusedKernel.AttentionBackward k ->
          List.of(k.q(), k.k(), k.v(), k.out(), k.logSumExp(), k.dout(), k.dq(), k.dk(), k.dv());
      case FusedKernel.Dropout k -> List.of(k.x(), k.y());
      case FusedKernel.SegmentMean k -> List.of(k.x(), k.offsets(), k.y());
      case FusedKernel.SegmentMeanBackward k -> List.of(k.dy(), k.offsets(), k.dx());
      case FusedKernel.AdamW k -> moved(k.slots());
      case FusedKernel.AdamWOnDevice k -> moved(k.slots());
      case FusedKernel.JointNorm k -> List.of(k.squares(), k.out());
      case FusedKernel.SumByIndex k -> List.of(k.dy(), k.indices(), k.rows(), k.values());
      case FusedKernel.Dot k -> List.of(k.a(), k.b());
      case FusedKernel.Gram k -> k.parts();
      default -> List.of();
    };
  }

  private static List<View> moved(List<FusedKernel.AdamWSlot> slots) {
    List<View> all = new ArrayList<>();
    for (FusedKernel.AdamWSlot slot : slots) {
      all.add(slot.gradient());
      boolean rows = slot.rows() != null;
      // parameter and moments: read and written, and of a table only the rows that move
      for (View changed : List.of(slot.parameter(), slot.firstMoment(), slot.secondMoment())) {
        all.add(rows ? slot.gradient() : changed);
        all.add(rows ? slot.gradient() : changed);
      }
    }
    return all;
  }

  static long bytes(List<View> views) {
    long sum = 0;
    for (View v : views) {
      sum += distinctElements(v.layout()) * v.dtype().bytes();
    }
    return sum;
  }

  /// What broadcasting repeats lies in memory once.
  private static long distinctElements(Layout layout) {
    long n = 1;
    for (int axis = 0; axis < layout.shape().rank(); axis++) {
      int size = layout.shape().size(axis);
      n *= layout.stride(axis) == 0 ? Math.min(size, 1) : size;
    }
    return n;
  }
}
