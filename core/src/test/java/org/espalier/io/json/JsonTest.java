package org.espalier.io.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.espalier.io.FormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

  private static JsonValue parse(String text) {
    return Json.parse("test.json", text);
  }

  private static String faultOf(String text) {
    return assertThrows(FormatException.class, () -> parse(text), text).getMessage();
  }

  @Test
  void readsEveryKindOfValue() {
    var object =
        Json.parseObject(
            "test.json",
            " { \"s\" : \"x\" , \"n\":null,\"t\":true,\"f\":false,\"i\":-12,\"r\":2.5e-1,"
                + "\"l\":[1,2.5,\"a\",[],{}],\"o\":{\"k\":1}}\r\n\t");
    assertEquals("x", object.string("s"));
    assertFalse(object.has("n"));
    assertTrue(object.bool("t"));
    assertFalse(object.bool("f"));
    assertEquals(-12, object.whole("i"));
    assertEquals(0.25, object.real("r"));
    assertEquals(-12.0, object.real("i"));
    assertEquals(5, object.array("l").size());
    assertEquals(2.5, object.array("l").real(1));
    assertEquals("a", object.array("l").string(2));
    assertEquals(0, object.array("l").array(3).size());
    assertTrue(object.array("l").object(4).keys().isEmpty());
    assertEquals(1, object.object("o").integer("k"));
    assertEquals(List.of("s", "n", "t", "f", "i", "r", "l", "o"), List.copyOf(object.keys()));
  }

  @Test
  void answersTheDefaultForMissingKeysAndNull() {
    var object = Json.parseObject("test.json", "{\"n\":null}");
    assertEquals(7, object.integer("n", 7));
    assertEquals(8L, object.whole("x", 8));
    assertEquals("d", object.string("x", "d"));
    assertEquals(0.5, object.real("x", 0.5));
    assertTrue(object.bool("x", true));
    assertEquals(null, object.find("x"));
    assertEquals(null, object.findObject("n"));
    assertEquals(null, object.findArray("n"));
  }

  @Test
  void keepsEveryLongExactly() {
    for (long value : new long[] {Long.MIN_VALUE, Long.MAX_VALUE, (1L << 53) + 1, 0, -1}) {
      assertEquals(new JsonValue.Whole(value), parse(Long.toString(value)));
    }
    assertEquals(new JsonValue.Real(0x1p63), parse("9223372036854775808"));
    assertEquals(new JsonValue.Real(1e25), parse("10000000000000000000000000"));
    assertEquals(new JsonValue.Real(-0.0), parse("-0.0"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "01",
        "-",
        "-01",
        "+1",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x1",
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "--1",
        "1a",
        "nul",
        "True",
        "tru",
        "'a'",
        "\"",
        "\"a",
        "\"\\",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12G4\"",
        "\"a\nb\"",
        "\"a\u0000b\"",
        "\"\\u",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\" 1}",
        "{1:2}",
        "]",
        "}",
        "[}",
        "{]",
        "1 2",
        "//x\n1",
        "1//x",
        "\uFEFF1",
        "",
        "   ",
        "\u00A01",
        "[1]]",
        "{\"a\":1}{"
      })
  void refusesWhatRfc8259DoesNotAllow(String text) {
    assertTrue(faultOf(text).startsWith("test.json: not JSON at line "), text);
  }

  @Test
  void namesLineAndColumn() {
    assertEquals(
        "test.json: not JSON at line 3, column 8: expected a value, found 'o'",
        faultOf("{\n\n  \"a\": oops}"));
  }

  @Test
  void refusesAKeyThatAppearsTwice() {
    assertTrue(faultOf("{\"a\":1,\"b\":2,\"\\u0061\":3}").contains("\"a\" appears twice"));
  }

  @Test
  void refusesAMillionNestedListsWithoutRunningOutOfStack() {
    assertTrue(faultOf("[".repeat(1_000_000)).contains("nest deeper than " + Json.MAX_DEPTH));
    assertTrue(faultOf("{\"a\":".repeat(1_000_000)).contains("nest deeper"));
    int deep = Json.MAX_DEPTH;
    assertEquals(2 * deep, Json.write(parse("[".repeat(deep) + "]".repeat(deep))).length());
  }

  @Test
  void readsEscapesAndSurrogatePairs() {
    assertEquals(
        new JsonValue.Text("\"\\/\b\f\n\r\t\u00E9\uD83D\uDE00\uD83D\uDE00"),
        parse("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00\uD83D\uDE00\""));
  }

  @Test
  void writesHalfASurrogatePairAsAnEscapeThatReadsBack() {
    var odd = "a\uD83Db\uDE00\uD83D\uDE00";
    assertEquals("\"a\\ud83db\\ude00\uD83D\uDE00\"", Json.write(odd));
    assertEquals(new JsonValue.Text(odd), parse(Json.write(odd)));
  }

  @Test
  void refusesBytesThatAreNotUtf8() {
    var latin1 = "{\"a\":\"\u00E9\"}".getBytes(StandardCharsets.ISO_8859_1);
    var e = assertThrows(FormatException.class, () -> Json.parse("x.json", latin1));
    assertTrue(String.valueOf(e.getMessage()).contains("UTF-8"), e.getMessage());
    assertEquals("x.json", e.source());
  }

  @Test
  void namesThePathWhatWasExpectedAndWhatWasFound() {
    var root =
        Json.parseObject("c.json", "{\"model\":{\"vocab\":[{\"id\":\"x\"}]},\"n\":5000000000}");
    var id = root.object("model").array("vocab").object(0);
    assertEquals(
        "c.json: model.vocab[0].id: expected a whole number, found the string \"x\"",
        assertThrows(FormatException.class, () -> id.whole("id")).getMessage());
    assertEquals(
        "c.json: model.vocab[0]: the key \"size\" is missing (there are: id)",
        assertThrows(FormatException.class, () -> id.whole("size")).getMessage());
    assertEquals(
        "c.json: n: expected a number of at most 32 bits, found the number 5000000000",
        assertThrows(FormatException.class, () -> root.integer("n")).getMessage());
    assertEquals(
        "c.json: model.vocab[0]: expected a string, found an object",
        assertThrows(FormatException.class, () -> root.object("model").array("vocab").string(0))
            .getMessage());
    assertThrows(FormatException.class, () -> root.string("model"));
    assertThrows(FormatException.class, () -> root.bool("model"));
    assertThrows(FormatException.class, () -> root.real("model"));
    assertThrows(FormatException.class, () -> root.array("model"));
    assertThrows(FormatException.class, () -> root.object("n"));
    assertThrows(FormatException.class, () -> Json.parseObject("c.json", "[1]"));
  }

  @Test
  void namesThePathOfListElements() {
    var list = Json.parseObject("c.json", "{\"l\":[true]}").array("l");
    assertThrows(FormatException.class, () -> list.whole(0));
    assertThrows(FormatException.class, () -> list.real(0));
    assertThrows(FormatException.class, () -> list.object(0));
    assertThrows(FormatException.class, list::wholes);
    assertThrows(FormatException.class, list::strings);
    var e = assertThrows(FormatException.class, () -> list.array(0));
    assertEquals("c.json: l[0]: expected a list, found true", e.getMessage());
  }

  @Test
  void keepsMessagesShortWhateverTheFileHolds() {
    var text = "{\"" + "k".repeat(100_000) + "\":\"" + "v".repeat(100_000) + "\"}";
    var object = Json.parseObject("c.json", text);
    var missing = assertThrows(FormatException.class, () -> object.whole("x"));
    assertTrue(String.valueOf(missing.getMessage()).length() < 500, missing.getMessage());
  }

  @Test
  void writesMapsWithoutOrderSortedAndOthersInTheirOrder() {
    var hashed = new HashMap<String, Object>();
    for (int i = 9; i >= 0; i--) hashed.put("k" + i, i);
    assertTrue(Json.write(hashed).startsWith("{\"k0\":0,\"k1\":1,\"k2\":2"));
    var linked = new LinkedHashMap<String, Object>();
    linked.put("z", 1);
    linked.put("a", null);
    assertEquals("{\"z\":1,\"a\":null}", Json.write(linked));
  }

  @Test
  void writesEveryKindOfValue() {
    var values =
        Arrays.asList(
            1,
            2L,
            (short) 3,
            (byte) 4,
            0.1f,
            0.1,
            1e300,
            -0.0,
            true,
            null,
            "x",
            new int[] {1},
            new long[] {2},
            new float[] {0.5f},
            new double[] {0.25},
            new String[] {"y"},
            Thread.State.NEW,
            new java.math.BigInteger("18446744073709551615"));
    assertEquals(
        "[1,2,3,4,0.1,0.1,1.0E300,-0.0,true,null,\"x\",[1],[2],[0.5],[0.25],[\"y\"],\"NEW\","
            + "18446744073709551615]",
        Json.write(values));
    assertEquals("{}", Json.write(Map.of()));
    assertEquals("[]", Json.writeIndented(List.of()));
    assertEquals(
        "{\n  \"a\": [\n    1,\n    2\n  ]\n}", Json.writeIndented(Map.of("a", List.of(1, 2))));
  }

  @Test
  void refusesToWriteNanAndInfinity() {
    for (var value : new Object[] {Double.NaN, Float.POSITIVE_INFINITY, new double[] {1 / 0.0}}) {
      var e = assertThrows(IllegalArgumentException.class, () -> Json.write(value));
      assertTrue(String.valueOf(e.getMessage()).startsWith("JSON cannot express "));
    }
  }

  @Test
  void refusesToWriteUnknownClassesAndListsThatContainThemselves() {
    assertThrows(IllegalArgumentException.class, () -> Json.write(new StringBuffer[0].getClass()));
    var loop = new ArrayList<Object>();
    loop.add(loop);
    assertThrows(IllegalArgumentException.class, () -> Json.write(loop));
  }

  @Test
  void readsBackWhatItWrote() {
    long seed = 20250117;
    var random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      var value = randomValue(random, 0);
      var text = i % 2 == 0 ? Json.write(value) : Json.writeIndented(value);
      var read = parse(text);
      assertEquals(Json.write(value), Json.write(read), "seed " + seed + " round " + i);
      assertEquals(read, parse(text));
      assertEquals(read.hashCode(), parse(text).hashCode());
    }
  }

  private static Object randomValue(Random random, int depth) {
    return switch (random.nextInt(depth < 4 ? 7 : 5)) {
      case 0 -> random.nextLong();
      case 1 -> Double.longBitsToDouble(random.nextLong() & ~(1L << 62));
      case 2 -> random.nextBoolean();
      case 3 -> (float) random.nextGaussian();
      case 4 -> randomText(random);
      case 5 -> {
        var list = new ArrayList<Object>();
        for (int i = random.nextInt(4); i > 0; i--) list.add(randomValue(random, depth + 1));
        yield list;
      }
      default -> {
        var map = new LinkedHashMap<String, Object>();
        for (int i = random.nextInt(4); i > 0; i--) {
          map.put(randomText(random), randomValue(random, depth + 1));
        }
        yield map;
      }
    };
  }

  private static String randomText(Random random) {
    var text = new StringBuilder();
    for (int i = random.nextInt(6); i > 0; i--) {
      text.append((char) (random.nextBoolean() ? random.nextInt(128) : random.nextInt(65536)));
    }
    return text.toString();
  }

  @Test
  void neverFailsOtherwiseOnDamagedText() {
    long seed = 99;
    var random = new Random(seed);
    var good = "{\"a\":[1,-2.5e3,\"x\\u00e9\\n\",true,false,null,{\"b\":{}}],\"c\":\"\\\\\"}";
    for (int end = 0; end < good.length(); end++) faultOf(good.substring(0, end));
    for (int i = 0; i < 5_000; i++) {
      var text = new StringBuilder(good);
      for (int k = random.nextInt(3); k >= 0; k--) {
        text.setCharAt(
            random.nextInt(text.length()), "{}[]\",:\\0e-tnu x".charAt(random.nextInt(16)));
      }
      try {
        assertEquals(parse(text.toString()), parse(Json.write(parse(text.toString()))));
      } catch (FormatException e) {
        assertEquals("test.json", e.source(), "seed " + seed);
      }
    }
  }

  @Test
  void readsFilesAndStreams(@TempDir Path folder) throws IOException {
    var file = folder.resolve("config.json");
    Files.writeString(file, "{\"name\":\"\u00E9\uD83D\uDE00\"}");
    assertEquals("\u00E9\uD83D\uDE00", Json.readObject(file).string("name"));
    assertEquals(file.toString(), Json.readObject(file).source());
    var stream = new ByteArrayInputStream("{\"a\":1}".getBytes(StandardCharsets.UTF_8));
    assertEquals(1, Json.parseObject("stream", stream).whole("a"));
    assertThrows(UncheckedIOException.class, () -> Json.readObject(folder.resolve("none.json")));
  }

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /// Some megabytes of what costs most for its length.
  private static String hostile(String piece) {
    return "[" + (piece + ",").repeat((2 << 20) / piece.length()) + "0]";
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "{}", "0", "\"\"", "[[]]", "{\"\":0}", "{\"\":{\"\":[]}}"})
  void hostileTextTakesNoMoreMemoryThanThereIsRoomFor(String piece) {
    var text = hostile(piece);
    long room = 16L << 20;
    long before = THREADS.getCurrentThreadAllocatedBytes();
    var e = assertThrows(FormatException.class, () -> Json.parse("x", text, room));
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated < 2 * room, piece + " allocated " + allocated);
    assertTrue(e.fault().contains("-Xmx"), e.fault());
  }

  @Test
  void hasExactlyAsManyValuesAsThereMayBe() {
    int most = Json.MAX_VALUES - 1; // and the list itself
    var text = "[" + "null,".repeat(most - 1) + "null";
    long room = 1L << 40;
    assertEquals(most, ((JsonArray) Json.parse("x", text + "]", room)).size());
    var e = assertThrows(FormatException.class, () -> Json.parse("x", text + ",null]", room));
    assertTrue(e.fault().contains("values that a JSON text may have"), e.fault());
  }
}
