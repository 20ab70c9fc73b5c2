package org.espalier.nn.loss;

import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.nn.Ragged;
import org.espalier.op.BinaryCrossEntropy;
import org.espalier.op.CrossEntropy;
import org.espalier.op.Huber;
import org.espalier.op.KlDivergence;
import org.espalier.op.ProbabilityCrossEntropy;

/// Losses of a batch. Each takes a [Reduction]; the short forms are means.
public final class Losses {
  private Losses() {}

  /// Returns the mean cross-entropy over the rows that have a label; 0 when none has.
  ///
  /// @param logits `[rows, classes]`
  /// @param targets a class for each row, or `CrossEntropy.IGNORE`
  public static Tensor crossEntropy(Tensor logits, int... targets) {
    int labelled = 0;
    for (int t : targets) {
      if (t != CrossEntropy.IGNORE) {
        labelled++;
      }
    }
    return CrossEntropy.apply(
            logits, Tensor.of(targets).to(logits.device()), CrossEntropy.IGNORE, 0)
        .sum()
        .div(Math.max(1, labelled));
  }

  /// Returns the cross-entropy over the rows that have a label, divided by a number that was
  /// counted before: nothing is read on the host, or decided by it.
  ///
  /// @param logits `[rows, classes]`
  /// @param targets I32 `[rows]`: a class for each row, or `CrossEntropy.IGNORE`
  /// @param labelled F32, one number: how many rows have a label, at least 1
  public static Tensor crossEntropy(Tensor logits, Tensor targets, Tensor labelled) {
    return CrossEntropy.apply(logits, targets, CrossEntropy.IGNORE, 0).sum().div(labelled);
  }

  /// Returns the cross-entropy of rows, smoothed (Szegedy et al. 2016). The mean is over the rows
  /// that have a label, and 0 when none has.
  ///
  /// @param logits `[rows, classes]`
  /// @param targets I32 `[rows]`: classes, or `CrossEntropy.IGNORE` for a loss of 0
  /// @param smoothing part in `[0, 1)` of the target that is spread over all classes
  /// @throws TensorException when shapes or dtypes do not fit, or a target is no class
  public static Tensor crossEntropy(
      Tensor logits, Tensor targets, double smoothing, Reduction reduction) {
    Tensor losses = CrossEntropy.apply(logits, targets, CrossEntropy.IGNORE, smoothing);
    if (reduction != Reduction.MEAN) {
      return reduction.of(losses);
    }
    // Counted on the device of the targets, so that nothing waits for a copy.
    Tensor mark = Tensor.full(DType.I32, targets.device(), Shape.SCALAR, CrossEntropy.IGNORE);
    Tensor unlabelled = targets.equalTo(mark).to(DType.I32).sum();
    Tensor labelled = unlabelled.neg().add(targets.elements()).to(losses.dtype());
    return losses.sum().div(labelled.maximum(like(labelled, 1)));
  }

  /// Returns the mean cross-entropy of each token given those before it in its sequence, the loss
  /// of a language model; 0 when no sequence has two tokens.
  ///
  /// @param logits `[rows, vocabulary]`: of the token after each row; those of a sequence's last
  ///   row are not looked at
  /// @param ids I32 `[rows]`: the tokens
  /// @param layout which rows belong to which sequence
  public static Tensor nextToken(Tensor logits, Tensor ids, Ragged layout) {
    int[] here = ids.toIntArray();
    int[] next = new int[here.length];
    for (int s = 0; s < layout.sequences(); s++) {
      int from = layout.offset(s);
      int last = layout.offset(s + 1) - 1;
      if (last >= from) {
        System.arraycopy(here, from + 1, next, from, last - from);
        next[last] = CrossEntropy.IGNORE;
      }
    }
    return crossEntropy(logits, next);
  }

  private static Tensor like(Tensor t, double value) {
    return Tensor.full(t.dtype(), t.device(), Shape.SCALAR, value);
  }

  /// Returns the mean of `(prediction - target)^2`.
  ///
  /// @throws TensorException when the shapes differ
  public static Tensor meanSquaredError(Tensor prediction, Tensor target) {
    return squaredError(prediction, target, Reduction.MEAN);
  }

  /// Returns `(prediction - target)^2`.
  ///
  /// @throws TensorException when the shapes differ
  public static Tensor squaredError(Tensor prediction, Tensor target, Reduction reduction) {
    if (!prediction.shape().equals(target.shape())) {
      throw new TensorException(
          "squaredError: prediction "
              + prediction.shape()
              + " and target "
              + target.shape()
              + " differ; reshape or expand one");
    }
    return reduction.of(prediction.sub(target).square());
  }

  /// Returns the mean binary cross-entropy of logits; see [BinaryCrossEntropy].
  ///
  /// @param targets in `[0, 1]`, of the shape of `logits`
  public static Tensor binaryCrossEntropy(Tensor logits, Tensor targets) {
    return binaryCrossEntropy(logits, targets, Reduction.MEAN);
  }

  /// Returns the binary cross-entropy of logits; see [BinaryCrossEntropy].
  ///
  /// @param targets in `[0, 1]`, of the shape of `logits`
  public static Tensor binaryCrossEntropy(Tensor logits, Tensor targets, Reduction reduction) {
    return reduction.of(BinaryCrossEntropy.apply(logits, targets));
  }

  /// Returns the binary cross-entropy of probabilities; see [ProbabilityCrossEntropy]. Where there
  /// are logits, [#binaryCrossEntropy] is more accurate.
  ///
  /// @param targets in `[0, 1]`, of the shape of `probabilities`
  public static Tensor probabilityCrossEntropy(
      Tensor probabilities, Tensor targets, Reduction reduction) {
    return reduction.of(ProbabilityCrossEntropy.apply(probabilities, targets));
  }

  /// Returns Huber's loss: squares up to `delta`, straight lines from there; see [Huber].
  ///
  /// @param delta in the unit of the target
  public static Tensor huber(Tensor prediction, Tensor target, double delta, Reduction reduction) {
    return reduction.of(Huber.apply(prediction, target, delta));
  }

  /// Returns the smooth L1 loss (Girshick 2015), `huber / beta`: a slope of 1 outside `beta`.
  ///
  /// @param beta in the unit of the target
  public static Tensor smoothL1(
      Tensor prediction, Tensor target, double beta, Reduction reduction) {
    return reduction.of(Huber.apply(prediction, target, beta).div(beta));
  }

  /// Returns the Kullback-Leibler divergence of rows; see [KlDivergence]. There is one loss for
  /// each row, so the mean is over rows (what PyTorch calls `batchmean`).
  ///
  /// @param logProbabilities as from `logSoftmax()`
  /// @param target probabilities of the same shape
  public static Tensor klDivergence(Tensor logProbabilities, Tensor target, Reduction reduction) {
    return reduction.of(KlDivergence.apply(logProbabilities, target));
  }
}
