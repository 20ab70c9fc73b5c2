package org.espalier.testkit;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// The one table of op cases.
public final class OpCases {
  private OpCases() {}

  private record Table(String name, Supplier<List<OpCase>> cases) {}

  private static final List<Table> TABLES =
      List.of(
          new Table("ElementwiseCases", ElementwiseCases::all),
          new Table("FunctionCases", FunctionCases::all),
          new Table("IntegerCases", IntegerCases::all),
          new Table("ShapeCases", ShapeCases::all),
          new Table("ViewCases", ViewCases::all),
          new Table("JoinCases", JoinCases::all),
          new Table("ReductionCases", ReductionCases::all),
          new Table("ProductCases", ProductCases::all),
          new Table("RowCases", RowCases::all),
          new Table("IndexCases", IndexCases::all),
          new Table("EinsumCases", EinsumCases::all),
          new Table("NormCases", NormCases::all),
          new Table("ConvolutionCases", ConvolutionCases::all),
          new Table("OrderCases", OrderCases::all),
          new Table("AlongCases", AlongCases::all),
          new Table("LossCases", LossCases::all),
          new Table("AttentionCases", AttentionCases::all));

  /// Returns every case of every op.
  public static List<OpCase> all() {
    return TABLES.stream().flatMap(t -> t.cases.get().stream()).toList();
  }

  /// Returns the cases of the ops with these simple names.
  ///
  /// @param tables the names of the tables to look into, of [#tablesOf]: to make all takes a fresh
  ///   JVM most of a second. None for all
  static List<OpCase> of(Set<String> ops, Set<String> tables) {
    return TABLES.stream()
        .filter(t -> tables.isEmpty() || tables.contains(t.name))
        .flatMap(t -> t.cases.get().stream())
        .filter(c -> ops.contains(c.op().getSimpleName()))
        .toList();
  }

  /// Returns the names of the tables that have a case of one of the ops with these simple names.
  static Set<String> tablesOf(Set<String> ops) {
    return TABLES.stream()
        .filter(t -> t.cases.get().stream().anyMatch(c -> ops.contains(c.op().getSimpleName())))
        .map(Table::name)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
