package org.espalier.op;

import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.spi.FusedKernel;
import org.jspecify.annotations.Nullable;

/// Cross-entropy of logits against classes, one loss for each row: `-log softmax(logits)[target]`,
/// smoothed as `(1 - s) * that + s * mean of -log softmax(logits)` (Szegedy et al. 2016).
///
/// @param ignoreIndex rows with this target have loss 0 and no gradient
/// @param smoothing label smoothing in `[0, 1)`
public record CrossEntropy(int ignoreIndex, double smoothing) implements Op {
  /// The target that marks a row without a label.
  public static final int IGNORE = -100;

  /// Returns the losses `[rows]` of logits `[rows, classes]` against I32 or I64 targets `[rows]`.
  ///
  /// @throws TensorException when shapes or dtypes do not fit, or a target is not a class
  public static Tensor apply(Tensor logits, Tensor targets, int ignoreIndex, double smoothing) {
    boolean fits =
        logits.rank() == 2
            && logits.dtype().isFloating()
            && targets.rank() == 1
            && Kernels.areIndices(targets)
            && targets.size(0) == logits.size(0);
    if (!fits) {
      throw new TensorException(
          "crossEntropy: logits "
              + logits.shape()
              + " "
              + logits.dtype()
              + ", targets "
              + targets.shape()
              + " "
              + targets.dtype()
              + "; needs floating [rows, classes] and I32 or I64 [rows]");
    }
    if (!(smoothing >= 0 && smoothing < 1)) {
      throw new TensorException("crossEntropy: label smoothing " + smoothing + " is not in [0, 1)");
    }
    Tensor narrow = Kernels.narrowed("crossEntropy", targets);
    return Autograd.apply(new CrossEntropy(ignoreIndex, smoothing), logits, narrow);
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] in) {
    Tensor logits = in[0].contiguous();
    if (!Kernels.supports(logits, FusedKernel.CrossEntropy.class)) {
      context.save(in);
      return composed(in);
    }
    Tensor loss = Kernels.empty(logits, Kernels.rowShape(logits));
    Tensor sums = Kernels.empty(logits, Shape.of(logits.size(0), 2));
    Kernels.backend(logits)
        .run(
            new FusedKernel.CrossEntropy(
                Kernels.view(logits),
                Kernels.view(in[1].contiguous()),
                ignoreIndex,
                smoothing,
                Kernels.view(loss),
                Kernels.view(sums)));
    context.save(in[0], in[1], sums);
    return loss;
  }

  private Tensor composed(Tensor[] in) {
    int classes = in[0].size(1);
    int[] targets = in[1].toIntArray();
    double[] distribution = new double[targets.length * classes];
    for (int i = 0; i < targets.length; i++) {
      if (targets[i] == ignoreIndex) {
        continue;
      }
      if (targets[i] < 0 || targets[i] >= classes) {
        throw new TensorException(
            "crossEntropy: target "
                + targets[i]
                + " of row "
                + i
                + " is not one of "
                + classes
                + " classes");
      }
      java.util.Arrays.fill(distribution, i * classes, (i + 1) * classes, smoothing / classes);
      distribution[i * classes + targets[i]] += 1 - smoothing;
    }
    Tensor p =
        Tensor.of(distribution, targets.length, classes).to(in[0].dtype()).to(in[0].device());
    return in[0].logSoftmax().mul(p).sum(1).neg();
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    Tensor logits = context.saved(0);
    Tensor targets = context.saved(1);
    if (context.createGraph()
        || !Kernels.supports(logits, FusedKernel.CrossEntropyBackward.class)) {
      return context.composed(this::composed, dy, logits, targets);
    }
    Tensor dlogits = Kernels.empty(logits, logits.shape());
    Kernels.backend(logits)
        .run(
            new FusedKernel.CrossEntropyBackward(
                Kernels.view(logits.contiguous()),
                Kernels.view(targets.contiguous()),
                Kernels.view(context.saved(2)),
                Kernels.view(dy.contiguous()),
                ignoreIndex,
                smoothing,
                Kernels.view(dlogits)));
    return context.dense(dlogits, null);
  }
}
