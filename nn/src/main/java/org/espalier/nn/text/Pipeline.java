package org.espalier.nn.text;

import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/// The steps of a `tokenizer.json` in their order: added tokens, normalizer, pre-tokenizer, model,
/// template.
final class Pipeline implements Tokenizer {
  private final Vocabulary vocabulary;
  private final AddedTokens rawTokens;
  private final AddedTokens normalizedTokens;
  private final Set<Integer> specialIds = new HashSet<>();
  private final Normalizer normalizer;
  private final PreTokenizer preTokenizer;
  private final SubwordModel model;
  private final Template template;
  private final Decoder decoder;

  Pipeline(
      Vocabulary vocabulary,
      List<AddedToken> added,
      Normalizer normalizer,
      PreTokenizer preTokenizer,
      SubwordModel model,
      Template template,
      Decoder decoder) {
    this.vocabulary = vocabulary;
    this.normalizer = normalizer;
    this.preTokenizer = preTokenizer;
    this.model = model;
    this.template = template;
    this.decoder = decoder;
    this.rawTokens =
        new AddedTokens(
            added.stream().filter(token -> !token.normalized()).toList(), Normalizer.None.NONE);
    this.normalizedTokens =
        new AddedTokens(added.stream().filter(AddedToken::normalized).toList(), normalizer);
    for (var token : added) {
      if (token.special()) specialIds.add(token.id());
    }
  }

  @Override
  public Encoding encode(String text, int maxTokens) {
    int room = room(template.single(), maxTokens);
    var scan = new Scan(text.length(), room);
    scan.text(text);
    return single(scan, room);
  }

  @Override
  public Encoding encodeWords(List<String> words, int maxTokens) {
    int room = room(template.single(), maxTokens);
    var scan = new Scan(words.size() * 8, room);
    for (int i = 0; i < words.size() && !scan.isFull(); i++) {
      scan.fixedWord = i;
      scan.text(words.get(i));
    }
    return single(scan, room);
  }

  private Encoding single(Scan scan, int room) {
    int size = scan.pieces.size();
    var counts = new int[] {Math.min(size, room)};
    var pieces = Template.apply(template.single(), List.of(scan.pieces), counts);
    return new Encoding(pieces, size > room);
  }

  @Override
  public Encoding encodePair(String first, String second, int maxTokens) {
    int room = room(template.pair(), maxTokens);
    var a = new Scan(first.length(), Integer.MAX_VALUE);
    var b = new Scan(second.length(), Integer.MAX_VALUE);
    a.text(first);
    b.text(second);
    var counts = fit(a.pieces.size(), b.pieces.size(), room);
    var pieces = Template.apply(template.pair(), List.of(a.pieces, b.pieces), counts);
    return new Encoding(pieces, (long) a.pieces.size() + b.pieces.size() > room);
  }

  /// Shortens the longer of two texts until both fit, and then both alike; of an odd room the
  /// second half is the larger.
  private static int[] fit(int first, int second, int room) {
    if ((long) first + second <= room) return new int[] {first, second};
    int shorter = Math.min(first, second);
    int longer = Math.max(shorter, room - shorter);
    if (shorter > room || (long) shorter + longer > room) {
      shorter = room / 2;
      longer = room - shorter;
    }
    return first > second ? new int[] {longer, shorter} : new int[] {shorter, longer};
  }

  private static int room(List<Template.Step> steps, int maxTokens) {
    int specials = Template.specials(steps);
    if (maxTokens >= specials) return maxTokens - specials;
    throw new IllegalArgumentException(
        "maxTokens is "
            + maxTokens
            + ", but the special tokens alone take "
            + specials
            + ": allow more");
  }

  @Override
  public String decode(int[] ids, boolean skipSpecial) {
    var out = new StringBuilder();
    boolean first = true;
    for (int id : ids) {
      if (!vocabulary.has(id) || (skipSpecial && specialIds.contains(id))) continue;
      decoder.append(vocabulary.tokenOf(id), first, out);
      first = false;
    }
    return out.toString();
  }

  @Override
  public int vocabularySize() {
    return vocabulary.size();
  }

  @Override
  public OptionalInt idOf(String token) {
    return vocabulary.idOf(token);
  }

  @Override
  public String tokenOf(int id) {
    if (vocabulary.has(id)) return vocabulary.tokenOf(id);
    throw new IllegalArgumentException(
        "no token has the id " + id + "; ids are below " + vocabulary.size());
  }

  /// One text on its way through the steps.
  private final class Scan implements PreTokenizer.WordSink {
    private final Pieces pieces;
    private final AlignedText normalized;
    private final int enough;
    private int words;

    /// The number that all words of a pre-split text get, or -1.
    private int fixedWord = -1;

    Scan(int length, int enough) {
      this.pieces = new Pieces(length / 4 + 8);
      this.normalized = new AlignedText(length + 8);
      this.enough = enough;
    }

    /// Whether there are more pieces than anyone wants.
    boolean isFull() {
      return pieces.size() > enough;
    }

    void text(String text) {
      if (!rawTokens.mayOccurIn(text)) {
        normalize(text, 0, text.length());
        return;
      }
      var raw = new AlignedText(text.length());
      raw.addAll(text, 0, text.length());
      for (var part : rawTokens.split(raw)) {
        int from = raw.starts[part.from()];
        int to = raw.ends[part.to() - 1];
        if (part.token() < 0) {
          normalize(text, from, to);
        } else {
          pieces.add(part.token(), from, to, nextWord());
        }
      }
    }

    private void normalize(String text, int from, int to) {
      normalized.clear();
      normalizer.normalize(text, from, to, normalized);
      if (normalizedTokens.isEmpty()) {
        preTokenizer.split(normalized, 0, normalized.size(), this);
        return;
      }
      for (var part : normalizedTokens.split(normalized)) {
        if (part.token() < 0) {
          preTokenizer.split(normalized, part.from(), part.to(), this);
        } else {
          int start = normalized.starts[part.from()];
          pieces.add(part.token(), start, normalized.ends[part.to() - 1], nextWord());
        }
      }
    }

    @Override
    public void word(AlignedText text, int from, int to) {
      if (!isFull()) model.split(text, from, to, nextWord(), pieces);
    }

    private int nextWord() {
      return fixedWord >= 0 ? fixedWord : words++;
    }
  }
}
