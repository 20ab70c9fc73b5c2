package org.espalier.io.json;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// Turns values into text, the same text for the same values.
final class JsonWriter {
  private static final int LONGEST_IN_MESSAGES = 200;

  private final StringBuilder out = new StringBuilder();
  private final boolean indented;
  private int depth;

  private JsonWriter(boolean indented) {
    this.indented = indented;
  }

  static String write(@Nullable Object value, boolean indented) {
    var writer = new JsonWriter(indented);
    writer.value(value);
    return writer.out.toString();
  }

  private void value(@Nullable Object value) {
    switch (value) {
      case null -> out.append("null");
      case JsonValue json -> json(json);
      case CharSequence text -> quote(out, text);
      case Boolean bool -> out.append(bool.booleanValue());
      case Double number -> real(number, number.toString());
      case Float number -> real(number, number.toString());
      case Long number -> out.append(number.longValue());
      case Integer number -> out.append(number.intValue());
      case Short number -> out.append(number.shortValue());
      case Byte number -> out.append(number.byteValue());
      case BigInteger number -> out.append(number);
      case Enum<?> constant -> quote(out, constant.name());
      case Map<?, ?> map -> object(map);
      case Iterable<?> values -> list(values);
      case int[] numbers -> list(IntStream.of(numbers).boxed().toList());
      case long[] numbers -> list(LongStream.of(numbers).boxed().toList());
      case double[] numbers -> list(DoubleStream.of(numbers).boxed().toList());
      case float[] numbers -> list(boxed(numbers));
      case Object[] values -> list(Arrays.asList(values));
      default ->
          throw new IllegalArgumentException(
              "JSON has no form for a "
                  + value.getClass().getName()
                  + ": give a map, a list, a string, a number, a boolean or null");
    }
  }

  private void json(JsonValue value) {
    switch (value) {
      case JsonObject object -> object(object.members());
      case JsonArray array -> list(array.values());
      case JsonValue.Text(var text) -> quote(out, text);
      case JsonValue.Whole(var number) -> out.append(number);
      case JsonValue.Real(var number) -> real(number, Double.toString(number));
      case JsonValue.Bool(var bool) -> out.append(bool);
      case JsonValue.Null _ -> out.append("null");
    }
  }

  private static List<Float> boxed(float[] numbers) {
    var list = new ArrayList<Float>(numbers.length);
    for (float number : numbers) list.add(number);
    return list;
  }

  private void real(double value, String shortest) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException(
          "JSON cannot express " + value + ": write null or leave the key out");
    }
    out.append(shortest);
  }

  private void object(Map<?, ?> map) {
    var ordered = map instanceof SequencedMap<?, ?> ? map : sorted(map);
    open('{');
    boolean first = true;
    for (var entry : ordered.entrySet()) {
      next(first);
      first = false;
      quote(out, String.valueOf(entry.getKey()));
      out.append(indented ? ": " : ":");
      value(entry.getValue());
    }
    close('}', first);
  }

  private static Map<String, @Nullable Object> sorted(Map<?, ?> map) {
    var sorted = new TreeMap<String, @Nullable Object>();
    map.forEach((key, value) -> sorted.put(String.valueOf(key), value));
    return sorted;
  }

  private void list(Iterable<?> values) {
    open('[');
    boolean first = true;
    for (var value : values) {
      next(first);
      first = false;
      value(value);
    }
    close(']', first);
  }

  private void open(char bracket) {
    if (++depth > Json.MAX_DEPTH) {
      throw new IllegalArgumentException(
          "maps and lists nest deeper than " + Json.MAX_DEPTH + ": does one contain itself?");
    }
    out.append(bracket);
  }

  private void next(boolean first) {
    if (!first) out.append(',');
    newLine();
  }

  private void close(char bracket, boolean empty) {
    depth--;
    if (!empty) newLine();
    out.append(bracket);
  }

  private void newLine() {
    if (indented) out.append('\n').repeat("  ", depth);
  }

  /// The string in quotes. Half a surrogate pair, which UTF-8 cannot carry, becomes an escape.
  static void quote(StringBuilder out, CharSequence text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < ' ' || isUnpaired(text, i)) {
            out.append("\\u").append(HexFormat.of().toHexDigits(c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  private static boolean isUnpaired(CharSequence text, int index) {
    char c = text.charAt(index);
    if (Character.isHighSurrogate(c)) {
      return index + 1 == text.length() || !Character.isLowSurrogate(text.charAt(index + 1));
    }
    return Character.isLowSurrogate(c)
        && (index == 0 || !Character.isHighSurrogate(text.charAt(index - 1)));
  }

  /// The string in quotes, cut to a length that a message can bear.
  static String quoteShort(String text) {
    var quoted = new StringBuilder();
    quote(quoted, shorten(text));
    return quoted.toString();
  }

  static String shorten(String text) {
    if (text.length() <= LONGEST_IN_MESSAGES) return text;
    return text.substring(0, LONGEST_IN_MESSAGES) + "...";
  }
}
