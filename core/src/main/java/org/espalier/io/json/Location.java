package org.espalier.io.json;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// Where a container stands in its text: the source, and the steps from the root.
record Location(String source, @Nullable Location parent, String step) {

  static Location root(String source) {
    return new Location(source, null, "");
  }

  Location key(String key) {
    return new Location(source, this, "." + key);
  }

  Location index(int index) {
    return new Location(source, this, "[" + index + "]");
  }

  /// The steps joined, as in `model.vocab` or `added_tokens[3].id`; empty for the root.
  String path() {
    var steps = new ArrayDeque<String>();
    for (Location at = this; at != null; at = at.parent) steps.addFirst(at.step);
    var joined = String.join("", steps);
    return joined.startsWith(".") ? joined.substring(1) : joined;
  }
}
