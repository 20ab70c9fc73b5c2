package org.espalier.io.json;

/// A value read from JSON text.
public sealed interface JsonValue permits JsonObject, JsonArray, JsonValue.Scalar {

  /// A value without parts.
  sealed interface Scalar extends JsonValue {}

  /// A string.
  record Text(String value) implements Scalar {}

  /// A number written without fraction and exponent that fits a `long`: exact.
  record Whole(long value) implements Scalar {}

  /// Any other number, rounded to the nearest `double`.
  record Real(double value) implements Scalar {}

  /// `true` or `false`.
  record Bool(boolean value) implements Scalar {}

  /// `null`.
  enum Null implements Scalar {
    /// The only one.
    NULL
  }

  /// The value in words, for error messages: `the string "x"`, `the number 3`, `an object`.
  default String describe() {
    return switch (this) {
      case JsonObject _ -> "an object";
      case JsonArray _ -> "a list";
      case Text(var value) -> "the string " + JsonWriter.quoteShort(value);
      case Whole(var value) -> "the number " + value;
      case Real(var value) -> "the number " + value;
      case Bool(var value) -> String.valueOf(value);
      case Null _ -> "null";
    };
  }
}
