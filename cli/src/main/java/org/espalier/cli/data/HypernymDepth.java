package org.espalier.cli.data;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How deep each noun lies below a root: the number of hypernym links, instance links included, on
/// the shortest path up to a synset that has no hypernym (`entity` in WordNet 3.1).
final class HypernymDepth {
  private HypernymDepth() {}

  /// The depth by offset, found breadth first from the roots down. A synset that reaches no root (a
  /// cycle in a broken file) is absent.
  static Map<Integer, Integer> of(List<Synset> nouns) {
    var below = new HashMap<Integer, List<Integer>>();
    var depth = new HashMap<Integer, Integer>();
    var queue = new ArrayDeque<Integer>();
    for (Synset noun : nouns) {
      if (noun.hypernyms().isEmpty()) {
        depth.put(noun.offset(), 0);
        queue.add(noun.offset());
      }
      for (int hypernym : noun.hypernyms()) {
        below.computeIfAbsent(hypernym, k -> new ArrayList<>()).add(noun.offset());
      }
    }
    while (!queue.isEmpty()) {
      Integer above = queue.remove();
      int next = depth.getOrDefault(above, 0) + 1;
      for (Integer offset : below.getOrDefault(above, List.of())) {
        if (depth.putIfAbsent(offset, next) == null) {
          queue.add(offset);
        }
      }
    }
    return depth;
  }
}
