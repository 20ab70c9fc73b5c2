package org.espalier.io.json;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Locale;
import org.espalier.io.FormatException;
import org.jspecify.annotations.Nullable;

/// A recursive-descent parser over one text.
///
/// Three characters can make an object of a hundred bytes. So each value is charged, before it is
/// made, what it will take at most on a 64-bit heap, and parsing ends where there is no more room.
final class JsonReader {
  private static final int OBJECT_BYTES = 192;
  private static final int MEMBER_BYTES = 64;
  private static final int LIST_BYTES = 80;
  private static final int ELEMENT_BYTES = 16;
  private static final int STRING_BYTES = 64;
  private static final int NUMBER_BYTES = 24;

  /// Most objects are small; tables that double cost the large ones little.
  private static final int FIRST_MEMBERS = 4;

  private static final JsonValue TRUE = new JsonValue.Bool(true);
  private static final JsonValue FALSE = new JsonValue.Bool(false);

  private final String source;
  private final String text;
  private final long most;
  private long room;
  private int values;
  private int at;
  private int depth;

  /// Reads a text into at most `room` bytes of values.
  JsonReader(String source, String text, long room) {
    if (text.length() > Json.MAX_BYTES) throw Json.tooLarge(source);
    this.source = source;
    this.text = text;
    this.most = room;
    this.room = room;
  }

  JsonValue document() {
    skipSpace();
    if (at == text.length()) throw fault("the text is empty", at);
    var value = value(null, "", 0);
    skipSpace();
    if (at < text.length()) throw fault("expected the end of the text, found " + found(), at);
    return value;
  }

  /// The value at a key of `parent`, or without a key at an index of it; only a container keeps its
  /// location.
  private JsonValue value(@Nullable Location parent, @Nullable String key, int index) {
    if (++values > Json.MAX_VALUES) {
      throw fault("more than the " + Json.MAX_VALUES + " values that a JSON text may have", at);
    }
    return switch (peek()) {
      case '{' -> object(location(parent, key, index));
      case '[' -> array(location(parent, key, index));
      case '"' -> new JsonValue.Text(string());
      case 't' -> word("true", TRUE);
      case 'f' -> word("false", FALSE);
      case 'n' -> word("null", JsonValue.Null.NULL);
      case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> number();
      default -> throw fault("expected a value, found " + found(), at);
    };
  }

  private Location location(@Nullable Location parent, @Nullable String key, int index) {
    if (parent == null) return Location.root(source);
    return key == null ? parent.index(index) : parent.key(key);
  }

  private void charge(long bytes) {
    room -= bytes;
    if (room < 0) {
      throw fault(
          "its values take more than "
              + most / (1 << 20)
              + " MiB of memory; if the file is meant to be so large, give the JVM a larger heap"
              + " (-Xmx)",
          at);
    }
  }

  private JsonObject object(Location location) {
    enter();
    charge(OBJECT_BYTES);
    var members = new LinkedHashMap<String, JsonValue>(FIRST_MEMBERS);
    if (!closes('}')) {
      do {
        charge(MEMBER_BYTES);
        skipSpace();
        int keyAt = at;
        if (peek() != '"') throw fault("expected a key in quotes, found " + found(), at);
        var key = string();
        skipSpace();
        if (peek() != ':') throw fault("expected ':' after the key, found " + found(), at);
        at++;
        skipSpace();
        if (members.putIfAbsent(key, value(location, key, 0)) != null) {
          throw fault("the key " + JsonWriter.quoteShort(key) + " appears twice", keyAt);
        }
      } while (continues('}'));
    }
    depth--;
    return new JsonObject(location, members);
  }

  private JsonArray array(Location location) {
    enter();
    charge(LIST_BYTES);
    var elements = new ArrayList<JsonValue>(0);
    if (!closes(']')) {
      do {
        charge(ELEMENT_BYTES);
        skipSpace();
        elements.add(value(location, null, elements.size()));
      } while (continues(']'));
    }
    depth--;
    return new JsonArray(location, elements);
  }

