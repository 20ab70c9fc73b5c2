package org.espalier.benchmarks.peers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.espalier.io.json.Json;
import org.espalier.io.json.JsonObject;

/// A run: the machine and the rows.
///
/// @param machine what [org.espalier.benchmarks.Machine] says, and more
/// @param rows in the order they were measured
record Results(Map<String, Object> machine, List<Row> rows) {
  Results {
    machine = Map.copyOf(machine);
    rows = List.copyOf(rows);
  }

  /// Returns the machine, in a line.
  String machineLine() {
    return machine.getOrDefault("processor", "")
        + "; load "
        + machine.getOrDefault("load", "?")
        + " before, "
        + machine.getOrDefault("loadAfter", "?")
        + " after";
  }

  Map<String, Object> json() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("machine", new java.util.TreeMap<>(machine));
    all.put(
        "rows",
        rows.stream()
            .map(r -> {
              Map<String, Object> row = new LinkedHashMap<>(r.json());
              row.put("group", r.group());
              return row;
            })
            .toList());
    return all;
  }

  /// Reads a file that was written from [#json].
  static Results read(Path file) throws IOException {
    JsonObject all = Json.parseObject(file.toString(), Files.readString(file));
    JsonObject machine = all.object("machine");
    Map<String, Object> known = new LinkedHashMap<>();
    for (String key : List.of("processor", "load", "loadAfter", "when")) {
      known.put(key, machine.string(key));
    }
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < all.array("rows").size(); i++) {
      JsonObject r = all.array("rows").object(i);
      rows.add(
          new Row(
              r.string("group"),
              r.string("name"),
              r.integer("threads"),
              r.real("ours"),
              r.real("peer"),
              r.string("unit"),
              r.string("against"),
              r.real("difference", Double.NaN),
              r.real("waiting", Double.NaN)));
    }
    return new Results(known, rows);
  }
}
