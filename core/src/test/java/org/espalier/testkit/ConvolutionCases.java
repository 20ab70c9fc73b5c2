package org.espalier.testkit;

import static org.espalier.testkit.Input.normal;
import static org.espalier.testkit.Input.reals;

import java.util.List;
import org.espalier.Shape;
import org.espalier.op.AdaptiveAvgPool;
import org.espalier.op.AvgPool;
import org.espalier.op.Convolution;
import org.espalier.op.MaxPool;
import org.espalier.op.Sliding;
import org.espalier.op.WindowMax;

/// Cases of convolution and pooling.
final class ConvolutionCases {
  private ConvolutionCases() {}

  static List<OpCase> all() {
    Sliding mixed = new Sliding(2, 1, 2);
    Input image = normal(1, 2, 3, 6, 5);
    Input relu = reals(Shape.of(1, 1, 2, 4), 0, 0, 1, 0, 0, 0, 1, 1);
    Input special = reals(Shape.of(1, 1, 4), 1, Double.NaN, Double.NEGATIVE_INFINITY, 2);
    return List.of(
        convolution("one axis", 1, Sliding.DENSE, normal(1, 2, 3, 9), normal(2, 4, 3, 3)),
        convolution(
            "one axis, strided and padded", 1, mixed, normal(1, 2, 3, 9), normal(2, 4, 3, 3)),
        convolution("two axes", 1, Sliding.DENSE, image, normal(2, 4, 3, 3, 2)),
        convolution("two axes, strided and padded", 1, mixed, image, normal(2, 2, 3, 3, 2)),
        convolution("groups", 2, Sliding.padded(1), normal(1, 2, 4, 4, 3), normal(2, 6, 2, 2, 2)),
        convolution("each channel alone", 3, Sliding.by(2), image, normal(2, 3, 1, 2, 2)),
        convolution("points", 1, Sliding.DENSE, image, normal(2, 4, 3, 1, 1)),
        convolution(
            "three axes", 1, Sliding.DENSE, normal(1, 1, 2, 3, 2, 3), normal(2, 2, 2, 2, 2, 2)),
        convolution("no examples", 1, Sliding.DENSE, normal(1, 0, 3, 4), normal(2, 4, 3, 3)),
        OpCase.of(
                "unlike axes without bias",
                Convolution.class,
                t ->
                    Convolution.apply(
                        t[0], t[1], null, 1, new Sliding(2, 0, 1), new Sliding(1, 2, 1)),
                image,
                normal(2, 2, 3, 3, 4))
            .terms(36),
        OpCase.of(
                "conv1d",
                Convolution.class,
                t -> t[0].conv1d(t[1], t[2], Sliding.DENSE),
                normal(1, 2, 3, 5),
                normal(2, 4, 3, 2),
                normal(3, 4))
            .terms(6),
        OpCase.of(
                "conv2d",
                Convolution.class,
                t -> t[0].conv2d(t[1], t[2], Sliding.DENSE),
                image,
                normal(2, 2, 3, 2, 2),
                normal(3, 2))
            .terms(12),
        maxPool("one axis", Sliding.by(2), normal(1, 2, 3, 7), 2),
        maxPool("two axes", Sliding.by(2), image, 2, 2),
        maxPool("overlapping and padded", new Sliding(2, 1, 1), image, 3, 3),
        maxPool("dilated", new Sliding(1, 0, 2), image, 2, 2),
        maxPool("unlike windows", Sliding.DENSE, image, 1, 4),
        maxPool("no examples", Sliding.by(2), normal(1, 0, 3, 4), 2),
        maxPool("ties", Sliding.by(2), relu, 2, 2).noGradient(),
        maxPool("NaN and infinity", Sliding.padded(1), special, 2).noGradient(),
        OpCase.of("last axis", WindowMax.class, t -> WindowMax.apply(t[0], 1), normal(1, 3, 4))
            .exact(),
        OpCase.of("two axes", WindowMax.class, t -> WindowMax.apply(t[0], 2), normal(1, 3, 2, 3))
            .exact(),
        avgPool("one axis", true, Sliding.by(2), normal(1, 2, 3, 7), 2),
        avgPool("two axes", true, Sliding.by(2), image, 2, 2),
        avgPool("padding counted", true, new Sliding(2, 1, 1), image, 3, 3),
        avgPool("padding not counted", false, new Sliding(2, 1, 1), image, 3, 2),
        avgPool("no examples", true, Sliding.by(2), normal(1, 0, 3, 4), 2),
        OpCase.of("avgPool2d", AvgPool.class, t -> t[0].avgPool2d(2, Sliding.DENSE), image)
            .terms(4),
        adaptive("global", image, 1, 1),
        adaptive("uneven shares", image, 4, 3),
        adaptive("more than there are", image, 7),
        adaptive("vector", normal(1, 7), 3),
        adaptive("no examples", normal(1, 0, 3, 4), 2));
  }

  private static OpCase convolution(
      String name, int groups, Sliding sliding, Input x, Input weight) {
    int outputs = weight.shape().size(0);
    return OpCase.of(
            name,
            Convolution.class,
            t -> Convolution.apply(t[0], t[1], t[2], groups, sliding),
            x,
            weight,
            normal(3, outputs))
        .terms(weight.shape().elements() / outputs);
  }

  private static OpCase maxPool(String name, Sliding sliding, Input x, int... sizes) {
    return OpCase.of(name, MaxPool.class, t -> MaxPool.apply(t[0], sizes, sliding), x).exact();
  }

  private static OpCase avgPool(
      String name, boolean countPadding, Sliding sliding, Input x, int... sizes) {
    return OpCase.of(name, AvgPool.class, t -> AvgPool.apply(t[0], sizes, countPadding, sliding), x)
        .terms(9);
  }

  private static OpCase adaptive(String name, Input x, int... sizes) {
    return OpCase.of(name, AdaptiveAvgPool.class, t -> t[0].adaptiveAvgPool(sizes), x).terms(30);
  }
}
