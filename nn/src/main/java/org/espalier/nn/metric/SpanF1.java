package org.espalier.nn.metric;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;

/// F1 of finding whole spans, over all spans of all sentences (micro): a span counts as found only
/// with the same first token, the same last token and the same type.
///
/// Tags follow the convention of the CoNLL shared tasks' `conlleval` (Tjong Kim Sang, Buchholz
/// 2000): `O` is outside, `B-type` always opens a span, and `I-type` continues a span of its type
/// *or opens one* where there is none to continue (at the start, after `O`, after another type).
/// `B` and `I` without a type are the type "". Broken sequences are thereby spans too, never an
/// error.
public final class SpanF1 implements Metric {
  private record Tag(char kind, String type) {}

  /// A run of tokens with a type.
  ///
  /// @param start the first token
  /// @param end the token after the last
  /// @param type what follows `B-` and `I-`
  public record Span(int start, int end, String type) {}

  private final List<Tag> tags;
  private F1Counts counts = F1Counts.NONE;

  /// An empty metric.
  ///
  /// @param tagNames what the tag indices mean, such as `O`, `B`, `I` or `O`, `B-PER`, `I-PER` ...
  /// @throws IllegalArgumentException if a name is none of `O`, `B`, `I`, `B-...`, `I-...`
  public SpanF1(List<String> tagNames) {
    tags = tagNames.stream().map(SpanF1::parse).toList();
  }

  private static Tag parse(String name) {
    boolean typed = name.startsWith("B-") || name.startsWith("I-");
    if (!typed && !List.of("O", "B", "I").contains(name)) {
      throw new IllegalArgumentException(
          "tag '" + name + "' is not in the BIO scheme; expected O, B, I, B-type or I-type");
    }
    return new Tag(name.charAt(0), typed ? name.substring(2) : "");
  }

  /// Adds a sentence.
  ///
  /// @param labelled for each token the index of its tag
  /// @param predicted for each token the index of the tag that was predicted
  /// @return the counts of this sentence alone, which a paired bootstrap needs
  /// @throws IllegalArgumentException if the lengths differ
  /// @throws IndexOutOfBoundsException if an index is not a tag's
  public F1Counts add(int[] labelled, int[] predicted) {
    if (labelled.length != predicted.length) {
      throw new IllegalArgumentException(
          "a sentence of %d tags was predicted with %d; give one prediction a token"
              .formatted(labelled.length, predicted.length));
    }
    var wanted = new HashSet<>(spans(labelled));
    List<Span> found = spans(predicted);
    long right = found.stream().filter(wanted::contains).count();
    var sentence = new F1Counts(right, found.size() - right, wanted.size() - right);
    counts = counts.plus(sentence);
    return sentence;
  }

  /// The spans of a sentence in order.
  ///
  /// @param sentence for each token the index of its tag
  /// @throws IndexOutOfBoundsException if an index is not a tag's
  public List<Span> spans(int[] sentence) {
    var spans = new ArrayList<Span>();
    int start = -1;
    String type = "";
    for (int i = 0; i < sentence.length; i++) {
      Tag tag = tags.get(Objects.checkIndex(sentence[i], tags.size()));
      boolean continues = start >= 0 && tag.kind() == 'I' && tag.type().equals(type);
      if (continues) {
        continue;
      }
      if (start >= 0) {
        spans.add(new Span(start, i, type));
      }
      start = tag.kind() == 'O' ? -1 : i;
      type = tag.type();
    }
    if (start >= 0) {
      spans.add(new Span(start, sentence.length, type));
    }
    return spans;
  }

  /// True and false positives and false negatives so far.
  public F1Counts counts() {
    return counts;
  }

  @Override
  public String name() {
    return "span F1";
  }

  @Override
  public double value() {
    return counts.f1();
  }
}
