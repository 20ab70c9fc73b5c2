package org.espalier.io.json;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// Where a container stands in its text: under a key or an index of another container, or at the
/// root, which knows the source. The words are put together only when an error needs them.
final class Location {
  private final @Nullable Location parent;
  private final @Nullable String name;
  private final int index;

  private Location(@Nullable Location parent, @Nullable String name, int index) {
    this.parent = parent;
    this.name = name;
    this.index = index;
  }

  static Location root(String source) {
    return new Location(null, source, 0);
  }

  Location key(String key) {
    return new Location(this, key, 0);
  }

  Location index(int at) {
    return new Location(this, null, at);
  }

  String source() {
    Location at = this;
    while (at.parent != null) at = at.parent;
    return String.valueOf(at.name);
  }

  /// The steps joined, as in `model.vocab` or `added_tokens[3].id`; empty for the root.
  String path() {
    var steps = new ArrayDeque<String>();
    for (Location at = this; at.parent != null; at = at.parent) {
      steps.addFirst(at.name == null ? "[" + at.index + "]" : "." + at.name);
    }
    var joined = String.join("", steps);
    return joined.startsWith(".") ? joined.substring(1) : joined;
  }
}
