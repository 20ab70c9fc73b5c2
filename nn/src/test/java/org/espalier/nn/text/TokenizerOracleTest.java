package org.espalier.nn.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.io.InputStream;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Compares with the tokenizer that trained models were made with: Hugging Face's own, in native
/// code.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TokenizerOracleTest {
  private static final String RESOURCE = "all-minilm-l6-v2-tokenizer.json";
  private static final String OVERLAY = "\u0334"; // sorts before nearly every other mark
  private static final long SEED = 20260117;

  /// What texts are made of: words, rare words, contractions, accents, ideographs, symbols, spaces,
  /// controls, marks, special tokens and parts of them.
  private static final List<String> SNIPPETS =
      List.of(
          "the",
          "That",
          "HAPPY",
          "person",
          "unaffable",
          "embeddings",
          "supercalifragilistic",
          "antidisestablishmentarianism",
          "don't",
          "I'm",
          "e.g.",
          "3.14159",
          "1,000,000",
          "x_y",
          "http://a.b/c?d=e&f#g",
          "##ing",
          "##",
          "[CLS]",
          "[SEP]",
          "[MASK]",
          "[UNK]",
          "[PAD]",
          "[mask]",
          "[MAS",
          "[",
          "]",
          "caf\u00E9",
          "cafe\u0301",
          "na\u00EFve",
          "\u00C5ngstr\u00F6m",
          "\u0130stanbul",
          "\u1E9E",
          "\u00DFtra\u00DFe",
          "\uFB01ne",
          "\u01C5",
          "\u2126",
          "\u03A3\u03A3",
          "\u4F60\u597D",
          "\u65E5\u672C\u8A9E",
          "\u3053\u3093\u306B\u3061\u306F",
          "\uAC00\uB098\uB2E4",
          "\uF900",
          "\uD840\uDC0B",
          "\u0627\u0644\u0639\u064E",
          "\u0928\u092E\u0938\u094D\u0924\u0947",
          "\u05E9\u05C1\u05B8",
          "\u0E01\u0E33",
          "\uD83D\uDE00",
          "\uD83D\uDC68\u200D\uD83D\uDC69",
          "\uD83C\uDDE9\uD83C\uDDEA",
          "\u2764\uFE0F",
          "\u20AC5",
          "\u00BD",
          "x\u00B2",
          "\u2014",
          "\u201Cq\u201D",
          "\u2026",
          "\u3002",
          "\u00A1",
          "$",
          "+",
          "~",
          "`",
          "^",
          "|",
          " ",
          "  ",
          "\t",
          "\n",
          "\r\n",
          "\u00A0",
          "\u3000",
          "\u2028",
          "\u200B",
          "\u00AD",
          "\u0000",
          "\u0007",
          "\uFFFD",
          "\uFEFF",
          "\u0301",
          "\u0327\u0301",
          "\u0085",
          "\u202E",
          "\uE000",
          "\u000B",
          "\u2009",
          "\uD835\uDD38",
          "a".repeat(99),
          "a".repeat(100),
          "b".repeat(101),
          "\u00E9".repeat(100),
          "\u0301".repeat(7));

  private HuggingFaceTokenizer oracle;
  private HuggingFaceTokenizer shortOracle;
  private Tokenizer tokenizer;

  /// Characters that both sides put in the same class, in ascending order, and those they do not.
  private int[] alike;

  private int[] unlike;

  private static InputStream resource() {
    return Objects.requireNonNull(
        TokenizerOracleTest.class.getClassLoader().getResourceAsStream(RESOURCE), RESOURCE);
  }

  @BeforeAll
  void open() throws IOException {
    var off = Map.of("padding", "false", "truncation", "false");
    oracle = HuggingFaceTokenizer.newInstance(resource(), off);
    var limited = Map.of("padding", "false", "truncation", "true", "maxLength", "16");
    shortOracle = HuggingFaceTokenizer.newInstance(resource(), limited);
    tokenizer = TokenizerFile.read(RESOURCE, resource());
    alike = characters().filter(c -> isClassedAlike(c) && !isReorderedSpacingMark(c)).toArray();
    unlike = characters().filter(c -> !isClassedAlike(c)).toArray();
  }

  /// All characters but most of the ideographs and of the unassigned planes, and halves of
  /// surrogate pairs, which the oracle cannot be given.
  private static IntStream characters() {
    return Stream.of(
            IntStream.range(0, 0x3410),
            IntStream.range(0x4DB0, 0x4E10),
            IntStream.range(0x9FF0, 0xAC10),
            IntStream.range(0xD7A0, 0xD800),
            IntStream.range(0xE000, 0xE010),
            IntStream.range(0xF8F0, 0x12010),
            IntStream.range(0x16F00, 0x17000),
            IntStream.range(0x1D000, 0x1FA00),
            IntStream.range(0x20000, 0x20010),
            IntStream.range(0x2B730, 0x2B930),
            IntStream.range(0x2F800, 0x2FA20))
        .flatMapToInt(range -> range);
  }

  private boolean isClassedAlike(int c) {
    var text = "a" + Character.toString(c) + "b";
    var expected = oracle.encode(text, true, false);
    var found = tokenizer.encode(text);
    return Arrays.equals(expected.getIds(), longs(found.ids()))
        && Arrays.equals(expected.getWordIds(), longs(found.words()));
  }

  /// Whether a mark survives the stripping of accents and yet trades places with those before it,
  /// which shifts its offsets in the oracle. Only nonsense puts such marks in the wrong order.
  private static boolean isReorderedSpacingMark(int c) {
    return Character.getType(c) == Character.COMBINING_SPACING_MARK
        && !java.text.Normalizer.isNormalized(Character.toString(c) + OVERLAY, Form.NFD);
  }

  @AfterAll
  void close() {
    oracle.close();
    shortOracle.close();
  }

  private static String snippets(Random random) {
    var text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      text.append(SNIPPETS.get(random.nextInt(SNIPPETS.size())));
      if (random.nextInt(3) > 0) text.append(' ');
    }
    return text.toString();
  }

  private String codePoints(Random random) {
    var text = new StringBuilder();
    int limit = 1 + random.nextInt(alike.length);
    for (int i = random.nextInt(30); i > 0; i--) {
      text.appendCodePoint(random.nextInt(6) == 0 ? ' ' : alike[random.nextInt(limit)]);
    }
    return text.toString();
  }

  private static void assertSame(
      ai.djl.huggingface.tokenizers.Encoding expected, Encoding found, String[] texts, String at) {
    var message = at + ": " + Arrays.toString(texts);
    assertArrayEquals(expected.getIds(), longs(found.ids()), message);
    assertArrayEquals(expected.getTypeIds(), longs(found.segments()), message);
    assertArrayEquals(expected.getWordIds(), longs(found.words()), message);
    var spans = expected.getCharTokenSpans();
    var sequences = expected.getSequenceIds();
    for (int i = 0; i < spans.length; i++) {
      if (spans[i] == null) {
        assertTrue(found.isSpecial(i), message);
        continue;
      }
      var text = texts[texts.length > 2 ? found.word(i) : (int) sequences[i]];
      assertEquals(text.offsetByCodePoints(0, spans[i].getStart()), found.start(i), message);
      assertEquals(text.offsetByCodePoints(0, spans[i].getEnd()), found.end(i), message);
    }
  }

  private static long[] longs(int[] values) {
    return Arrays.stream(values).asLongStream().toArray();
  }

  @Test
  void agreesOnTheClassOfAllCharactersButThoseThatUnicodeAddedOrMovedSince2015() {
    assertTrue(alike.length > 38_000, () -> "alike: " + alike.length);
    assertTrue(unlike.length < 600, () -> "unlike: " + unlike.length);
    for (int c : unlike) {
      assertTrue(c > 0x600, () -> Integer.toHexString(c));
      assertFalse(Character.isLetterOrDigit(c), () -> Integer.toHexString(c));
    }
  }

  @Test
  void encodesPairsAsTheOracleDoes() {
    var random = new Random(SEED + 1);
    for (int i = 0; i < 400; i++) {
      var a = i % 2 == 0 ? snippets(random) : codePoints(random);
      var b = snippets(random);
      var at = "seed " + (SEED + 1) + " round " + i;
      var texts = new String[] {a, b};
      assertSame(
          oracle.encode(a, b, true, false),
          tokenizer.encodePair(a, b, Integer.MAX_VALUE),
          texts,
          at);
      assertSame(shortOracle.encode(a, b, true, false), tokenizer.encodePair(a, b, 16), texts, at);
    }
  }

  @Test
  void truncatesAsTheOracleDoes() {
    var random = new Random(SEED + 2);
    int cut = 0;
    for (int i = 0; i < 400; i++) {
      var text = snippets(random);
      var found = tokenizer.encode(text, 16);
      assertSame(
          shortOracle.encode(text, true, false),
          found,
          new String[] {text},
          "seed " + (SEED + 2) + " round " + i);
      assertEquals(tokenizer.encode(text).length() > 16, found.isTruncated());
      if (found.isTruncated()) cut++;
    }
    assertTrue(cut > 100, "cut: " + cut);
  }

  @Test
  void encodesWordsAsTheOracleDoes() {
    var random = new Random(SEED + 3);
    for (int i = 0; i < 400; i++) {
      var words = new ArrayList<String>();
      for (int k = random.nextInt(10) + 3; k > 0; k--) {
        words.add(random.nextInt(3) == 0 ? codePoints(random) : snippets(random));
      }
      assertSame(
          oracle.encode(words, true, false),
          tokenizer.encodeWords(words, Integer.MAX_VALUE),
          words.toArray(String[]::new),
          "seed " + (SEED + 3) + " round " + i);
    }
  }

  @Test
  void decodesAsTheOracleDoes() {
    var random = new Random(SEED + 4);
    for (int i = 0; i < 400; i++) {
      var ids = new int[random.nextInt(20)];
      for (int k = 0; k < ids.length; k++) {
        ids[k] = random.nextInt(3) == 0 ? 990 + random.nextInt(50) : random.nextInt(31_000);
      }
      var text = tokenizer.encode(snippets(random)).ids();
      for (boolean skip : new boolean[] {true, false}) {
        assertEquals(oracle.decode(longs(ids), skip), tokenizer.decode(ids, skip));
        assertEquals(oracle.decode(longs(text), skip), tokenizer.decode(text, skip));
      }
    }
  }

  @Test
  void knowsTheHappyPerson() {
    assertArrayEquals(
        new int[] {101, 2008, 2003, 1037, 3407, 2711, 102},
        tokenizer.encode("That is a happy person").ids());
    assertEquals(30522, tokenizer.vocabularySize());
  }

  @Test
  void encodesOddTextsAsTheOracleDoes() {
    var random = new Random(SEED);
    for (int i = 0; i < 2000; i++) {
      var text = i % 2 == 0 ? snippets(random) : codePoints(random);
      assertSame(
          oracle.encode(text, true, false),
          tokenizer.encode(text),
          new String[] {text},
          "seed " + SEED + " round " + i);
    }
  }
}
