package org.espalier.io;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.espalier.io.json.Json;
import org.espalier.io.json.JsonValue;

/// The files of a checkpoint in several: `model-00001-of-00003.safetensors` and so on for
/// `model.safetensors`, and the index that lists them.
///
/// @param index the index
/// @param stem what the names of all shards begin with
/// @param ending what they end with
record ShardSeries(Path index, String stem, String ending) {

  /// The series of a file's name.
  static ShardSeries of(Path file) {
    var name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.') < 0 ? name.length() : name.lastIndexOf('.');
    var index = file.resolveSibling(name + ".index" + SafetensorsIndex.ENDING);
    return new ShardSeries(index, name.substring(0, dot), name.substring(dot));
  }

  /// The names of `count` shards.
  List<String> names(int count) {
    var names = new ArrayList<String>(count);
    for (int i = 1; i <= count; i++) {
      names.add(String.format(Locale.ROOT, "%s-%05d-of-%05d%s", stem, i, count, ending));
    }
    return names;
  }

  /// The shards that the index on disk names: files of this series only, whatever else it says. An
  /// index that cannot be read names none.
  Set<String> indexed() {
    var names = new LinkedHashSet<String>();
    if (!Files.isRegularFile(index)) return names;
    var ours =
        Pattern.compile(Pattern.quote(stem) + "-[0-9]{5,9}-of-[0-9]{5,9}" + Pattern.quote(ending));
    try {
      for (var shard :
          Json.readObject(index).object(SafetensorsIndex.WEIGHT_MAP).members().values()) {
        if (shard instanceof JsonValue.Text(var name) && ours.matcher(name).matches()) {
          names.add(name);
        }
      }
    } catch (FormatException _) {
      names.clear();
    }
    return names;
  }
}
