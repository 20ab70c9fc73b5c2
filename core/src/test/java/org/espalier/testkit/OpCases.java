package org.espalier.testkit;

import java.util.List;
import java.util.stream.Stream;

/// The one table of op cases.
public final class OpCases {
  private OpCases() {}

  /// Returns every case of every op.
  public static List<OpCase> all() {
    return Stream.of(
            ElementwiseCases.all(),
            FunctionCases.all(),
            IntegerCases.all(),
            ShapeCases.all(),
            ViewCases.all(),
            JoinCases.all(),
            ReductionCases.all(),
            ProductCases.all(),
            RowCases.all(),
            IndexCases.all(),
            EinsumCases.all(),
            NormCases.all(),
            ConvolutionCases.all(),
            OrderCases.all(),
            AlongCases.all(),
            LossCases.all(),
            AttentionCases.all())
        .flatMap(List::stream)
        .toList();
  }
}
