package org.espalier.testkit;

import static org.espalier.testkit.Input.integers;
import static org.espalier.testkit.Input.normal;

import java.util.List;
import org.espalier.DType;
import org.espalier.op.Linear;
import org.espalier.op.MatrixProduct;

/// Cases of matrix products.
final class ProductCases {
  private ProductCases() {}

  static List<OpCase> all() {
    return List.of(
        matmul("square", 16, normal(1, 16, 16), normal(2, 16, 16)),
        matmul("odd sizes", 67, normal(1, 5, 67), normal(2, 67, 19)),
        matmul("one row", 33, normal(1, 1, 33), normal(2, 33, 18)),
        matmul("one column", 33, normal(1, 18, 33), normal(2, 33, 1)),
        matmul("outer product", 1, normal(1, 7, 1), normal(2, 1, 9)),
        matmul("one number", 1, normal(1, 1, 1), normal(2, 1, 1)),
        matmul("no rows", 1, normal(1, 0, 3), normal(2, 3, 4)),
        matmul("no inner size", 1, normal(1, 3, 0), normal(2, 0, 4)),
        matmul("batch", 5, normal(1, 3, 4, 5), normal(2, 3, 5, 6)),
        matmul("batch by one", 5, normal(1, 3, 4, 5), normal(2, 5, 6)),
        matmul("one by batch", 5, normal(1, 4, 5), normal(2, 3, 5, 6)),
        matmul("batches that broadcast", 5, normal(1, 2, 1, 4, 5), normal(2, 3, 5, 2)),
        matmul("batch by a batch of one", 12, normal(1, 3, 4, 5), normal(2, 1, 5, 6)),
        matmul("matrix by a deeper batch of one", 5, normal(1, 4, 5), normal(2, 1, 1, 5, 6)),
        matmul("batch by vector", 12, normal(1, 3, 4, 5), normal(2, 5)),
        matmul("batch by a deeper batch", 12, normal(1, 3, 4, 5), normal(2, 1, 3, 5, 6)),
        matmul("deeper batch by a batch", 12, normal(1, 1, 3, 4, 5), normal(2, 3, 5, 6)),
        matmul("both repeated", 12, normal(1, 2, 1, 3, 4, 5), normal(2, 6, 1, 5, 2)),
        matmul("an empty batch by one", 1, normal(1, 0, 4, 5), normal(2, 5, 6)),
        matmul("larger than a tile", 300, normal(1, 70, 300), normal(2, 300, 50)).noGradient(),
        OpCase.of(
                "first transposed",
                MatrixProduct.class,
                t -> t[0].transpose().matmul(t[1]),
                normal(1, 9, 5),
                normal(2, 9, 4))
            .terms(9),
        OpCase.of(
                "second transposed",
                MatrixProduct.class,
                t -> t[0].matmul(t[1].transpose()),
                normal(1, 5, 9),
                normal(2, 4, 9))
            .terms(9),
        OpCase.of(
                "with itself",
                MatrixProduct.class,
                t -> t[0].matmul(t[0].transpose()),
                normal(1, 5, 9))
            .terms(9),
        OpCase.of(
                "I64",
                MatrixProduct.class,
                t -> t[0].matmul(t[1]),
                integers(DType.I64, 1, 3, 4),
                integers(DType.I64, 2, 4, 5))
            .exact()
            .noGradient(),
        OpCase.of(
                "I32 batches that broadcast",
                MatrixProduct.class,
                t -> t[0].matmul(t[1]),
                integers(DType.I32, 1, 2, 1, 3, 4),
                integers(DType.I32, 2, 3, 4, 5))
            .exact()
            .noGradient(),
        OpCase.of(
                "a batch by one of BF16",
                MatrixProduct.class,
                t -> t[0].matmul(t[1].to(DType.BF16)),
                normal(1, 3, 5, 9),
                normal(2, 9, 70))
            .terms(9)
            .noGradient(),
        OpCase.of(
                "a second of BF16",
                MatrixProduct.class,
                t -> t[0].matmul(t[1].to(DType.BF16)),
                normal(1, 5, 9),
                normal(2, 9, 70))
            .terms(9)
            .noGradient(),
        OpCase.of(
                "a second of F16, transposed",
                MatrixProduct.class,
                t -> t[0].matmul(t[1].to(DType.F16).transpose()),
                normal(1, 5, 9),
                normal(2, 70, 9))
            .terms(9)
            .noGradient(),
        linear("with bias", 33, normal(1, 7, 33), normal(2, 18, 33), normal(3, 18)),
        linear("without bias", 33, normal(1, 7, 33), normal(2, 18, 33)),
        linear("of a vector", 5, normal(1, 5), normal(2, 3, 5), normal(3, 3)),
        linear("of a batch", 5, normal(1, 2, 4, 5), normal(2, 3, 5), normal(3, 3)),
        linear("one row", 40, normal(1, 1, 40), normal(2, 20, 40), normal(3, 20)),
        linear("no rows", 5, normal(1, 0, 5), normal(2, 3, 5), normal(3, 3)),
        OpCase.of(
                "a weight used twice",
                Linear.class,
                t -> t[0].linear(t[1], null).tanh().linear(t[1], null),
                normal(1, 4, 6),
                normal(2, 6, 6))
            .terms(36));
  }

  private static OpCase matmul(String name, int inner, Input a, Input b) {
    return OpCase.of(name, MatrixProduct.class, t -> t[0].matmul(t[1]), a, b).terms(inner);
  }

  private static OpCase linear(String name, int inner, Input... inputs) {
    return OpCase.of(
            name, Linear.class, t -> t[0].linear(t[1], t.length == 3 ? t[2] : null), inputs)
        .terms(inner);
  }
}
