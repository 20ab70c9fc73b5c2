package org.espalier.io;

import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.SequencedSet;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.spi.Halves;

/// A checkpoint in the safetensors format, open for reading: named tensors and a map of strings, in
/// one file or in several with an index.
///
/// Files are mapped into memory, and the data of a tensor are touched when it is read: one copy,
/// from the mapping to the heap. Headers are checked as a whole on opening, so a truncated or
/// hostile file is a [FormatException] at once; a file that another program shortens while it is
/// open is one on reading.
///
/// ```java
/// var file = Safetensors.open(Path.of("model.safetensors"));
/// Tensor table = file.read("embeddings.word_embeddings.weight");
/// var large = Safetensors.open(Path.of("model.safetensors.index.json")); // and the shards beside it
/// ```
///
/// `F16`, `BF16`, `F32`, `F64`, `I32`, `I64` and `BOOL` are read as they are, other types as the
/// next wider one that holds every value ([SafetensorsType]). Safe for use by several threads.
public final class Safetensors {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

  private final String source;
  private final SequencedMap<String, SafetensorsFile> files = new LinkedHashMap<>();
  private final SequencedMap<String, SafetensorsEntry> entries = new LinkedHashMap<>();
  private final SequencedMap<String, String> metadata = new LinkedHashMap<>();

  private Safetensors(String source, Collection<SafetensorsFile> parts) {
    this.source = source;
    for (var file : parts) {
      file.entries()
          .forEach((name, entry) -> {
            entries.put(name, entry);
            files.put(name, file);
          });
      file.metadata().forEach(metadata::putIfAbsent);
    }
  }

  /// Opens a file, or with the path of an index (`model.safetensors.index.json`) the shards that it
  /// names. A mapping ends when this object and its readers are garbage.
  ///
  /// @throws FormatException when a file breaks a rule of the format, a shard is missing, or a
  ///   shard holds other tensors than the index says
  /// @throws UncheckedIOException when a file cannot be read
  public static Safetensors open(Path file) {
    var parts =
        file.toString().endsWith(SafetensorsIndex.ENDING)
            ? SafetensorsIndex.open(file).values()
            : List.of(SafetensorsFile.open(file));
    return new Safetensors(file.toString(), parts);
  }

  /// Opens the bytes of a file that are in memory already; `source` names them in errors.
  ///
  /// @throws FormatException when they break a rule of the format
  public static Safetensors of(String source, MemorySegment bytes) {
    return new Safetensors(source, List.of(SafetensorsFile.of(source, bytes)));
  }

  /// The names of the tensors, in the order of their data; shards follow each other by name.
  public SequencedSet<String> names() {
    return entries().sequencedKeySet();
  }

  /// What the header says of each tensor, by name, in the order of [#names].
  public SequencedMap<String, SafetensorsEntry> entries() {
    return Collections.unmodifiableSequencedMap(entries);
  }

  /// The strings that the file carries beside its tensors, in the order of the file; of several
  /// shards with one key, the first has the word.
  public SequencedMap<String, String> metadata() {
    return Collections.unmodifiableSequencedMap(metadata);
  }

  /// Whether there is a tensor of this name.
  public boolean has(String name) {
    return entries.containsKey(name);
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
    var entry = entry(name);
    var shape = shape(name);
    var dtype = dtype(name);
    var file = file(name);
    try {
      return Elements.read(file.bytes(entry), entry.type(), ORDER, dtype, shape);
    } catch (InternalError e) {
      throw file.changed(e);
    }
  }

  /// Reads the elements of a tensor whose dtype is `F32`, `F16` or `BF16` as f32, in row-major
  /// order.
  ///
  /// @throws FormatException when there is no such tensor or it has another dtype
  public float[] readFloats(String name) {
    var dtype = dtype(name);
    if (!dtype.isHalf() && dtype != DType.F32) {
      throw new FormatException(
          source, "%s: it is read as %s, not as %s".formatted(name, dtype, DType.F32));
    }
    var values = new float[shape(name).elements()];
    var file = file(name);
    var bytes = file.bytes(entry(name));
    try {
      switch (dtype) {
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
        default -> Elements.decode(bytes, SafetensorsType.F32, ORDER, values, 0, values.length);
      }
      Elements.unload(bytes);
    } catch (InternalError e) {
      throw file.changed(e);
    }
    return values;
  }

  private SafetensorsEntry entry(String name) {
    var entry = entries.get(name);
    if (entry != null) return entry;
    throw new FormatException(
        source, "there is no tensor \"%s\" among its %d".formatted(name, entries.size()));
  }

  private SafetensorsFile file(String name) {
    return java.util.Objects.requireNonNull(files.get(name), name);
  }
}
