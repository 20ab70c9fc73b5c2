package org.espalier.io.json;

import java.util.List;
import org.espalier.io.FormatException;
import org.jspecify.annotations.Nullable;

/// A JSON list.
///
/// A value of the wrong kind is a [FormatException] that names the file, the path of the element,
/// and what was found.
public final class JsonArray implements JsonValue {
  private final Location location;
  private final List<JsonValue> values;

  JsonArray(Location location, List<JsonValue> values) {
    this.location = location;
    this.values = List.copyOf(values);
  }

  /// Its values, in order.
  public List<JsonValue> values() {
    return values;
  }

  /// How many there are.
  public int size() {
    return values.size();
  }

  /// The string at an index.
  public String string(int index) {
    if (values.get(index) instanceof Text(var value)) return value;
    throw unexpected(index, "a string");
  }

  /// The whole number at an index.
  public long whole(int index) {
    if (values.get(index) instanceof Whole(var value)) return value;
    throw unexpected(index, "a whole number");
  }

  /// The number at an index, whole or not.
  public double real(int index) {
    return switch (values.get(index)) {
      case Real(var value) -> value;
      case Whole(var value) -> value;
      default -> throw unexpected(index, "a number");
    };
  }

  /// The object at an index.
  public JsonObject object(int index) {
    if (values.get(index) instanceof JsonObject value) return value;
    throw unexpected(index, "an object");
  }

  /// The list at an index.
  public JsonArray array(int index) {
    if (values.get(index) instanceof JsonArray value) return value;
    throw unexpected(index, "a list");
  }

  /// All values, which have to be whole numbers.
  public long[] wholes() {
    var wholes = new long[size()];
    for (int i = 0; i < wholes.length; i++) wholes[i] = whole(i);
    return wholes;
  }

  /// All values, which have to be strings.
  public List<String> strings() {
    var strings = new String[size()];
    for (int i = 0; i < strings.length; i++) strings[i] = string(i);
    return List.of(strings);
  }

  /// Whether the values are equal, whatever the source.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof JsonArray array && values.equals(array.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  /// The JSON text.
  @Override
  public String toString() {
    return Json.write(this);
  }

  private FormatException unexpected(int index, String expected) {
    return new FormatException(
        location.source(),
        location.index(index).path()
            + ": expected "
            + expected
            + ", found "
            + values.get(index).describe());
  }
}
