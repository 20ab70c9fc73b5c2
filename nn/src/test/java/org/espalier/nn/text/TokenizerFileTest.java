package org.espalier.nn.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.espalier.io.FormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Small files with every switch, compared with Hugging Face's own library, and files that lie.
class TokenizerFileTest {
  private static final String FILE =
      """
      {"version":"1.0","truncation":{"direction":"Right","max_length":2,"strategy":"LongestFirst",\
      "stride":0},"padding":{"strategy":{"Fixed":9},"direction":"Right","pad_to_multiple_of":null,\
      "pad_id":0,"pad_type_id":0,"pad_token":"[PAD]"},\
      "added_tokens":[\
      {"id":0,"content":"[UNK]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},\
      {"id":1,"content":"[CLS]","single_word":false,"lstrip":true,"rstrip":false,"normalized":false,"special":true},\
      {"id":2,"content":"[SEP]","single_word":false,"lstrip":false,"rstrip":true,"normalized":false,"special":true},\
      {"id":22,"content":"Word","single_word":true,"lstrip":false,"rstrip":false,"normalized":false,"special":false},\
      {"id":23,"content":"Wor","single_word":false,"lstrip":true,"rstrip":true,"normalized":false,"special":false},\
      {"id":24,"content":"CAF\u00C9","single_word":false,"lstrip":false,"rstrip":false,"normalized":true,"special":false},\
      {"id":25,"content":"\u4F60b","single_word":true,"lstrip":true,"rstrip":true,"normalized":true,"special":false}],\
      "normalizer":NORMALIZER,"pre_tokenizer":{"type":"BertPreTokenizer"},\
      "post_processor":{"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]},\
      "decoder":{"type":"WordPiece","prefix":"##","cleanup":false},\
      "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",\
      "max_input_chars_per_word":6,"vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"a":3,"b":4,"##b":5,"##a":6,\
      "ab":7,"##ab":8,"abc":9,"c":10,"##c":11,"\u4F60":12,"\u00E9":13,"e":14,"##\u00E9":15,"W":16,"i":17,\
      "##\u0307":18,"##\uD83D\uDE00":19,"\u0307":20,".":21}}}\
      """;

  private static final List<String> SNIPPETS =
      List.of(
          "a",
          "b",
          "c",
          "ab",
          "abc",
          "abcab",
          "abcabca",
          "Word",
          "Wor",
          "W",
          "word",
          "caf\u00E9",
          "CAF\u00C9",
          "cafe\u0301",
          "\u4F60",
          "\u4F60b",
          "\u4F60B",
          "\u00E9",
          "\u00C9",
          "\u0130",
          "e\u0301",
          "b\uD83D\uDE00",
          "\uD83D\uDE00",
          " ",
          "  ",
          "\t",
          "\n",
          ".",
          "_",
          "\u0301",
          "\u200D",
          "[CLS]",
          "[SEP]",
          "[UNK]",
          "\u0000",
          "\uFFFD",
          "z");

  private static String file(String clean, String chinese, String strip, String lowercase) {
    return FILE.replace(
        "NORMALIZER",
        """
        {"type":"BertNormalizer","clean_text":%s,"handle_chinese_chars":%s,\
        "strip_accents":%s,"lowercase":%s}\
        """
            .formatted(clean, chinese, strip, lowercase));
  }

  private static Tokenizer read(String json) {
    var bytes = json.getBytes(StandardCharsets.UTF_8);
    return TokenizerFile.read("t.json", new ByteArrayInputStream(bytes));
  }

  private static long[] longs(int[] values) {
    return Arrays.stream(values).asLongStream().toArray();
  }

