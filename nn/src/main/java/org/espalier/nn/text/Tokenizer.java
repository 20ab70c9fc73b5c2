package org.espalier.nn.text;

import java.util.List;
import java.util.OptionalInt;

/// Turns text into the token ids a model was trained on, and back.
///
/// ```java
/// Tokenizer tokenizer = TokenizerFile.read(Path.of("tokenizer.json"));
/// int[] ids = tokenizer.encode("That is a happy person", 128).ids();
/// ```
///
/// Nothing is ever padded: batches are ragged. Safe for use by several threads.
public interface Tokenizer {

  /// Encodes a text whole, with the special tokens the model expects around it.
  default Encoding encode(String text) {
    return encode(text, Integer.MAX_VALUE);
  }

  /// Encodes a text and drops what exceeds `maxTokens`, special tokens included, from its end.
  ///
  /// @throws IllegalArgumentException when `maxTokens` has no room for the special tokens
  Encoding encode(String text, int maxTokens);

  /// Encodes two texts, as in a question and its passage. While both do not fit in `maxTokens`, the
  /// longer one is shortened.
  ///
  /// @throws IllegalArgumentException when `maxTokens` has no room for the special tokens
  Encoding encodePair(String first, String second, int maxTokens);

  /// Encodes a sentence that is split into words already, as for tagging: [Encoding#word] is the
  /// index in `words`, and offsets count from the start of their word.
  ///
  /// @throws IllegalArgumentException when `maxTokens` has no room for the special tokens
  Encoding encodeWords(List<String> words, int maxTokens);

  /// Joins tokens to readable text; ids without a token are left out.
  ///
  /// @param skipSpecial whether special tokens as `[CLS]` are left out too
  String decode(int[] ids, boolean skipSpecial);

  /// One more than the highest id: the rows that a table of embeddings needs.
  int vocabularySize();

  /// The id of a token, as in `##ing`.
  OptionalInt idOf(String token);

  /// The token of an id.
  ///
  /// @throws IllegalArgumentException when no token has that id
  String tokenOf(int id);
}
