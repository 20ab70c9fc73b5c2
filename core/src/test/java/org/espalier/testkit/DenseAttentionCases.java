package org.espalier.testkit;

import static org.espalier.testkit.Input.normal;

import java.util.List;
import java.util.function.UnaryOperator;
import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.op.Attention;
import org.espalier.op.ScaledDotProduct;

/// Cases of attention of dense tensors.
final class DenseAttentionCases {
  private DenseAttentionCases() {}

  static List<OpCase> all() {
    Input wide = Input.integers(DType.BOOL, 4, 2, 2, 4, 5);
    Input byKey = Input.integers(DType.BOOL, 5, 2, 1, 1, 5);
    Input byPlace = Input.integers(DType.BOOL, 6, 4, 5);
    int[] queries = {4, 2};
    int[] keys = {3, 5};
    return List.of(
        dense("dense", 2, s -> s),
        dense("dense shared heads", 1, s -> s.scale(0.4)),
        dense("dense causal", 2, s -> s.causal()),
        dense("dense window dropout", 1, s -> s.window(2).dropout(0.25, 3, 1)),
        dense("dense lengths", 2, s -> s.lengths(queries, keys)),
        dense("dense lengths of nothing", 1, s -> s.lengths(0, 0)),
        dense("dense causal lengths", 1, s -> s.lengths(queries, keys).causal()),
        dense("dense prefixes", 1, s -> s.causal().prefixes(3, 0)),
        dense("dense prefixes lengths", 2, s -> s.lengths(queries, keys).causal().prefixes(2, 5)),
        dense("dense scale 0", 2, s -> s.scale(0)),
        dense("dense negative scale", 1, s -> s.scale(-0.7).causal()),
        values("dense wide values", 7),
        values("dense narrow values", 2),
        masked("dense mask", 1, wide, s -> s),
        masked("dense causal mask", 2, wide, s -> s.causal().dropout(0.25, 3, 1)),
        masked("dense mask by key", 2, byKey, s -> s.causal()),
        masked("dense mask by place", 1, byPlace, s -> s),
        masked("dense mask lengths", 1, byPlace, s -> s.lengths(queries, keys)),
        masked("dense all", 1, wide, s -> s.lengths(queries, keys).causal().window(2)),
        OpCase.of(
                "dense columns of rows",
                Attention.class,
                t ->
                    ScaledDotProduct.of(heads(t[0]), heads(t[1]), heads(t[2]))
                        .causal()
                        .apply()
                        .permute(0, 2, 1, 3),
                normal(1, 2, 3, 2, 4),
                normal(2, 2, 3, 1, 4),
                normal(3, 2, 3, 1, 4))
            .terms(16));
  }

  private static Tensor heads(Tensor x) {
    return x.permute(0, 2, 1, 3);
  }

  private static OpCase dense(String name, int kvHeads, UnaryOperator<ScaledDotProduct> settings) {
    return OpCase.of(
            name,
            Attention.class,
            t -> settings.apply(ScaledDotProduct.of(t[0], t[1], t[2])).apply(),
            normal(1, 2, 2, 4, 3),
            normal(2, 2, kvHeads, 5, 3),
            normal(3, 2, kvHeads, 5, 3))
        .terms(16);
  }

  private static OpCase values(String name, int valueDim) {
    return OpCase.of(
            name,
            Attention.class,
            t -> ScaledDotProduct.of(t[0], t[1], t[2]).causal().apply(),
            normal(1, 2, 2, 4, 3),
            normal(2, 2, 1, 5, 3),
            normal(3, 2, 1, 5, valueDim))
        .terms(16);
  }

  private static OpCase masked(
      String name, int kvHeads, Input mask, UnaryOperator<ScaledDotProduct> settings) {
    return OpCase.of(
            name,
            Attention.class,
            t -> settings.apply(ScaledDotProduct.of(t[0], t[1], t[2]).mask(t[3])).apply(),
            normal(1, 2, 2, 4, 3),
            normal(2, 2, kvHeads, 5, 3),
            normal(3, 2, kvHeads, 5, 3),
            mask)
        .terms(16);
  }
}
