package org.espalier.op;

import java.util.ArrayList;
import java.util.List;
import org.espalier.Tensor;
import org.espalier.autograd.Gradient;
import org.espalier.spi.Backend;
import org.espalier.spi.FusedKernel;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// One step of AdamW (Loshchilov, Hutter 2019) on many parameters: not an op, for nothing flows
/// back through it.
///
/// With `g = gradient * gradientScale`: `m = beta1 m + (1 - beta1) g`, `v = beta2 v + (1 - beta2)
/// g^2`, `p = p (1 - lr decay) - lr / (1 - beta1^t) * m / (sqrt(v / (1 - beta2^t)) + eps)`.
///
/// @param learningRate step size
/// @param weightDecay decoupled decay
/// @param beta1 memory of the first moment
/// @param beta2 memory of the second moment
/// @param eps added to the root
/// @param gradientScale the clipping factor
/// @param step `t`, from 1
public record AdamWUpdate(
    double learningRate,
    double weightDecay,
    double beta1,
    double beta2,
    double eps,
    double gradientScale,
    long step) {

  /// A parameter, its gradient and its two moments, in any layout.
  ///
  /// @param parameter changed in place
  /// @param gradient a row-sparse one moves only its rows: their moments and decay, too
  /// @param firstMoment changed in place
  /// @param secondMoment changed in place
  public record Slot(
      Tensor parameter, Gradient gradient, Tensor firstMoment, Tensor secondMoment) {}

  /// A tensor whose elements have gaps between them, and the copy without that is moved for it.
  record Gathered(Tensor target, Tensor copy) {}

  /// Changes the parameters and moments of these slots, all on one device.
  public void apply(List<Slot> slots) {
    if (slots.isEmpty()) {
      return;
    }
    Views views = Views.of(slots);
    double[] numbers =
        new AdamWOnDevice(beta1, beta2, eps).numbers(learningRate, weightDecay, step);
    Backend backend = Kernels.backend(slots.getFirst().parameter);
    backend.run(
        new FusedKernel.AdamW(
            views.slots(), gradientScale, numbers[0], beta1, beta2, numbers[1], numbers[2], eps));
    views.finish(slots);
  }

  /// What the kernel sees of slots.
  ///
  /// @param slots one for each
  /// @param gathered parameters and moments that had to be copied for it
  record Views(List<FusedKernel.AdamWSlot> slots, List<Gathered> gathered) {
    static Views of(List<Slot> slots) {
      List<Gathered> gathered = new ArrayList<>();
      List<FusedKernel.AdamWSlot> views = new ArrayList<>(slots.size());
      for (Slot s : slots) {
        @Nullable View rows = null;
        View gradient;
        if (s.gradient instanceof Gradient.RowSparse r) {
          rows = Kernels.view(r.rows().contiguous());
          gradient = Kernels.view(r.values().contiguous());
        } else {
          gradient = Kernels.view(s.gradient.dense().contiguous());
        }
        views.add(
            new FusedKernel.AdamWSlot(
                inPlace(s.parameter, gathered),
                gradient,
                rows,
                inPlace(s.firstMoment, gathered),
                inPlace(s.secondMoment, gathered)));
      }
      return new Views(views, gathered);
    }

    /// Copies back what was copied, and notes that the parameters have changed.
    void finish(List<Slot> moved) {
      for (Gathered g : gathered) {
        Kernels.backend(g.copy).copy(Kernels.view(g.copy), Kernels.view(g.target));
      }
      for (Slot s : moved) {
        Kernels.view(s.parameter).storage().touch("AdamW");
      }
    }
  }

  /// Returns elements behind each other, which the kernel asks for.
  private static View inPlace(Tensor t, List<Gathered> gathered) {
    View view = Kernels.view(t);
    if (view.isContiguous()) {
      return view;
    }
    Tensor copy = Kernels.empty(t, t.shape());
    Kernels.backend(t).copy(view, Kernels.view(copy));
    gathered.add(new Gathered(t, copy));
    return Kernels.view(copy);
  }
}
