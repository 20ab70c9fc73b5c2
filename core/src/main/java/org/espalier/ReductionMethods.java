package org.espalier;

import org.espalier.autograd.Autograd;
import org.espalier.op.*;

/// The methods of [Tensor] that make few elements of many, and those along a row.
sealed interface ReductionMethods permits Tensor {
  private Tensor self() {
    return (Tensor) this;
  }

  /// Returns the sum over these axes, which disappear; over all without any.
  default Tensor sum(int... axes) {
    return Sum.apply(self(), axes);
  }

  /// Returns the mean over these axes, which disappear; over all without any.
  default Tensor mean(int... axes) {
    return Mean.apply(self(), axes);
  }

  /// Returns the largest over these axes, which disappear; over all without any.
  default Tensor max(int... axes) {
    return Max.apply(self(), axes);
  }

  /// Returns the smallest over these axes, which disappear; over all without any.
  default Tensor min(int... axes) {
    return Min.apply(self(), axes);
  }

  /// Returns the product over these axes, which disappear; over all without any.
  default Tensor prod(int... axes) {
    return Prod.apply(self(), axes);
  }

  /// Returns the unbiased variance over these axes, which disappear; over all without any. See
  /// [Variance].
  default Tensor var(int... axes) {
    return Variance.apply(self(), 1, axes);
  }

  /// Returns the sum of squared deviations from the mean over `count - correction`: 1 estimates the
  /// variance of what the elements are a sample of, 0 is the variance of the elements themselves.
  default Tensor varCorrected(double correction, int... axes) {
    return Variance.apply(self(), correction, axes);
  }

  /// Returns the square root of [#var]; its gradient is 0 where it is 0.
  default Tensor std(int... axes) {
    return Variance.deviation(self(), 1, axes);
  }

  /// Returns the square root of [#varCorrected]; its gradient is 0 where it is 0.
  default Tensor stdCorrected(double correction, int... axes) {
    return Variance.deviation(self(), correction, axes);
  }

  /// Returns the Euclidean norm over these axes, which disappear; over all without any. See [Norm].
  default Tensor norm(int... axes) {
    return Norm.apply(self(), 2, axes);
  }

  /// Returns the norm of order `p` over these axes, which disappear; over all without any. See
  /// [Norm].
  default Tensor pNorm(double p, int... axes) {
    return Norm.apply(self(), p, axes);
  }

  /// Returns the logarithm of the sum of exponentials over these axes, which disappear; over all
  /// without any. See [LogSumExp].
  default Tensor logSumExp(int... axes) {
    return LogSumExp.apply(self(), axes);
  }

  /// Returns whether any element over these axes is true or not 0 (NaN is not 0), as BOOL; over all
  /// axes without any. Over nothing: false.
  default Tensor any(int... axes) {
    return Truth.any(self(), axes);
  }

  /// Returns whether all elements over these axes are true or not 0 (NaN is not 0), as BOOL; over
  /// all axes without any. Over nothing: true.
  default Tensor all(int... axes) {
    return Truth.all(self(), axes);
  }

  /// Returns this result of a reduction with the axes it was reduced over back at size 1, so that
  /// it broadcasts against what was reduced: a view.
  ///
  /// ```java
  /// Tensor centred = x.sub(x.mean(-1).keepDims(-1));
  /// ```
  ///
  /// @param axes places in the shape that is returned; negative ones count from its end
  /// @throws TensorException when the new shape has no such axis, or one is named twice
  default Tensor keepDims(int... axes) {
    return self().reshape(self().shape().inserting(axes).sizes());
  }

  /// Returns the index of the first largest along one axis, which disappears, as I64.
  default Tensor argMax(int axis) {
    return Autograd.apply(new ArgMax(self().shape().axis(axis)), self());
  }

  /// Returns the index of the first largest of all elements in row-major order, as an I64 scalar.
  default Tensor argMax() {
    return self().flatten().argMax(0);
  }

  /// Returns the index of the first smallest of all elements in row-major order, as an I64 scalar.
  default Tensor argMin() {
    return self().flatten().argMin(0);
  }

  /// Returns the index of the first smallest along one axis, which disappears, as I64.
  default Tensor argMin(int axis) {
    return Autograd.apply(new ArgMin(self().shape().axis(axis)), self());
  }

