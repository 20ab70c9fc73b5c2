package org.espalier.io;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The one Python literal that a `.npy` header may be: `{'descr': '<f4', 'fortran_order': False,
/// 'shape': (2, 3), }`.
///
/// Keys in any order, each exactly once; either kind of quotes, without escapes; nothing is
/// evaluated.
final class NpyLiteral {
  private final String source;
  private final String text;
  private int at;
  private @Nullable String descr;
  private @Nullable Boolean columnMajor;
  private long @Nullable [] sizes;

  NpyLiteral(String source, String text) {
    this.source = source;
    this.text = text;
  }

  void parse() {
    expect('{');
    while (!accept('}')) {
      var key = string();
      expect(':');
      switch (key) {
        case "descr" -> {
          if (descr != null) throw fault("the key 'descr' appears twice");
          descr = descriptor();
        }
        case "fortran_order" -> {
          if (columnMajor != null) throw fault("the key 'fortran_order' appears twice");
          columnMajor = truth();
        }
        case "shape" -> {
          if (sizes != null) throw fault("the key 'shape' appears twice");
          sizes = tuple();
        }
        default -> throw fault("an unknown key");
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skipSpace();
    if (at < text.length()) throw fault("expected the end of the header");
  }

  /// The type of an element: an order and a kind, as in `<f4`.
  String descr() {
    if (descr == null) throw fault("the key 'descr' is missing");
    return descr;
  }

  boolean columnMajor() {
    if (columnMajor == null) throw fault("the key 'fortran_order' is missing");
    return columnMajor;
  }

  long[] sizes() {
    if (sizes == null) throw fault("the key 'shape' is missing");
    return sizes;
  }

  private String descriptor() {
    skipSpace();
    if (peek() == '[') throw fault("an array of records; save each field as an array of its own");
    var string = string();
    if (string.length() < 2) throw fault("no type of element: '" + string + "'");
    return string;
  }

  private String string() {
    skipSpace();
    int quote = peek();
    if (quote != '\'' && quote != '"') throw fault("expected a string");
    int start = ++at;
    while (peek() != quote) {
      if (peek() < ' ' || peek() == '\\') throw fault("a string with an escape, or without an end");
      at++;
    }
    return text.substring(start, at++);
  }

  private boolean truth() {
    skipSpace();
    for (var word : new String[] {"True", "False"}) {
      if (text.startsWith(word, at)) {
        at += word.length();
        return word.equals("True");
      }
    }
    throw fault("expected True or False");
  }

  /// `()`, `(2,)`, `(2, 3)` or `(2, 3,)`.
  private long[] tuple() {
    expect('(');
    var values = new long[4];
    int count = 0;
    boolean comma = true;
    while (!accept(')')) {
      if (!comma) throw fault("expected ',' or ')'");
      if (count == values.length) values = Arrays.copyOf(values, count * 2);
      values[count++] = whole();
      comma = accept(',');
    }
    if (count == 1 && !comma) throw fault("a number in brackets; a tuple of one has a comma");
    return Arrays.copyOf(values, count);
  }

  private long whole() {
    skipSpace();
    int start = at;
    while (peek() >= '0' && peek() <= '9') at++;
    try {
      return Long.parseLong(text, start, at, 10);
    } catch (NumberFormatException _) {
      throw fault("expected a size of at most 63 bits");
    }
  }

  private boolean accept(char c) {
    skipSpace();
    if (peek() != c) return false;
    at++;
    return true;
  }

  private void expect(char c) {
    if (!accept(c)) throw fault("expected '" + c + "'");
  }

  private void skipSpace() {
    while (peek() == ' ' || peek() == '\n' || peek() == '\t' || peek() == '\r') at++;
  }

  private int peek() {
    return at < text.length() ? text.charAt(at) : -1;
  }

  private FormatException fault(String fault) {
    return new FormatException(
        source, "not the header of a NumPy array at character %d: %s".formatted(at, fault));
  }
}
