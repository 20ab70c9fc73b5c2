package org.espalier.testkit;

import static org.espalier.testkit.Input.integers;
import static org.espalier.testkit.Input.ints;
import static org.espalier.testkit.Input.normal;
import static org.espalier.testkit.Input.places;
import static org.espalier.testkit.Input.reals;

import java.util.ArrayList;
import java.util.List;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.op.Gather;
import org.espalier.op.IndexAdd;
import org.espalier.op.Scatter;
import org.espalier.op.ScatterAlong;
import org.espalier.op.ScatterReduce;
import org.espalier.op.ScatterReduce.Kind;
import org.espalier.op.ScatterReduceAlong;
import org.espalier.op.SegmentMax;
import org.espalier.op.SegmentSum;

/// Cases of gather and scatter along an axis, and of reductions by destination.
final class AlongCases {
  private AlongCases() {}

  static List<OpCase> all() {
    List<OpCase> cases = new ArrayList<>();
    for (DType index : new DType[] {DType.I32, DType.I64}) {
      String by = " by " + index;
      gather(cases, "last axis" + by, 1, normal(1, 5, 67), places(index, 67, 5, 9));
      gather(cases, "first axis" + by, 0, normal(1, 5, 67), places(index, 5, 8, 67));
      gather(cases, "middle axis" + by, 1, normal(1, 2, 3, 4), places(index, 3, 2, 5, 4));
      scatter(cases, "last axis" + by, 1, normal(2, 5, 67), places(index, 67, 5, 9));
      scatter(cases, "first axis" + by, 0, normal(2, 5, 67), places(index, 5, 8, 67));
      scatter(cases, "middle axis" + by, 1, normal(2, 2, 3, 4), places(index, 3, 2, 5, 4));
    }
    gather(cases, "a part of the lanes", 0, normal(1, 5, 7), places(DType.I32, 5, 3, 4));
    scatter(cases, "a part of the lanes", 0, normal(1, 5, 7), places(DType.I32, 5, 3, 4));
    gather(cases, "none", 1, normal(1, 3, 4), places(DType.I32, 4, 3, 0));
    scatter(cases, "none", 1, normal(1, 3, 4), places(DType.I32, 4, 3, 0));
    gather(cases, "a vector", 0, normal(1, 9), places(DType.I64, 9, 30));
    scatter(cases, "a vector", 0, normal(1, 9), places(DType.I64, 9, 30));
    for (DType dtype : new DType[] {DType.I32, DType.I64, DType.BOOL}) {
      Input x = integers(dtype, 3, 4, 6);
      gather(cases, "of " + dtype, 0, x, places(DType.I64, 4, 3, 6));
      if (dtype != DType.BOOL) {
        cases.add(
            OpCase.of(
                    "of " + dtype,
                    ScatterAlong.class,
                    t -> t[0].scatterAdd(0, t[1], t[2]),
                    x,
                    places(DType.I64, 4, 3, 6),
                    integers(dtype, 4, 3, 6))
                .exact()
                .noGradient());
      }
    }
    reductions(cases);
    segments(cases);
    byPlace(cases);
    return cases;
  }

  /// Assignments and reductions by place; of the indices, some are repeated.
  private static void byPlace(List<OpCase> cases) {
    for (DType index : new DType[] {DType.I32, DType.I64}) {
      String by = " by " + index;
      assign(cases, "last axis" + by, 1, normal(2, 5, 67), places(index, 67, 5, 9));
      assign(cases, "middle axis" + by, 1, normal(2, 2, 3, 4), places(index, 3, 2, 5, 4));
    }
    assign(cases, "a part of the lanes", 0, normal(1, 5, 7), places(DType.I32, 5, 3, 4));
    assign(cases, "none", 1, normal(1, 3, 4), places(DType.I32, 4, 3, 0));
    cases.add(
        OpCase.of(
                "of BOOL",
                Scatter.class,
                t -> t[0].scatter(0, t[1], t[2]),
                integers(DType.BOOL, 3, 4, 6),
                places(DType.I64, 4, 3, 6),
                integers(DType.BOOL, 4, 3, 6))
            .exact()
            .noGradient());
    for (Kind kind : Kind.values()) {
      for (boolean self : new boolean[] {true, false}) {
        String name = kind + (self ? " with" : " without") + " self";
        reduceAlong(cases, name, kind, 0, self, normal(3, 4, 5), places(DType.I64, 4, 6, 5));
        reduceAlong(
            cases, name + " of lanes", kind, 1, self, normal(3, 4, 5), places(DType.I32, 5, 2, 7));
      }
    }
    reduceAlong(cases, "none", Kind.MAX, 1, true, normal(1, 3, 4), places(DType.I32, 4, 3, 0));
  }

