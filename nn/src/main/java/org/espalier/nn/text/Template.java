package org.espalier.nn.text;

import java.util.List;

/// The order in which special tokens and texts make up what the model reads, as in `[CLS] A [SEP] B
/// [SEP]`.
record Template(List<Step> single, List<Step> pair) {

  /// No special tokens: one text after the other.
  static final Template PLAIN =
      new Template(List.of(new Step.Text(0, 0)), List.of(new Step.Text(0, 0), new Step.Text(1, 1)));

  Template {
    single = List.copyOf(single);
    pair = List.copyOf(pair);
  }

  /// A part of what the model reads.
  sealed interface Step {
    /// A special token in a segment.
    record Special(int id, int segment) implements Step {}

    /// The first text (0) or the second (1), in a segment.
    record Text(int index, int segment) implements Step {}
  }

  /// How many special tokens a list of steps adds.
  static int specials(List<Step> steps) {
    return (int) steps.stream().filter(step -> step instanceof Step.Special).count();
  }

  /// Puts the first `counts[i]` pieces of each text in their places.
  static Pieces apply(List<Step> steps, List<Pieces> texts, int[] counts) {
    int total = specials(steps);
    for (int count : counts) total += count;
    var out = new Pieces(total);
    for (var step : steps) {
      switch (step) {
        case Step.Special(int id, int segment) -> out.addSpecial(id, segment);
        case Step.Text(int index, int segment) ->
            out.addAll(texts.get(index), counts[index], segment);
      }
    }
    return out;
  }
}
