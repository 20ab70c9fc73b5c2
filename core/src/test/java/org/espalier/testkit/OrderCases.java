package org.espalier.testkit;

import static org.espalier.testkit.Input.integers;
import static org.espalier.testkit.Input.normal;
import static org.espalier.testkit.Input.reals;

import java.util.ArrayList;
import java.util.List;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.op.ArgSort;
import org.espalier.op.CumSum;
import org.espalier.op.Gather;

/// Cases of running sums and of orders along an axis.
final class OrderCases {
  private static final double INFINITY = Double.POSITIVE_INFINITY;

  private OrderCases() {}

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    cumulate(cases);
    orders(cases);
    return cases;
  }

  private static void cumulate(List<OpCase> cases) {
    for (int axis : new int[] {0, 1, -1}) {
      for (boolean reverse : new boolean[] {false, true}) {
        String name = " along " + axis + (reverse ? " reversed" : "");
        cumulate(cases, "three axes" + name, axis, reverse, 4, normal(1, 2, 3, 4));
        cumulate(cases, "lanes that fill vectors" + name, axis, reverse, 67, normal(2, 5, 67));
        cumulate(cases, "I32" + name, axis, reverse, 1, integers(DType.I32, 3, 5, 7));
        cumulate(cases, "I64" + name, axis, reverse, 1, integers(DType.I64, 3, 5, 7));
      }
    }
    cumulate(cases, "more lanes than a stripe", 0, false, 3, normal(4, 3, 150));
    cumulate(cases, "one number", 0, false, 1, normal(5, 1));
    cumulate(cases, "nothing along", 1, false, 1, normal(6, 3, 0));
    cumulate(cases, "nothing beside", 1, false, 1, normal(6, 0, 3));
    Input special = reals(Shape.of(6), 1, INFINITY, 2, -INFINITY, 3, Double.NaN);
    cases.add(
        OpCase.of("infinities and NaN", CumSum.class, t -> t[0].cumsum(0), special).noGradient());
    cases.add(
        OpCase.of("squared", CumSum.class, t -> t[0].cumsum(-1).square(), normal(7, 3, 5))
            .terms(25));
  }

  private static void cumulate(
      List<OpCase> cases, String name, int axis, boolean reverse, int terms, Input x) {
    OpCase c =
        OpCase.of(name, CumSum.class, t -> CumSum.apply(t[0], axis, reverse), x).terms(terms);
    cases.add(x.isReal() ? c : c.exact().noGradient());
  }

  private static void orders(List<OpCase> cases) {
    Input special =
        reals(Shape.of(2, 6), 1, Double.NaN, -0.0, INFINITY, 0, -INFINITY, 7, 7, 7, 7, 7, 7);
    for (boolean descending : new boolean[] {false, true}) {
      String name = descending ? " descending" : "";
      order(cases, "last axis" + name, -1, descending, normal(1, 5, 67));
      order(cases, "first axis" + name, 0, descending, normal(1, 67, 5));
      order(cases, "middle axis" + name, 1, descending, normal(1, 2, 3, 4));
      order(cases, "NaN, infinities, zeros and ties" + name, 1, descending, special);
      order(cases, "many ties" + name, 0, descending, normal(2, 130).map(Math::rint));
      order(cases, "nothing along" + name, 1, descending, normal(2, 3, 0));
      order(cases, "nothing beside" + name, 1, descending, normal(2, 0, 3));
      for (DType dtype : new DType[] {DType.I32, DType.I64, DType.BOOL}) {
        order(cases, dtype + name, 0, descending, integers(dtype, 3, 130, 2));
      }
      cases.add(
          OpCase.of(
                  "sorted" + name,
                  Gather.class,
                  t -> t[0].sort(1, descending).values(),
                  normal(4, 3, 11))
              .exact());
      cases.add(
          OpCase.of(
                  "best" + name,
                  Gather.class,
                  t -> t[0].topK(2, 0, descending).values().square(),
                  normal(5, 40, 3))
              .terms(1));
      cases.add(
          OpCase.of(
                  "places of the best" + name,
                  ArgSort.class,
                  t -> t[0].topK(3, -1, descending).indices(),
                  normal(6, 3, 90).map(Math::rint))
              .exact()
              .noGradient());
    }
    order(cases, "one number", 0, false, normal(2, 1));
    cases.add(
        OpCase.of("best of none", Gather.class, t -> t[0].topK(0).values(), normal(7, 3, 4))
            .exact());
  }

  private static void order(
      List<OpCase> cases, String name, int axis, boolean descending, Input x) {
    cases.add(
        OpCase.of(name, ArgSort.class, t -> t[0].argSort(axis, descending), x)
            .exact()
            .noGradient());
  }
}