  /// Returns the running sums along an axis: element `i` is the sum of the elements `0 .. i`.
  default Tensor cumsum(int axis) {
    return CumSum.apply(self(), axis, false);
  }

  /// Returns the places that put an axis in ascending or descending order, as I64. Equal elements
  /// keep their order, and NaN is above everything: see [ArgSort].
  default Tensor argSort(int axis, boolean descending) {
    return ArgSort.apply(self(), axis, descending);
  }

  /// Returns the elements in ascending or descending order along an axis, with their places. Equal
  /// elements keep their order, and NaN is above everything: see [ArgSort].
  default Ranked sort(int axis, boolean descending) {
    return ArgSort.sorted(self(), axis, descending);
  }

  /// Returns the `k` largest along the last axis, the largest first, with their places. Of equal
  /// elements the first come first, and NaN is above everything.
  ///
  /// @throws TensorException when the axis has fewer than `k` elements
  default Ranked topK(int k) {
    return ArgSort.topK(self(), k, -1, true);
  }

  /// Returns the `k` largest along an axis, the largest first, or the `k` smallest, the smallest
  /// first, with their places; see [#topK(int)].
  default Ranked topK(int k, int axis, boolean largest) {
    return ArgSort.topK(self(), k, axis, largest);
  }

  /// Returns the reduction of these rows by destination: row `r` of the result is the sum (mean,
  /// product, largest, smallest) of the rows `i` where `indices[i] == r`. See [ScatterReduce].
  ///
  /// @param indices I32 or I64, one for each row
  /// @param rows number of rows of the result
  default Tensor scatterReduce(ScatterReduce.Kind kind, Tensor indices, int rows) {
    return ScatterReduce.apply(kind, self(), indices, rows);
  }

  /// Returns a copy where each place along an axis is reduced with the `values` whose I32 or I64
  /// index names it, and with what it holds when `includeSelf`. See [ScatterReduceAlong].
  default Tensor scatterReduce(
      ScatterReduce.Kind kind, int axis, Tensor indices, Tensor values, boolean includeSelf) {
    return ScatterReduceAlong.apply(kind, self(), axis, indices, values, includeSelf);
  }

  /// Returns the sums of the runs of rows `[offsets[s], offsets[s + 1])`. See [SegmentSum].
  default Tensor segmentSum(Tensor offsets) {
    return SegmentSum.apply(self(), offsets);
  }

  /// Returns the means of the runs of rows `[offsets[s], offsets[s + 1])`. See [SegmentMean].
  default Tensor segmentMean(Tensor offsets) {
    return SegmentMean.apply(self(), offsets);
  }

  /// Returns the largest of the runs of rows `[offsets[s], offsets[s + 1])`. See [SegmentMax].
  default Tensor segmentMax(Tensor offsets) {
    return SegmentMax.apply(self(), offsets);
  }

  /// Returns the cosine of the angle between vectors along an axis, which disappears. See
  /// [CosineSimilarity].
  default Tensor cosineSimilarity(Tensor other, int axis) {
    return CosineSimilarity.apply(self(), other, axis, CosineSimilarity.EPS);
  }

  /// Returns softmax along the last axis.
  default Tensor softmax() {
    return Autograd.apply(new Softmax(), self());
  }

  /// Returns the logarithm of softmax along the last axis.
  default Tensor logSoftmax() {
    return Autograd.apply(new LogSoftmax(), self());
  }

  /// Returns the layer normalisation along the last axis, with a weight and a bias `[dim]`; see
  /// [LayerNorm].
  default Tensor layerNorm(Tensor weight, Tensor bias, double eps) {
    return LayerNorm.apply(self(), weight, bias, eps);
  }

  /// Returns the root mean square normalisation along the last axis, with a weight `[dim]`; see
  /// [RmsNorm].
  default Tensor rmsNorm(Tensor weight, double eps) {
    return RmsNorm.apply(self(), weight, eps);
  }

  /// Returns softmax along an axis.
  default Tensor softmax(int axis) {
    return Softmax.apply(self(), axis);
  }

  /// Returns the logarithm of softmax along an axis.
  default Tensor logSoftmax(int axis) {
    return LogSoftmax.apply(self(), axis);
  }
}
