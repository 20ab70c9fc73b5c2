package org.espalier.io.json;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.espalier.io.FormatException;
import org.jspecify.annotations.Nullable;

/// A JSON object: distinct keys in the order of the text.
///
/// The accessors come in two forms: `whole("size")` insists on the key, `whole("size", 3)` answers
/// the given value when the key is missing or `null`. A value of the wrong kind is a
/// [FormatException] that names the file, the path of the key, and what was found.
public final class JsonObject implements JsonValue {
  /// What all objects without members share.
  private static final SequencedMap<String, JsonValue> NONE =
      Collections.unmodifiableSequencedMap(new LinkedHashMap<>());

  private final Location location;
  private final SequencedMap<String, JsonValue> members;

  JsonObject(Location location, SequencedMap<String, JsonValue> members) {
    this.location = location;
    this.members = members.isEmpty() ? NONE : Collections.unmodifiableSequencedMap(members);
  }

  /// The file or resource it was read from.
  public String source() {
    return location.source();
  }

  /// Its members, in the order of the text.
  public SequencedMap<String, JsonValue> members() {
    return members;
  }

  /// Its keys, in the order of the text.
  public Set<String> keys() {
    return members.sequencedKeySet();
  }

  /// Whether the key is there with a value other than `null`.
  public boolean has(String key) {
    return find(key) != null;
  }

  /// The value of a key, or null when it is missing or `null`.
  public @Nullable JsonValue find(String key) {
    var value = members.get(key);
    return value == Null.NULL ? null : value;
  }

  /// The value of a key that has to be there.
  public JsonValue require(String key) {
    var value = members.get(key);
    if (value != null) return value;
    var present = members.isEmpty() ? "none" : JsonWriter.shorten(String.join(", ", keys()));
    throw fault("the key \"" + key + "\" is missing (there are: " + present + ")");
  }

  /// The string at a key.
  public String string(String key) {
    if (require(key) instanceof Text(var value)) return value;
    throw unexpected(key, "a string");
  }

  /// The string at a key, or `otherwise`.
  public String string(String key, String otherwise) {
    return has(key) ? string(key) : otherwise;
  }

  /// The whole number at a key.
  public long whole(String key) {
    if (require(key) instanceof Whole(var value)) return value;
    throw unexpected(key, "a whole number");
  }

  /// The whole number at a key, or `otherwise`.
  public long whole(String key, long otherwise) {
    return has(key) ? whole(key) : otherwise;
  }

  /// The whole number at a key, between `-2^31` and `2^31 - 1`.
  public int integer(String key) {
    long value = whole(key);
    if (value == (int) value) return (int) value;
    throw unexpected(key, "a number of at most 32 bits");
  }

  /// The whole number at a key as an `int`, or `otherwise`.
  public int integer(String key, int otherwise) {
    return has(key) ? integer(key) : otherwise;
  }

  /// The number at a key, whole or not.
  public double real(String key) {
    return switch (require(key)) {
      case Real(var value) -> value;
      case Whole(var value) -> value;
      default -> throw unexpected(key, "a number");
    };
  }

  /// The number at a key, or `otherwise`.
  public double real(String key, double otherwise) {
    return has(key) ? real(key) : otherwise;
  }

  /// The truth value at a key.
  public boolean bool(String key) {
    if (require(key) instanceof Bool(var value)) return value;
    throw unexpected(key, "true or false");
  }

  /// The truth value at a key, or `otherwise`.
  public boolean bool(String key, boolean otherwise) {
    return has(key) ? bool(key) : otherwise;
  }

  /// The object at a key.
  public JsonObject object(String key) {
    if (require(key) instanceof JsonObject value) return value;
    throw unexpected(key, "an object");
  }

  /// The object at a key, or null when it is missing or `null`.
  public @Nullable JsonObject findObject(String key) {
    return has(key) ? object(key) : null;
  }

  /// The list at a key.
  public JsonArray array(String key) {
    if (require(key) instanceof JsonArray value) return value;
    throw unexpected(key, "a list");
  }

  /// The list at a key, or null when it is missing or `null`.
  public @Nullable JsonArray findArray(String key) {
    return has(key) ? array(key) : null;
  }

  /// An exception that names the file and this object, to be thrown.
  public FormatException fault(String fault) {
    var path = location.path();
    return new FormatException(source(), path.isEmpty() ? fault : path + ": " + fault);
  }

  /// Whether the members are equal, whatever the source.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof JsonObject object && asMap().equals(object.asMap());
  }

  @Override
  public int hashCode() {
    return asMap().hashCode();
  }

  /// The JSON text.
  @Override
  public String toString() {
    return Json.write(this);
  }

  private Map<String, JsonValue> asMap() {
    return members;
  }

  private FormatException unexpected(String key, String expected) {
    var path = location.key(key).path();
    return new FormatException(
        source(), path + ": expected " + expected + ", found " + require(key).describe());
  }
}
