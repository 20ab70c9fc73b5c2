package org.espalier.io;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SortedMap;
import java.util.TreeMap;
import org.espalier.io.json.Json;
import org.espalier.io.json.JsonObject;

/// The index of a checkpoint in several files, as Hugging Face writes it:
/// `model.safetensors.index.json` says in `weight_map` which file holds each tensor.
///
/// The shards lie beside the index. A name with a folder in it is refused, so an index that came
/// from elsewhere opens nothing but its neighbours.
final class SafetensorsIndex {
  /// How the name of an index ends.
  static final String ENDING = ".json";

  static final String WEIGHT_MAP = "weight_map";

  private SafetensorsIndex() {}

  /// Opens the shards, by their names in ascending order.
  ///
  /// @throws FormatException when the index is malformed, a shard is missing or damaged, or a shard
  ///   holds other tensors than the index says
  static SequencedMap<String, SafetensorsFile> open(Path index) {
    var source = index.toString();
    var places = places(Json.readObject(index));
    var shards = new LinkedHashMap<String, SafetensorsFile>();
    for (var shard : byShard(places).entrySet()) {
      var name = shard.getKey();
      var file = index.resolveSibling(name);
      if (!Files.isRegularFile(file)) {
        throw new FormatException(
            source,
            "the shard %s, which holds %d of its %d tensors, is not there; download it again"
                .formatted(name, shard.getValue(), places.size()));
      }
      shards.put(name, SafetensorsFile.open(file));
    }
    check(source, places, shards);
    return shards;
  }

  /// The shard of each tensor.
  private static Map<String, String> places(JsonObject json) {
    var map = json.object(WEIGHT_MAP);
    var places = new LinkedHashMap<String, String>();
    for (var tensor : map.keys()) {
      var shard = map.string(tensor);
      if (!isPlainName(shard)) {
        throw map.fault(
            "the file \"%s\" of \"%s\" does not lie beside the index; expected the bare name of a"
                    .formatted(shard, tensor)
                + " file");
      }
      places.put(tensor, shard);
    }
    if (places.isEmpty()) throw map.fault("the index names no tensors");
    return places;
  }

  private static boolean isPlainName(String name) {
    if (name.isEmpty() || name.equals(".") || name.equals("..")) return false;
    if (name.indexOf('/') >= 0 || name.indexOf('\\') >= 0 || name.indexOf(':') >= 0) return false;
    try {
      var path = Path.of(name);
      return !path.isAbsolute() && path.getNameCount() == 1;
    } catch (InvalidPathException _) {
      return false;
    }
  }

  /// How many tensors the index says each shard has.
  private static SortedMap<String, Integer> byShard(Map<String, String> places) {
    var counts = new TreeMap<String, Integer>();
    for (var shard : places.values()) counts.merge(shard, 1, Integer::sum);
    return counts;
  }

  private static void check(
      String source, Map<String, String> places, SequencedMap<String, SafetensorsFile> shards) {
    for (var shard : shards.entrySet()) {
      for (var tensor : shard.getValue().entries().keySet()) {
        var place = places.get(tensor);
        if (place == null) {
          throw new FormatException(
              source,
              "%s holds %s, which the index does not name".formatted(shard.getKey(), tensor));
        }
        if (!place.equals(shard.getKey())) {
          throw new FormatException(
              source,
              "%s holds %s, which the index places in %s".formatted(shard.getKey(), tensor, place));
        }
      }
    }
    places.forEach((tensor, shard) -> {
      var file = shards.get(shard);
      if (file == null || !file.entries().containsKey(tensor)) {
        throw new FormatException(
            source, "%s has no tensor %s, although the index says so".formatted(shard, tensor));
      }
    });
  }
}
