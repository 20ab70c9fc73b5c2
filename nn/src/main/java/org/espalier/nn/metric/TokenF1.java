package org.espalier.nn.metric;

/// F1 of finding the tokens that carry a tag at all, over all tokens of all sentences (micro).
///
/// The positive class is *any tag but the outside tag*: a token is a true positive when label and
/// prediction are both inside, even if one says `B` and the other `I`; a false positive when only
/// the prediction is inside; a false negative when only the label is. Which tag, and where a span
/// starts, is [SpanF1]'s question.
public final class TokenF1 implements Metric {
  private final int outside;
  private F1Counts counts = F1Counts.NONE;

  /// An empty metric.
  ///
  /// @param outside the index of the tag `O`
  public TokenF1(int outside) {
    this.outside = outside;
  }

  /// Adds a sentence.
  ///
  /// @param tags for each token the index of its tag
  /// @param predicted for each token the index of the tag that was predicted
  /// @return the counts of this sentence alone, which a paired bootstrap needs
  /// @throws IllegalArgumentException if the lengths differ
  public F1Counts add(int[] tags, int[] predicted) {
    if (tags.length != predicted.length) {
      throw new IllegalArgumentException(
          "a sentence of %d tags was predicted with %d; give one prediction a token"
              .formatted(tags.length, predicted.length));
    }
    int both = 0;
    int onlyPredicted = 0;
    int onlyTagged = 0;
    for (int i = 0; i < tags.length; i++) {
      boolean inside = tags[i] != outside;
      boolean found = predicted[i] != outside;
      if (inside && found) {
        both++;
      } else if (found) {
        onlyPredicted++;
      } else if (inside) {
        onlyTagged++;
      }
    }
    var sentence = new F1Counts(both, onlyPredicted, onlyTagged);
    counts = counts.plus(sentence);
    return sentence;
  }

  /// True and false positives and false negatives so far.
  public F1Counts counts() {
    return counts;
  }

  @Override
  public String name() {
    return "token F1";
  }

  @Override
  public double value() {
    return counts.f1();
  }
}
