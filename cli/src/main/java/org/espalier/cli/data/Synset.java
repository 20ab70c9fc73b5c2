package org.espalier.cli.data;

import java.util.List;

/// A line of a WordNet `data` file: words that share a meaning.
///
/// @param partOfSpeech what the words are
/// @param offset where the line starts in its file, which is how WordNet refers to it
/// @param lexicographerFile which of the 45 lexicographer files it comes from, the class to predict
/// @param lemmas its words, `_` between the parts of a collocation
/// @param hypernyms offsets of the more general noun synsets, instance hypernyms too; empty for
///   other parts of speech
/// @param gloss its definition and quoted examples
record Synset(
    PartOfSpeech partOfSpeech,
    int offset,
    int lexicographerFile,
    List<String> lemmas,
    List<Integer> hypernyms,
    String gloss) {

  /// The part of speech and the offset, unique in WordNet, such as `n1740`.
  String id() {
    return partOfSpeech.letter + Integer.toString(offset);
  }
}