  @ParameterizedTest
  @CsvSource({
    "true,true,null,true",
    "true,true,null,false",
    "false,true,false,true",
    "true,false,true,false",
    "false,false,true,true",
    "false,false,false,false"
  })
  void obeysEverySwitchAsTheOracleDoes(String clean, String chinese, String strip, String lowercase)
      throws IOException {
    long seed = 5150;
    var json = file(clean, chinese, strip, lowercase);
    var tokenizer = read(json);
    var random = new Random(seed);
    var off = Map.of("padding", "false", "truncation", "false");
    var bytes = new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8));
    try (var oracle = HuggingFaceTokenizer.newInstance(bytes, off)) {
      for (int i = 0; i < 1000; i++) {
        var text = new StringBuilder();
        for (int k = random.nextInt(8); k > 0; k--) {
          text.append(SNIPPETS.get(random.nextInt(SNIPPETS.size())));
        }
        var message = "seed " + seed + " round " + i + ": " + text;
        var expected = oracle.encode(text.toString(), true, false);
        var found = tokenizer.encode(text.toString());
        assertArrayEquals(expected.getIds(), longs(found.ids()), message);
        assertArrayEquals(expected.getWordIds(), longs(found.words()), message);
        var spans = expected.getCharTokenSpans();
        for (int t = 0; t < spans.length; t++) {
          if (spans[t] == null) continue;
          int start = text.toString().offsetByCodePoints(0, spans[t].getStart());
          int end = text.toString().offsetByCodePoints(0, spans[t].getEnd());
          assertEquals(start, found.start(t), message);
          assertEquals(end, found.end(t), message);
        }
        var pair = oracle.encode("a b", text.toString(), true, false);
        var foundPair = tokenizer.encodePair("a b", text.toString(), Integer.MAX_VALUE);
        assertArrayEquals(pair.getIds(), longs(foundPair.ids()), message);
        assertArrayEquals(pair.getTypeIds(), longs(foundPair.segments()), message);
        assertEquals(
            oracle.decode(expected.getIds(), true), tokenizer.decode(found.ids(), true), message);
      }
    }
  }

  @Test
  void neitherPadsNorTruncatesThoughTheFileAsksForBoth() {
    var tokenizer = read(file("true", "true", "true", "true"));
    assertArrayEquals(new int[] {1, 3, 4, 10, 2}, tokenizer.encode("a b c").ids());
    assertArrayEquals(new int[] {1, 2}, tokenizer.encode("").ids());
    assertArrayEquals(new int[] {1, 2}, tokenizer.encodeWords(List.of(), 2).ids());
  }

  @Test
  void truncatesToTheTokensAskedForAndSaysSo() {
    var tokenizer = read(file("true", "true", "true", "true"));
    assertArrayEquals(new int[] {1, 3, 4, 2}, tokenizer.encode("a b c", 4).ids());
    assertTrue(tokenizer.encode("a b c", 4).isTruncated());
    assertFalse(tokenizer.encode("a b c", 5).isTruncated());
    assertArrayEquals(new int[] {1, 2}, tokenizer.encode("a b c", 2).ids());
    var e = assertThrows(IllegalArgumentException.class, () -> tokenizer.encode("a", 1));
    assertTrue(String.valueOf(e.getMessage()).contains("take 2"));
    assertThrows(IllegalArgumentException.class, () -> tokenizer.encodePair("a", "b", 2));
  }

  @Test
  void readsEmptyAndHugeTextsAndHalvesOfSurrogatePairs() {
    var tokenizer = read(file("true", "true", "true", "true"));
    assertEquals(1_000_002, tokenizer.encode("ab ".repeat(1_000_000)).length());
    assertEquals(8, tokenizer.encode("ab ".repeat(1_000_000), 8).length());
    assertArrayEquals(new int[] {1, 0, 2}, tokenizer.encode("a".repeat(1_000_000)).ids());
    assertArrayEquals(new int[] {1, 7, 2}, tokenizer.encode("\uD83Da\uDE00b\uD83D").ids());
    var literal = read(file("false", "false", "false", "false"));
    assertArrayEquals(new int[] {1, 0, 2}, literal.encode("\uD83Da").ids());
  }

  @Test
  void knowsItsVocabulary() {
    var tokenizer = read(file("true", "true", "true", "true"));
    assertEquals(26, tokenizer.vocabularySize());
    assertEquals(8, tokenizer.idOf("##ab").orElseThrow());
    assertTrue(tokenizer.idOf("none").isEmpty());
    assertEquals("Word", tokenizer.tokenOf(22));
    assertThrows(IllegalArgumentException.class, () -> tokenizer.tokenOf(999));
    assertThrows(IllegalArgumentException.class, () -> tokenizer.tokenOf(-1));
    assertEquals("abc .", tokenizer.decode(new int[] {1, 7, 11, 21, 999, 2}, true));
  }

  @Test
  void describesTokensOneByOne() {
    var encoding = read(file("true", "true", "true", "true")).encode("a abcab");
    assertEquals("[1, 3, 9, 8, 2]", encoding.toString());
    assertEquals(8, encoding.id(3));
    assertEquals(1, encoding.word(3));
    assertEquals(5, encoding.start(3));
    assertEquals(7, encoding.end(3));
    assertEquals(0, encoding.segment(3));
    assertTrue(encoding.isSpecial(4));
    assertThrows(IndexOutOfBoundsException.class, () -> encoding.id(5));
    assertThrows(IndexOutOfBoundsException.class, () -> encoding.word(-1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"type\":\"WordPiece\",\"unk | \"type\":\"Unigram\",\"unk | the model \"Unigram\" is not"
            + " supported; supported is WordPiece",
        "\"type\":\"BertNormalizer\" | \"type\":\"NFKC\" | the normalizer \"NFKC\" is not"
            + " supported",
        "\"BertPreTokenizer\" | \"ByteLevel\" | the pre_tokenizer \"ByteLevel\" is not supported",
        "\"BertProcessing\" | \"RobertaProcessing\" | the post_processor \"RobertaProcessing\" is"
            + " not",
        "\"decoder\":{\"type\":\"WordPiece\" | \"decoder\":{\"type\":\"BPE\" | the decoder \"BPE\""
            + " is not",
        "\"vocab\":{ | \"words\":{ | \"vocab\" is missing",
        "\"model\":{ | \"moodel\":{ | \"model\" is missing",
        "\"ab\":7 | \"ab\":-7 | out of range",
        "\"ab\":7 | \"ab\":\"7\" | model.vocab.ab: expected a whole number, found the string \"7\"",
        "\"ab\":7 | \"ab\":99999999999 | at most 32 bits",
        "\"ab\":7 | \"a\":7 | appears twice",
        "\"unk_token\":\"[UNK]\" | \"unk_token\":\"<unk>\" | lacks the unknown token \"<unk>\"",
        "\"sep\":[\"[SEP]\",2] | \"sep\":[\"[SEP]\"] | expected [token, id]",
        "\"content\":\"Wor\" | \"text\":\"Wor\" | added_tokens[4]: the key \"content\" is missing",
      })
  void namesWhatItFoundAndWhatItSupports(String from, String to, String fault) {
    var good = file("true", "true", "true", "true");
    assertTrue(good.contains(from), from);
    var e = assertThrows(FormatException.class, () -> read(good.replace(from, to)));
    assertEquals("t.json", e.source());
    assertTrue(e.fault().contains(fault), e.fault());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "PK\u0003\u0004", "<html>", "[1]", "{}", "{\"model\":{}}", "{\"model\":[]}"})
  void refusesWhatIsNoTokenizer(String text) {
    assertEquals("t.json", assertThrows(FormatException.class, () -> read(text)).source());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"Sequence\":{\"id\":\"C\",\"type_id\":0}}",
        "{\"Sequence\":{\"id\":\"B\",\"type_id\":0}}",
        "{\"Sequence\":{\"id\":\"A\"}},{\"Sequence\":{\"id\":\"A\"}}",
        "{\"SpecialToken\":{\"id\":\"[X]\",\"type_id\":0}}",
        "{\"SpecialToken\":{\"id\":\"[BAD]\",\"type_id\":0}}",
        "{}"
      })
  void refusesTemplatesThatMakeNoSense(String single) {
    var template =
        "{\"type\":\"TemplateProcessing\",\"single\":[%s],\"pair\":[],\"special_tokens\":"
                .formatted(single)
            + "{\"[BAD]\":{\"ids\":[-1]}}}";
    var good = file("true", "true", "true", "true");
    var bad =
        good.replaceFirst("\\{\"type\":\"BertProcessing\"[^}]*\\}", template.replace("\\", "\\\\"));
    assertThrows(FormatException.class, () -> read(bad));
  }

  @Test
  void worksWithoutTheOptionalParts() {
    var tokenizer =
        read("{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"[UNK]\":0,\"a b\":1,\"##c\":2}}}");
    assertArrayEquals(new int[] {1, 2}, tokenizer.encode("a bc").ids());
    assertArrayEquals(new int[] {0}, tokenizer.encode("x").ids());
    var pair = tokenizer.encodePair("a b", "a b", 9);
    assertArrayEquals(new int[] {1, 1}, pair.ids());
    assertArrayEquals(new int[] {0, 1}, pair.segments());
    assertEquals("a b ##c", tokenizer.decode(new int[] {1, 2}, false));
  }

  @Test
  void readsFiles(@TempDir Path folder) throws IOException {
    var path = folder.resolve("tokenizer.json");
    Files.writeString(path, file("true", "true", "true", "true"));
    assertEquals(26, TokenizerFile.read(path).vocabularySize());
    assertThrows(UncheckedIOException.class, () -> TokenizerFile.read(folder.resolve("none.json")));
  }

  @Test
  void servesSeveralThreadsAtOnce() {
    var tokenizer = read(file("true", "true", "true", "true"));
    var texts = List.of("a ab abc", "Word caf\u00E9 \u4F60b", "[CLS] x", "abcab abcabca");
    var expected = texts.stream().map(text -> tokenizer.encode(text).toString()).toList();
    var random = new Random(1).ints(4000, 0, texts.size()).boxed().toList();
    assertTrue(
        random.parallelStream()
            .allMatch(i -> tokenizer.encode(texts.get(i)).toString().equals(expected.get(i))));
  }
}
