package org.espalier.nn.text;

/// Brings text into the form a vocabulary was made of.
sealed interface Normalizer permits BertNormalizer, Normalizer.None {

  /// Appends the normal form of `text[from, to)` to `out`, aligned with the original.
  void normalize(String text, int from, int to, AlignedText out);

  /// Leaves text as it is.
  enum None implements Normalizer {
    /// The only one.
    NONE;

    @Override
    public void normalize(String text, int from, int to, AlignedText out) {
      out.addAll(text, from, to);
    }
  }
}
