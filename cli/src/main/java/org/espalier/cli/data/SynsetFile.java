package org.espalier.cli.data;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.espalier.io.FormatException;

/// Reads a `data` file of WordNet (format: `wndb(5WN)`), a synset a line:
///
/// ```
/// offset lexfile type wordcount(hex) word id ... pointercount symbol offset pos src ... | gloss
/// ```
///
/// Lines that start with two spaces are the licence. Only what the tasks need is kept.
final class SynsetFile {
  private final String name;
  private final PartOfSpeech partOfSpeech;
  private String line = "";
  private int lineNumber;
  private int at;
  private int end;

  private SynsetFile(String name, PartOfSpeech partOfSpeech) {
    this.name = name;
    this.partOfSpeech = partOfSpeech;
  }

  /// All synsets of the file in its order.
  ///
  /// @throws FormatException if a line is not a synset, with the file, the line and the fault
  static List<Synset> parse(String name, PartOfSpeech partOfSpeech, byte[] content) {
    var reader = new SynsetFile(name, partOfSpeech);
    var synsets = new ArrayList<Synset>();
    int start = 0;
    while (start < content.length) {
      int stop = start;
      while (stop < content.length && content[stop] != '\n') {
        stop++;
      }
      reader.lineNumber++;
      boolean licence = content[start] == ' ';
      if (!licence && stop > start) {
        String line = new String(content, start, stop - start, StandardCharsets.UTF_8);
        synsets.add(reader.synset(line));
      }
      start = stop + 1;
    }
    return synsets;
  }

  private Synset synset(String text) {
    int bar = text.indexOf(" | ");
    if (bar < 0) {
      throw fault("no gloss after a bar");
    }
    line = text;
    at = 0;
    end = bar + 1;
    int offset = number(field("the offset"), 10);
    int file = number(field("the lexicographer file"), 10);
    if (file >= LexicographerFiles.NAMES.size()) {
      throw fault("lexicographer file " + file + ", known are 0 to 44");
    }
    skip("the type");
    int words = number(field("the word count"), 16);
    var lemmas = new ArrayList<String>();
    for (int i = 0; i < words; i++) {
      lemmas.add(withoutPosition(field("a word")));
      skip("a word's id");
    }
    List<Integer> hypernyms = List.of();
    int pointers = number(field("the pointer count"), 10);
    for (int i = 0; i < pointers; i++) {
      boolean hypernym = partOfSpeech == PartOfSpeech.NOUN && line.charAt(at) == '@';
      skip("a pointer"); // @ or @i, the only symbols that start so
      if (hypernym) {
        hypernyms = hypernyms.isEmpty() ? new ArrayList<>(2) : hypernyms;
        hypernyms.add(number(field("a pointer's offset"), 10));
      } else {
        skip("a pointer's offset");
      }
      skip("a pointer's part of speech");
      skip("a pointer's source and target");
    }
    return new Synset(
        partOfSpeech, offset, file, lemmas, hypernyms, text.substring(bar + 3).strip());
  }

  /// Adjectives may say where they stand: `galore(ip)`.
  private static String withoutPosition(String word) {
    int bracket = word.indexOf('(');
    return bracket > 0 && word.endsWith(")") ? word.substring(0, bracket) : word;
  }

  private String field(String what) {
    int start = at;
    skip(what);
    return line.substring(start, at - 1);
  }

  private void skip(String what) {
    int space = line.indexOf(' ', at);
    if (space <= at || space >= end) {
      throw fault("the line ends where " + what + " is expected");
    }
    at = space + 1;
  }

  private int number(String field, int radix) {
    try {
      int value = Integer.parseInt(field, radix);
      if (value >= 0) {
        return value;
      }
    } catch (NumberFormatException e) {
      // reported below, as a negative number is
    }
    throw fault("'" + field + "' is not a number in base " + radix);
  }

  private FormatException fault(String fault) {
    return new FormatException(name, "line " + lineNumber + ": " + fault);
  }
}
