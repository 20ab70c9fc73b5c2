package org.espalier.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.SequencedMap;
import java.util.SequencedSet;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.spi.Halves;

/// A safetensors file, open for reading: named tensors and a map of strings.
///
/// The file is mapped into memory, and the data of a tensor are touched when it is read. Its header
/// is checked as a whole on opening, so a truncated or hostile file is a [FormatException] at once;
/// a file that another program shortens while it is open is one on reading.
///
/// ```java
/// var file = Safetensors.open(Path.of("model.safetensors"));
/// Tensor table = file.read("embeddings.word_embeddings.weight");
/// ```
///
/// `F32`, `F64`, `I32`, `I64` and `BOOL` are read as they are, narrower types as the next wider one
/// that holds every value ([SafetensorsType]). Safe for use by several threads.
public final class Safetensors {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final String source;
  private final SafetensorsHeader header;
  private final MemorySegment data;

  private Safetensors(String source, MemorySegment file) {
    this.source = source;
    this.header = SafetensorsHeader.parse(source, file);
    this.data = file.asSlice(header.dataStart());
  }

  /// Opens a file; the mapping ends when this object and its readers are garbage.
  ///
  /// @throws FormatException when the file breaks a rule of the format
  /// @throws UncheckedIOException when it cannot be read
  public static Safetensors open(Path file) {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      var mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
      return of(file.toString(), mapped);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open " + file + ": " + AtomicFile.describe(e), e);
    }
  }

  /// Opens the bytes of a file that are in memory already; `source` names them in errors.
  public static Safetensors of(String source, MemorySegment bytes) {
    try {
      return new Safetensors(source, bytes);
    } catch (InternalError e) {
      throw changed(source, e);
    }
  }

  /// The names of the tensors, in the order of their data.
  public SequencedSet<String> names() {
    return entries().sequencedKeySet();
  }

  /// What the header says of each tensor, by name, in the order of their data.
  public SequencedMap<String, SafetensorsEntry> entries() {
    return Collections.unmodifiableSequencedMap(header.entries());
  }

  /// The strings that the file carries beside its tensors, in the order of the file.
  public SequencedMap<String, String> metadata() {
    return Collections.unmodifiableSequencedMap(header.metadata());
  }

  /// Whether there is a tensor of this name.
  public boolean has(String name) {
    return header.entries().containsKey(name);
  }

  /// The shape of a tensor.
  ///
  /// @throws FormatException when there is no such tensor, or it has 2^31 elements or more
  public Shape shape(String name) {
    var entry = entry(name);
    var sizes = new int[entry.sizes().size()];
    try {
      for (int i = 0; i < sizes.length; i++) sizes[i] = Math.toIntExact(entry.sizes().get(i));
      return Shape.of(sizes);
    } catch (ArithmeticException | TensorException e) {
      throw new FormatException(
          source, name + ": the shape " + entry.sizes() + " is too large for one tensor", e);
    }
  }

  /// The dtype a tensor is read as.
  ///
  /// @throws FormatException when there is no such tensor, or no dtype holds its values
  public DType dtype(String name) {
    var type = entry(name).type();
    var dtype = type.dtype();
    if (dtype != null) return dtype;
    throw new FormatException(
        source, name + ": " + type + " cannot be read; convert it to F32, F16 or BF16");
  }

  /// Reads a tensor.
  ///
  /// @throws FormatException when there is no such tensor or it cannot be represented
  public Tensor read(String name) {
    var sizes = shape(name).sizes();
    var flat =
        switch (dtype(name)) {
          case F32 -> Tensor.of(readFloats(name));
          case F64 -> Tensor.of(readDoubles(name));
          case I32 -> Tensor.of(readInts(name));
          case I64 -> Tensor.of(readLongs(name));
          case BOOL -> Tensor.of(readBooleans(name));
          case F16, BF16 -> Tensor.of(dtype(name), readHalves(name));
        };
    return flat.reshape(sizes);
  }

  /// Reads the elements of a tensor whose dtype is `F32`, `F16` or `BF16`, in row-major order.
  public float[] readFloats(String name) {
    var bytes = bytes(name, dtype(name).isHalf() ? dtype(name) : DType.F32);
    var values = new float[shape(name).elements()];
    try {
      switch (entry(name).type()) {
        case F16 -> {
          for (int i = 0; i < values.length; i++) {
            values[i] = Float.float16ToFloat(bytes.get(SHORT, 2L * i));
          }
        }
        case BF16 -> {
          for (int i = 0; i < values.length; i++) {
            values[i] = Halves.fromBfloat(bytes.get(SHORT, 2L * i));
          }
        }
        default -> MemorySegment.copy(bytes, FLOAT, 0, values, 0, values.length);
      }
    } catch (InternalError e) {
      throw changed(source, e);
    }
    return values;
  }

  private short[] readHalves(String name) {
    var bytes = bytes(name, dtype(name));
    var values = new short[shape(name).elements()];
    try {
      MemorySegment.copy(bytes, SHORT, 0, values, 0, values.length);
    } catch (InternalError e) {
      throw changed(source, e);
    }
    return values;
  }

  private double[] readDoubles(String name) {
    var bytes = bytes(name, DType.F64);
    var values = new double[shape(name).elements()];
    try {
      MemorySegment.copy(bytes, DOUBLE, 0, values, 0, values.length);
    } catch (InternalError e) {
      throw changed(source, e);
    }
    return values;
  }

  private int[] readInts(String name) {
    var bytes = bytes(name, DType.I32);
    var type = entry(name).type();
    var values = new int[shape(name).elements()];
    try {
      for (int i = 0; i < values.length; i++) {
        values[i] =
            switch (type) {
              case U8 -> bytes.get(ValueLayout.JAVA_BYTE, i) & 0xFF;
              case I8 -> bytes.get(ValueLayout.JAVA_BYTE, i);
              case U16 -> bytes.get(SHORT, 2L * i) & 0xFFFF;
              case I16 -> bytes.get(SHORT, 2L * i);
              default -> bytes.get(INT, 4L * i);
            };
      }
    } catch (InternalError e) {
      throw changed(source, e);
    }
    return values;
  }

  private long[] readLongs(String name) {
    var bytes = bytes(name, DType.I64);
    boolean unsigned32 = entry(name).type() == SafetensorsType.U32;
    var values = new long[shape(name).elements()];
    try {
      for (int i = 0; i < values.length; i++) {
        values[i] =
            unsigned32 ? Integer.toUnsignedLong(bytes.get(INT, 4L * i)) : bytes.get(LONG, 8L * i);
      }
    } catch (InternalError e) {
      throw changed(source, e);
    }
    return values;
  }

  private boolean[] readBooleans(String name) {
    var bytes = bytes(name, DType.BOOL);
    var values = new boolean[shape(name).elements()];
    try {
      for (int i = 0; i < values.length; i++) values[i] = bytes.get(ValueLayout.JAVA_BYTE, i) != 0;
    } catch (InternalError e) {
      throw changed(source, e);
    }
    return values;
  }

  private MemorySegment bytes(String name, DType wanted) {
    if (dtype(name) != wanted) {
      throw new FormatException(
          source, "%s: it is read as %s, not as %s".formatted(name, dtype(name), wanted));
    }
    var entry = entry(name);
    return data.asSlice(entry.begin(), entry.bytes());
  }

  private SafetensorsEntry entry(String name) {
    var entry = header.entries().get(name);
    if (entry != null) return entry;
    throw new FormatException(
        source, "there is no tensor \"%s\" among its %d".formatted(name, header.entries().size()));
  }

  /// A fault while touching mapped memory: the file has become shorter under our hands.
  private static FormatException changed(String source, InternalError e) {
    return new FormatException(source, "the file changed while it was open; open it again", e);
  }
}
