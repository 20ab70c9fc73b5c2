package org.espalier.nn.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.espalier.io.FormatException;

/// Walks the fields of one message in protobuf's wire format.
///
/// ```java
/// while (reader.next()) {
///   switch (reader.field()) {
///     case 1 -> name = reader.text();
///     default -> reader.skip();
///   }
/// }
/// ```
///
/// Lengths are checked against the bytes that are there before anything is made of them.
final class ProtobufReader {
  static final int VARINT = 0;
  private static final int FIXED64 = 1;
  static final int BYTES = 2;
  private static final int FIXED32 = 5;
  private static final int LONGEST_VARINT = 10;

  private final String source;
  private final MemorySegment message;

  /// Where the message starts in the file, for errors.
  private final long base;

  private long at;
  private int field;
  private int wire;

  ProtobufReader(String source, MemorySegment message) {
    this(source, message, 0);
  }

  private ProtobufReader(String source, MemorySegment message, long base) {
    this.source = source;
    this.message = message;
    this.base = base;
  }

  /// Goes to the next field, which has to be read or skipped; false at the end of the message.
  boolean next() {
    if (at == message.byteSize()) return false;
    long tag = raw();
    wire = (int) (tag & 7);
    field = (int) (tag >>> 3);
    if (tag >>> 32 != 0 || field == 0) throw fault("a field number that cannot be");
    return true;
  }

  /// The number of the field.
  int field() {
    return field;
  }

  /// How the field is encoded.
  int wire() {
    return wire;
  }

  /// The field as a whole number.
  long whole() {
    expect(VARINT);
    return raw();
  }

  /// The field as bytes; a view.
  MemorySegment bytes() {
    expect(BYTES);
    long length = raw();
    if (length < 0 || length > message.byteSize() - at) {
      throw fault(
          "a field of %s bytes where %d are left"
              .formatted(Long.toUnsignedString(length), message.byteSize() - at));
    }
    var bytes = message.asSlice(at, length);
    at += length;
    return bytes;
  }

  /// The field as UTF-8 text.
  String text() {
    var bytes = bytes().toArray(ValueLayout.JAVA_BYTE);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new FormatException(source, "a text that is not UTF-8 before byte " + (base + at), e);
    }
  }

  /// The field as a message of its own, or as a packed list of numbers.
  ProtobufReader message() {
    var bytes = bytes();
    return new ProtobufReader(source, bytes, base + at - bytes.byteSize());
  }

  /// Whether a packed list has more numbers.
  boolean hasMore() {
    return at < message.byteSize();
  }

  /// The next number of a packed list.
  long raw() {
    long value = 0;
    for (int i = 0; i < LONGEST_VARINT; i++) {
      if (at == message.byteSize()) throw fault("cut short in a number");
      byte b = message.get(ValueLayout.JAVA_BYTE, at++);
      value |= (long) (b & 0x7F) << (7 * i);
      if (b >= 0) return value;
    }
    throw fault("a number of more than 64 bits");
  }

  /// Passes over the field.
  void skip() {
    switch (wire) {
      case VARINT -> raw();
      case BYTES -> bytes();
      case FIXED64 -> advance(8);
      case FIXED32 -> advance(4);
      default -> throw fault("the unknown wire type " + wire);
    }
  }

  private void advance(int count) {
    if (count > message.byteSize() - at) throw fault("cut short in a number");
    at += count;
  }

  private void expect(int expected) {
    if (wire != expected) {
      throw fault("field %d has the wire type %d, expected %d".formatted(field, wire, expected));
    }
  }

  /// An exception that names the place, to be thrown.
  FormatException fault(String fault) {
    return new FormatException(source, "not an ONNX file at byte " + (base + at) + ": " + fault);
  }
}
