package org.espalier.cuda.planted;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.Gradient;
import org.espalier.autograd.Gradients;
import org.espalier.op.Attention;
import org.espalier.op.CrossEntropy;
import org.espalier.op.Gelu;
import org.espalier.op.LayerNorm;
import org.espalier.op.RmsNorm;
import org.espalier.op.ScatterAlong;
import org.espalier.op.SegmentMean;
import org.espalier.testkit.Input;

/// Checks that between them run every kernel that joins threads, in sizes where its loops take
/// several turns on a device with one multiprocessor.
final class Checks {
  private Checks() {}

  /// Returns the checks.
  static List<Check> all() {
    return List.of(
        Check.of("sums of rows", 1e-5, x -> x[0].sum(1), Input.normal(1, 9, 4503)),
        Check.of("sums of columns", 1e-5, x -> x[0].sum(0), Input.normal(1, 203, 70)),
        Check.of("largest places", 0, x -> x[0].argMax(0), Input.normal(1, 40, 70)),
        Check.of("largest places of long rows", 0, x -> x[0].argMax(1), Input.normal(1, 9, 6000)),
        Check.of("running sums", 1e-5, x -> x[0].transpose().cumsum(1), Input.normal(1, 700, 9)),
        Check.of("order", 0, x -> x[0].argSort(1, false), Input.normal(1, 2, 1300)),
        Check.of(
            "order of integers", 0, x -> x[0].argSort(0, false), Input.places(DType.I32, 50, 600)),
        Check.of(
            "integer products",
            0,
            x -> x[0].matmul(x[1]),
            Input.integers(DType.I32, 1, 20, 40),
            Input.integers(DType.I32, 2, 40, 23)),
        Check.of("transposed copies", 0, x -> x[0].transpose().copy(), Input.normal(1, 70, 300)),
        Check.of(
            "inner products",
            1e-6,
            Checks::gram,
            Input.normal(1, 300),
            Input.normal(2, 300),
            Input.normal(3, 300),
            Input.normal(4, 300),
            Input.normal(5, 300)),
        Check.of("softmax of blocks", 1e-5, x -> x[0].softmax(), Input.normal(1, 9, 1101)),
        Check.of("softmax of long rows", 1e-5, x -> x[0].softmax(), Input.normal(1, 9, 8201)),
        Check.of(
            "layer norm of warps",
            1e-5,
            x -> LayerNorm.apply(x[0], x[1], x[2], 1e-5),
            Input.normal(1, 66, 1000),
            Input.normal(2, 1000),
            Input.normal(3, 1000)),
        Check.of(
            "layer norm of blocks",
            1e-5,
            x -> LayerNorm.apply(x[0], x[1], x[2], 1e-5),
            Input.normal(1, 9, 1101),
            Input.normal(2, 1101),
            Input.normal(3, 1101)),
        Check.of(
            "layer norm of long rows",
            1e-5,
            x -> LayerNorm.apply(x[0], x[1], x[2], 1e-5),
            Input.normal(1, 9, 8201),
            Input.normal(2, 8201),
            Input.normal(3, 8201)),
        Check.of(
            "RMS norm of blocks",
            1e-5,
            x -> RmsNorm.apply(x[0], x[1], 1e-5),
            Input.normal(1, 9, 1101),
            Input.normal(2, 1101)),
        Check.of(
            "cross-entropy of blocks",
            1e-5,
            x -> CrossEntropy.apply(x[0], x[1], 4, 0.1),
            Input.normal(1, 9, 1101),
            Input.ints(IntStream.range(0, 9).toArray())),
        Check.of("GELU", 1e-5, x -> Autograd.apply(new Gelu(false), x[0]), Input.normal(1, 1027)),
        Check.of(
            "differences",
            1e-5,
            x -> x[0].sub(x[1]),
            Input.normal(1, 33, 31),
            Input.normal(2, 33, 31)),
        Check.of(
            "gathered rows",
            1e-6,
            x -> x[0].rows(x[1]),
            Input.normal(1, 40, 65),
            Input.places(DType.I32, 40, 300)),
        Check.of(
            "segment means",
            1e-5,
            x -> SegmentMean.apply(x[0], x[1]),
            Input.normal(1, 70, 41),
            Input.ints(0, 3, 7, 7, 20, 30, 33, 40, 44, 70)),
        attention("attention", 2e-5),
        attention("attention in BF16", 0x1p-7).rounded(),
        Check.refused(
            "gather: index 40 at place 2",
            x -> x[0].rows(x[1]),
            Input.normal(1, 40, 3),
            Input.ints(3, 5, 40)),
        Check.refused(
            "scatter: index 9 at place 2",
            x -> ScatterAlong.apply(x[0], 0, x[1], x[2]),
            Input.normal(1, 9),
            Input.ints(3, 5, 9),
            Input.normal(2, 3)),
        Check.refused(
            "segmentMean: offset 8 at place 2",
            x -> SegmentMean.apply(x[0], x[1]),
            Input.normal(1, 7, 3),
            Input.ints(0, 3, 8)),
        offsetsOfQueries(),
        offsetsOfQueries().rounded(),
        offsetsOfKeys(),
        offsetsOfKeys().rounded(),
        sizesOfMask(),
        sizesOfMask().rounded());
  }

  private static Check attention(String name, double share) {
    return Check.of(
        name,
        share,
        x ->
            new Attention(1, 1, 0.125, true, 0.1, 3, 1)
                .apply(x[0], x[1], x[2], x[3], x[4], x[5], null),
        Input.normal(1, 42, 68),
        Input.normal(2, 46, 68),
        Input.normal(3, 46, 68),
        Input.ints(0, 35, 42),
        Input.ints(0, 38, 46),
        Input.ints(3, 1));
  }

  private static Check offsetsOfQueries() {
    return Check.refused(
        "attention: queries: offset 4 at place 1",
        Checks::attention,
        Input.normal(1, 3, 68),
        Input.normal(2, 3, 68),
        Input.ints(0, 4),
        Input.ints(0, 3),
        Input.integers(DType.BOOL, 1, 1, 1, 3, 3));
  }

  private static Check offsetsOfKeys() {
    return Check.refused(
        "attention: keys: offset 4 at place 1",
        Checks::attention,
        Input.normal(1, 3, 68),
        Input.normal(2, 3, 68),
        Input.ints(0, 3),
        Input.ints(0, 4),
        Input.integers(DType.BOOL, 1, 1, 1, 3, 3));
  }

  private static Check sizesOfMask() {
    return Check.refused(
        "attention: the mask [1, 1, 2, 3] does not cover",
        Checks::attention,
        Input.normal(1, 3, 68),
        Input.normal(2, 3, 68),
        Input.ints(0, 3),
        Input.ints(0, 3),
        Input.integers(DType.BOOL, 1, 1, 1, 2, 3));
  }

  private static Tensor gram(Tensor[] x) {
    List<List<Gradient>> all = new ArrayList<>();
    for (Tensor part : x) {
      all.add(List.of(new Gradient.Dense(part), new Gradient.Dense(part.slice(0, 7, 290))));
    }
    double[][] gram = Gradients.gram(all);
    return Tensor.of(Arrays.stream(gram).flatMapToDouble(Arrays::stream).toArray());
  }

  private static Tensor attention(Tensor[] x) {
    return new Attention(1, 1, 0.125, false, 0, 0, 0)
        .apply(x[0], x[1], x[1], x[2], x[3], null, x[4]);
  }
}
