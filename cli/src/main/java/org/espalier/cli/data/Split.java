package org.espalier.cli.data;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Which part a group belongs to, and which examples a draw takes: both from hashes that are
/// spelled out here, so that no library's change of heart can move an example.
final class Split {
  private static final int PARTS = 10;

  private Split() {}

  /// Whether the group is for validation: one group in ten is, by the hash of its id alone.
  static boolean isValidation(String group) {
    return Long.remainderUnsigned(hash(group), PARTS) == 0;
  }

  /// FNV-1a with 64 bits over the UTF-8 bytes (Fowler, Noll, Vo), finished by [#mix] because the
  /// low bits of FNV alone are weak for short texts.
  static long hash(String text) {
    long h = 0xcbf29ce484222325L;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      h = (h ^ (b & 0xff)) * 0x100000001b3L;
    }
    return mix(h);
  }

  /// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection in which every bit depends
  /// on every other.
  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /// At most `count` of the examples without replacement, in a shuffled order: example i is ranked
  /// by `mix(mix(seed) + i * odd)`.
  static <E> List<E> draw(List<E> examples, int count, long seed) {
    if (count < 0) {
      throw new IllegalArgumentException(
          "asked for " + count + " examples; give a count of 0 or more");
    }
    long start = mix(seed);
    record Ranked(long rank, int index) {}
    var ranked = new ArrayList<Ranked>(examples.size());
    for (int i = 0; i < examples.size(); i++) {
      ranked.add(new Ranked(mix(start + i * 0x9e3779b97f4a7c15L), i));
    }
    ranked.sort(Comparator.comparingLong(Ranked::rank));
    return ranked.stream().limit(count).map(r -> examples.get(r.index())).toList();
  }
}