  private static void assign(List<OpCase> cases, String name, int axis, Input x, Input indices) {
    cases.add(
        OpCase.of(
                name,
                Scatter.class,
                t -> t[0].scatter(axis, t[1], t[2]),
                x,
                indices,
                normal(9, indices.sizes()))
            .exact());
  }

  private static void reduceAlong(
      List<OpCase> cases, String name, Kind kind, int axis, boolean self, Input x, Input indices) {
    cases.add(
        OpCase.of(
                name,
                ScatterReduceAlong.class,
                t -> t[0].scatterReduce(kind, axis, t[1], t[2], self),
                x,
                indices,
                normal(9, indices.sizes()))
            .terms(8));
  }

  private static void gather(List<OpCase> cases, String name, int axis, Input x, Input indices) {
    OpCase c = OpCase.of(name, Gather.class, t -> t[0].gather(axis, t[1]), x, indices).exact();
    cases.add(x.isReal() ? c : c.noGradient());
  }

  private static void scatter(List<OpCase> cases, String name, int axis, Input x, Input indices) {
    cases.add(
        OpCase.of(
                name,
                ScatterAlong.class,
                t -> t[0].scatterAdd(axis, t[1], t[2]),
                x,
                indices,
                normal(9, indices.sizes()))
            .terms(8));
  }

  private static void reductions(List<OpCase> cases) {
    Input repeated = ints(4, 0, 4, 4, 2, 0);
    for (Kind kind : Kind.values()) {
      reduce(cases, kind, "rows", normal(1, 6, 19), repeated, 5);
      reduce(cases, kind, "elements", normal(1, 6), repeated, 5);
      reduce(cases, kind, "blocks", normal(1, 6, 2, 3), repeated, 6);
      reduce(cases, kind, "none", normal(1, 0, 2), ints(), 3);
      if (kind != Kind.MEAN) {
        reduce(cases, kind, "I32", integers(DType.I32, 1, 6, 2), repeated, 5);
        reduce(cases, kind, "I64", integers(DType.I64, 1, 6, 2), repeated, 5);
      }
    }
    reduce(
        cases,
        Kind.PROD,
        "many of one row",
        normal(2, 11, 3),
        ints(1, 1, 0, 1, 1, 1, 3, 1, 1, 0, 1),
        4);
    reduce(cases, Kind.PROD, "rows by I64", normal(1, 6, 19), places(DType.I64, 5, 6), 5);
    Input zeros = reals(Shape.of(7), 0, 3, 0, 2, 5, 0, 4);
    reduce(cases, Kind.PROD, "no, one and two zeros", zeros, ints(0, 0, 1, 2, 2, 1, 1), 3);
    Input ties = reals(Shape.of(6), 3, Double.NaN, 3, 1, -0.0, 0);
    for (Kind kind : new Kind[] {Kind.MAX, Kind.MIN}) {
      cases.add(
          OpCase.of(
                  kind + " NaN and ties",
                  ScatterReduce.class,
                  t -> t[0].scatterReduce(kind, t[1], 3),
                  ties,
                  ints(0, 1, 0, 1, 2, 2))
              .exact()
              .noGradient());
    }
  }

  private static void reduce(
      List<OpCase> cases, Kind kind, String name, Input x, Input indices, int rows) {
    OpCase c =
        OpCase.of(
                kind + " " + name,
                kind == Kind.SUM || kind == Kind.MEAN ? IndexAdd.class : ScatterReduce.class,
                t -> t[0].scatterReduce(kind, t[1], rows),
                x,
                indices)
            .terms(4);
    cases.add(x.isReal() ? c : c.exact().noGradient());
  }

  private static void segments(List<OpCase> cases) {
    Input x = normal(1, 6, 19);
    for (Input offsets : new Input[] {ints(0, 2, 3, 6), ints(0, 0, 3, 3, 6, 6), ints(1, 4, 5)}) {
      String name = " of segments up to " + offsets.lastInt() + " from " + offsets.sizes()[0];
      cases.add(
          OpCase.of("sum" + name, SegmentSum.class, t -> t[0].segmentSum(t[1]), x, offsets)
              .terms(6));
      cases.add(
          OpCase.of("max" + name, SegmentMax.class, t -> t[0].segmentMax(t[1]), x, offsets)
              .exact());
    }
    cases.add(
        OpCase.of("no segment", SegmentMax.class, t -> t[0].segmentMax(t[1]), x, ints(0)).exact());
    cases.add(
        OpCase.of(
                "I32 segments",
                SegmentMax.class,
                t -> t[0].segmentMax(t[1]),
                integers(DType.I32, 1, 6, 3),
                ints(0, 2, 6))
            .exact()
            .noGradient());
  }
}
