package org.espalier.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.TensorException;

/// What stands before the elements of a `.npy` file: a magic number, a version, and the text of a
/// Python dictionary with `descr`, `fortran_order` and `shape`.
///
/// @param type how an element is stored
/// @param order the order of its bytes
/// @param dtype what it is read as
/// @param columnMajor whether the first axis moves fastest
/// @param shape the shape
/// @param length bytes of all this, the magic number included
record NpyHeader(
    SafetensorsType type,
    ByteOrder order,
    DType dtype,
    boolean columnMajor,
    Shape shape,
    int length) {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};

  /// The data begin at a multiple of this, as NumPy aligns them.
  private static final int ALIGN = 64;

  /// Digits that NumPy leaves room for, so that a file can grow along its first axis.
  private static final int GROWTH_DIGITS = 21;

  /// Far more than a header of 64 axes takes.
  private static final int MAX_LENGTH = 1 << 16;

  private static final int MAX_AXES = 64;

  /// Reads from a stream up to the elements.
  ///
  /// @throws FormatException when it is no header, or one of elements that no dtype holds
  static NpyHeader read(String source, InputStream stream) throws IOException {
    var start = stream.readNBytes(MAGIC.length + 2);
    if (start.length < MAGIC.length + 2 || !startsWithMagic(start)) {
      throw new FormatException(source, "not a NumPy array: it does not begin with \\x93NUMPY");
    }
    int major = start[MAGIC.length];
    int minor = start[MAGIC.length + 1];
    if (major < 1 || major > 3 || minor != 0) {
      throw new FormatException(
          source,
          "version %d.%d of the NumPy format; readable are 1.0, 2.0 and 3.0"
              .formatted(major & 0xFF, minor & 0xFF));
    }
    int width = major == 1 ? 2 : 4;
    var sizes = stream.readNBytes(width);
    if (sizes.length < width) throw cut(source);
    var buffer = ByteBuffer.wrap(sizes).order(ByteOrder.LITTLE_ENDIAN);
    long length =
        width == 2
            ? Short.toUnsignedInt(buffer.getShort())
            : Integer.toUnsignedLong(buffer.getInt());
    if (length > MAX_LENGTH) {
      throw new FormatException(
          source,
          "its header claims %d bytes; no header of an array takes more than %d"
              .formatted(length, MAX_LENGTH));
    }
    var bytes = stream.readNBytes((int) length);
    if (bytes.length < length) throw cut(source);
    var literal = new NpyLiteral(source, text(source, major, bytes));
    literal.parse();
    return of(source, literal, start.length + width + bytes.length);
  }

  private static boolean startsWithMagic(byte[] start) {
    return Arrays.equals(start, 0, MAGIC.length, MAGIC, 0, MAGIC.length);
  }

  private static FormatException cut(String source) {
    return new FormatException(source, "cut short within its header; copy or download it again");
  }

  private static String text(String source, int major, byte[] bytes) {
    var charset = major == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
    try {
      return charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new FormatException(source, "the header is not UTF-8 text", e);
    }
  }

  private static NpyHeader of(String source, NpyLiteral literal, int length) {
    var descr = literal.descr();
    var type =
        switch (descr.substring(1)) {
          case "b1" -> SafetensorsType.BOOL;
          case "u1" -> SafetensorsType.U8;
          case "i1" -> SafetensorsType.I8;
          case "u2" -> SafetensorsType.U16;
          case "i2" -> SafetensorsType.I16;
          case "u4" -> SafetensorsType.U32;
          case "i4" -> SafetensorsType.I32;
          case "i8" -> SafetensorsType.I64;
          case "f2" -> SafetensorsType.F16;
          case "f4" -> SafetensorsType.F32;
          case "f8" -> SafetensorsType.F64;
          default -> throw unreadable(source, descr);
        };
    var dtype = type.dtype();
    if (dtype == null) throw unreadable(source, descr);
    var order = descr.charAt(0) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    if ("<>|".indexOf(descr.charAt(0)) < 0 || (descr.charAt(0) == '|' && type.bits() > 8)) {
      throw unreadable(source, descr);
    }
    var sizes = literal.sizes();
    if (sizes.length > MAX_AXES) {
      throw new FormatException(source, "%d axes; NumPy allows 64".formatted(sizes.length));
    }
    var narrow = new int[sizes.length];
    try {
      for (int i = 0; i < sizes.length; i++) narrow[i] = Math.toIntExact(sizes[i]);
      var shape = Shape.of(narrow);
      return new NpyHeader(type, order, dtype, literal.columnMajor(), shape, length);
    } catch (ArithmeticException | TensorException e) {
      throw new FormatException(
          source, "the shape " + Arrays.toString(sizes) + " is too large for one tensor", e);
    }
  }

  private static FormatException unreadable(String source, String descr) {
    String objects = descr.endsWith("O") ? " (Python objects would run code)" : "";
    return new FormatException(
        source,
        "elements of type '%s'%s cannot be read; convert the array with astype to one of b1, i1,"
                .formatted(descr, objects)
            + " u1, i2, u2, i4, u4, i8, f2, f4, f8");
  }

  /// The bytes of all elements.
  long dataBytes() {
    return (long) shape.elements() * (type.bits() / 8);
  }

  /// Returns what NumPy writes before a little-endian, row-major array.
  ///
  /// @throws TensorException when it has more axes than NumPy allows
  static byte[] write(DType dtype, Shape shape) {
    if (shape.rank() > MAX_AXES) {
      throw new TensorException("shape " + shape + " has more than the 64 axes that NumPy allows");
    }
    var text = new StringBuilder();
    var descr =
        switch (dtype) {
          case BOOL -> "|b1";
          case I32 -> "<i4";
          case I64 -> "<i8";
          case F16 -> "<f2";
          case BF16, F32 -> "<f4";
          case F64 -> "<f8";
        };
    text.append("{'descr': '").append(descr).append("', 'fortran_order': False, 'shape': (");
    for (int axis = 0; axis < shape.rank(); axis++) {
      text.append(axis == 0 ? "" : " ").append(shape.size(axis));
      if (axis + 1 < shape.rank() || axis == 0) text.append(',');
    }
    text.append("), }");
    if (shape.rank() > 0) {
      text.repeat(' ', GROWTH_DIGITS - Integer.toString(shape.size(0)).length());
    }
    int before = MAGIC.length + 4;
    int padded = Math.ceilDiv(before + text.length() + 1, ALIGN) * ALIGN - before;
    text.repeat(' ', padded - text.length() - 1).append('\n');
    return ByteBuffer.allocate(before + padded)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(MAGIC)
        .put((byte) 1)
        .put((byte) 0)
        .putShort((short) padded)
        .put(text.toString().getBytes(StandardCharsets.ISO_8859_1))
        .array();
  }
}
