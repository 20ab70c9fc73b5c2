package org.espalier.testkit;

import static org.espalier.testkit.Input.ints;
import static org.espalier.testkit.Input.normal;
import static org.espalier.testkit.Input.reals;

import java.util.List;
import org.espalier.Shape;
import org.espalier.op.CrossEntropy;
import org.espalier.op.LayerNorm;
import org.espalier.op.LogSoftmax;
import org.espalier.op.SegmentMean;
import org.espalier.op.Softmax;

/// Cases of softmax, layer norm, cross-entropy and pooling.
final class RowCases {
  private RowCases() {}

  static List<OpCase> all() {
    Input steep = reals(Shape.of(2, 4), 1000, 999, -1e30, 0, -5, -5, -5, -5);
    return List.of(
        softmax("rows", normal(1, 5, 67)),
        softmax("three axes", normal(1, 2, 3, 5)),
        softmax("one column", normal(1, 4, 1)),
        softmax("vector", normal(1, 9)),
        softmax("empty rows", normal(1, 3, 0)),
        softmax("no rows", normal(1, 0, 3)),
        softmax("steep", steep).noGradient(),
        logSoftmax("rows", normal(1, 5, 67)),
        logSoftmax("one column", normal(1, 4, 1)),
        logSoftmax("no rows", normal(1, 0, 3)),
        logSoftmax("steep", steep).noGradient(),
        layerNorm("rows", normal(1, 5, 67), normal(2, 67), normal(3, 67)),
        layerNorm("many rows", normal(1, 150, 6), normal(2, 6), normal(3, 6)).noGradient(),
        layerNorm("three axes", normal(1, 2, 3, 5), normal(2, 5), normal(3, 5)),
        layerNorm(
            "two columns",
            reals(Shape.of(4, 2), 1, -1, 2, 0.5, -3, 1, 0.2, 4),
            normal(2, 2),
            normal(3, 2)),
        layerNorm("no rows", normal(1, 0, 5), normal(2, 5), normal(3, 5)),
        layerNorm("far from zero", normal(1, 4, 40).map(v -> 100 + v), normal(2, 40), normal(3, 40))
            .noGradient(),
        crossEntropy("plain", 0, normal(1, 5, 37), ints(3, 0, 36, 7, 7)),
        crossEntropy("smoothed", 0.1, normal(1, 5, 7), ints(3, 0, 6, 1, 1)),
        crossEntropy("ignored rows", 0, normal(1, 4, 7), ints(3, -100, 6, -100)),
        crossEntropy("ignored and smoothed", 0.3, normal(1, 4, 7), ints(3, -100, 6, -100)),
        crossEntropy("all ignored", 0, normal(1, 2, 7), ints(-100, -100)),
        crossEntropy("one class", 0, normal(1, 2, 1), ints(0, 0)),
        crossEntropy("no rows", 0, normal(1, 0, 7), ints()),
        crossEntropy("steep", 0, steep, ints(1, 2)).noGradient(),
        segmentMean("ragged", normal(1, 6, 19), ints(0, 2, 3, 6)),
        segmentMean("empty segments", normal(1, 4, 5), ints(0, 0, 3, 3, 4, 4)),
        segmentMean("one segment", normal(1, 40, 3), ints(0, 40)),
        segmentMean("no segment", normal(1, 0, 3), ints(0)));
  }

  private static OpCase softmax(String name, Input x) {
    return OpCase.of(name, Softmax.class, t -> t[0].softmax(), x).terms(4);
  }

  private static OpCase logSoftmax(String name, Input x) {
    return OpCase.of(name, LogSoftmax.class, t -> t[0].logSoftmax(), x).terms(4);
  }

  private static OpCase layerNorm(String name, Input x, Input weight, Input bias) {
    return OpCase.of(
            name, LayerNorm.class, t -> LayerNorm.apply(t[0], t[1], t[2], 1e-5), x, weight, bias)
        .terms(16);
  }

  private static OpCase crossEntropy(String name, double smoothing, Input logits, Input targets) {
    return OpCase.of(
            name,
            CrossEntropy.class,
            t -> CrossEntropy.apply(t[0], t[1], CrossEntropy.IGNORE, smoothing),
            logits,
            targets)
        .terms(4);
  }

  private static OpCase segmentMean(String name, Input x, Input offsets) {
    return OpCase.of(name, SegmentMean.class, t -> SegmentMean.apply(t[0], t[1]), x, offsets)
        .terms(4);
  }
}
