package org.espalier.cli.data;

/// WordNet's four parts of speech, one set of files each.
enum PartOfSpeech {
  NOUN("noun", 'n'),
  VERB("verb", 'v'),
  ADJECTIVE("adj", 'a'),
  ADVERB("adv", 'r');

  final String suffix;
  final char letter;

  PartOfSpeech(String suffix, char letter) {
    this.suffix = suffix;
    this.letter = letter;
  }
}