  private void enter() {
    if (++depth > Json.MAX_DEPTH) {
      throw fault("objects and lists nest deeper than " + Json.MAX_DEPTH, at);
    }
    at++;
  }

  private boolean closes(char end) {
    skipSpace();
    if (peek() != end) return false;
    at++;
    return true;
  }

  private boolean continues(char end) {
    skipSpace();
    int c = peek();
    if (c != ',' && c != end) {
      throw fault("expected ',' or '" + end + "', found " + found(), at);
    }
    at++;
    return c == ',';
  }

  private JsonValue word(String word, JsonValue value) {
    if (!text.startsWith(word, at)) throw fault("expected a value, found " + found(), at);
    at += word.length();
    return value;
  }

  private JsonValue number() {
    charge(NUMBER_BYTES);
    int start = at;
    if (peek() == '-') at++;
    if (peek() == '0') {
      at++;
    } else {
      digits();
    }
    boolean whole = true;
    if (peek() == '.') {
      whole = false;
      at++;
      digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      whole = false;
      at++;
      if (peek() == '+' || peek() == '-') at++;
      digits();
    }
    if (isDigit(peek())) throw fault("a number may not start with 0 and another digit", start);
    if (whole && at - start <= 20) {
      try {
        return new JsonValue.Whole(Long.parseLong(text, start, at, 10));
      } catch (NumberFormatException _) {
        whole = false; // beyond 64 bits: the nearest double
      }
    }
    double value = Double.parseDouble(text.substring(start, at));
    if (Double.isInfinite(value)) throw fault("a number too large for 64-bit arithmetic", start);
    return new JsonValue.Real(value);
  }

  private void digits() {
    if (!isDigit(peek())) throw fault("expected a digit, found " + found(), at);
    while (isDigit(peek())) at++;
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private String string() {
    int open = at++;
    int plain = at;
    StringBuilder built = null;
    while (true) {
      if (at >= text.length()) throw fault("the string never ends", open);
      char c = text.charAt(at);
      if (c == '"') {
        charge(STRING_BYTES + 2L * (at - open));
        var tail = text.substring(plain, at++);
        return built == null ? tail : built.append(tail).toString();
      }
      if (c < ' ') throw fault("a string holds the bare control character " + found(), at);
      if (c == '\\') {
        if (built == null) built = new StringBuilder();
        built.append(text, plain, at).append(escape());
        plain = at;
      } else {
        at++;
      }
    }
  }

  /// One escape. `\\uD83D\\uDE00` are two, which make one character by standing side by side.
  private char escape() {
    int start = at++;
    int c = peek();
    at++;
    return switch (c) {
      case '"', '\\', '/' -> (char) c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        int value = 0;
        for (int i = 0; i < 4; i++) {
          int digit = hex(peek());
          if (digit < 0) throw fault("\\u wants four hexadecimal digits", start);
          value = value << 4 | digit;
          at++;
        }
        yield (char) value;
      }
      default -> throw fault("unknown escape in a string", start);
    };
  }

  private static int hex(int c) {
    if (isDigit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  }

  private void skipSpace() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return;
      at++;
    }
  }

  private int peek() {
    return at < text.length() ? text.charAt(at) : -1;
  }

  private String found() {
    if (at >= text.length()) return "the end of the text";
    int c = text.codePointAt(at);
    if (c == 0xFEFF) return "a byte order mark (save the file as UTF-8 without one)";
    return c > ' ' && c < 0x7F ? "'" + (char) c + "'" : String.format(Locale.ROOT, "U+%04X", c);
  }

  private FormatException fault(String fault, int position) {
    int line = 1;
    int lineStart = 0;
    for (int i = 0; i < Math.min(position, text.length()); i++) {
      if (text.charAt(i) == '\n') {
        line++;
        lineStart = i + 1;
      }
    }
    var where = "line " + line + ", column " + (position - lineStart + 1);
    return new FormatException(source, "not JSON at " + where + ": " + fault);
  }
}
