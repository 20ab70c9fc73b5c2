package org.espalier.testkit;

import static org.espalier.testkit.Input.normal;
import static org.espalier.testkit.Input.reals;

import java.util.List;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.op.BinaryCrossEntropy;
import org.espalier.op.CosineSimilarity;
import org.espalier.op.Huber;
import org.espalier.op.KlDivergence;
import org.espalier.op.LogSoftmax;
import org.espalier.op.ProbabilityCrossEntropy;

/// Cases of losses and similarities.
final class LossCases {
  private LossCases() {}

  static List<OpCase> all() {
    Input probabilities = normal(1, 5, 7).map(v -> 0.5 + Math.atan(v) / Math.PI * 0.98);
    Input targets = normal(2, 5, 7).map(v -> 0.5 + Math.atan(v) / Math.PI * 0.98);
    Input steep = reals(Shape.of(8), 0, -0.0, 30, -30, 1000, -1000, 90, Double.NEGATIVE_INFINITY);
    Input labels = reals(Shape.of(8), 1, 0, 1, 0, 1, 0, 0, 0);
    return List.of(
        logits("soft targets", normal(3, 5, 7), targets),
        logits("empty", normal(3, 0, 3), normal(3, 0, 3)),
        logits("one number", normal(3), reals(Shape.SCALAR, 1)),
        logits("far out", steep.map(v -> Math.max(v, -1e30)), labels).noGradient(),
        OpCase.of(
                "soft targets",
                ProbabilityCrossEntropy.class,
                t -> ProbabilityCrossEntropy.apply(t[0], t[1]),
                probabilities,
                targets)
            .terms(8),
        OpCase.of(
                "certain",
                ProbabilityCrossEntropy.class,
                t -> ProbabilityCrossEntropy.apply(t[0], t[1]),
                reals(Shape.of(5), 0, 1, 0, 1, 0.5),
                reals(Shape.of(5), 0, 1, 1, 0, 1))
            .terms(1)
            .noGradient(),
        OpCase.of(
            "Huber's loss",
            Huber.class,
            t -> Huber.apply(t[0], t[1], 0.7),
            normal(4, 5, 67),
            normal(5, 5, 67)),
        OpCase.of(
                "Huber's loss of nothing and on the seam",
                Huber.class,
                t -> Huber.apply(t[0], t[1], 0.5),
                reals(Shape.of(4), 0, 0.5, -0.5, -0.25),
                reals(Shape.of(4), 0, 0, 0, 0))
            .noGradient(),
        OpCase.of(
                "divergence of two distributions",
                KlDivergence.class,
                t -> KlDivergence.apply(t[0].logSoftmax(), t[1].softmax()),
                normal(6, 4, 7),
                normal(7, 4, 7))
            .terms(32),
        OpCase.of(
                "cosine along the last axis",
                CosineSimilarity.class,
                t -> t[0].cosineSimilarity(t[1], -1),
                normal(8, 4, 33),
                normal(9, 4, 33))
            .terms(33),
        OpCase.of(
                "cosine of one with all",
                CosineSimilarity.class,
                t -> t[0].cosineSimilarity(t[1], 0),
                normal(8, 33, 4),
                normal(9, 33, 1))
            .terms(33),
        OpCase.of(
                "softmax along the first axis", LogSoftmax.class, LossCases::both, normal(1, 7, 5))
            .terms(7));
  }

  private static Tensor both(Tensor[] t) {
    return t[0].softmax(0).mul(t[0].logSoftmax(0));
  }

  private static OpCase logits(String name, Input x, Input targets) {
    return OpCase.of(
            name, BinaryCrossEntropy.class, t -> BinaryCrossEntropy.apply(t[0], t[1]), x, targets)
        .terms(1);
  }
}
