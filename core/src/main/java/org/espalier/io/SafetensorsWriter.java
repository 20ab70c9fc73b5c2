package org.espalier.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.espalier.Tensor;
import org.espalier.io.json.Json;
import org.espalier.spi.Halves;

/// Collects named tensors and writes them as one safetensors file.
///
/// ```java
/// new SafetensorsWriter()
///     .metadata("format", "pt")
///     .tensor("classifier.weight", weight)
///     .write(Path.of("model.safetensors"));
/// ```
///
/// The file depends on names and values alone, not on the order of the calls: wide types come
/// first, names ascend within a type, the header is padded with spaces so that the data are aligned
/// to 8 bytes. It replaces an older file in one step ([AtomicFile]).
public final class SafetensorsWriter {
  private static final int CHUNK = 1 << 20;

  private final TreeMap<String, String> metadata = new TreeMap<>(SafetensorsWriter::byCodePoint);
  private final TreeMap<String, Tensor> tensors = new TreeMap<>(SafetensorsWriter::byCodePoint);

  /// Makes a writer without tensors.
  public SafetensorsWriter() {}

  /// Adds a string beside the tensors. Python's `transformers` wants `format` to be `pt`.
  public SafetensorsWriter metadata(String key, String value) {
    metadata.put(checked(key), checked(value));
    return this;
  }

  /// Adds a tensor; its elements are read when the file is written.
  ///
  /// @throws IllegalArgumentException when the name is taken, or cannot be written in a header
  public SafetensorsWriter tensor(String name, Tensor tensor) {
    if (name.equals(SafetensorsHeader.METADATA)) {
      throw new IllegalArgumentException("a tensor cannot be named \"" + name + "\"");
    }
    if (tensors.putIfAbsent(checked(name), tensor) != null) {
      throw new IllegalArgumentException("there are two tensors named \"" + name + "\"");
    }
    return this;
  }

  /// Writes the file.
  ///
  /// @throws java.io.UncheckedIOException when the disk refuses; an older file is then intact
  public void write(Path file) {
    var ordered = new ArrayList<>(tensors.entrySet());
    ordered.sort(
        Comparator.comparing(
            entry -> SafetensorsType.of(entry.getValue().dtype()), Comparator.reverseOrder()));
    var values = new ArrayList<Tensor>(ordered.size());
    var header = new LinkedHashMap<String, Object>();
    if (!metadata.isEmpty()) header.put(SafetensorsHeader.METADATA, metadata);
    long begin = 0;
    for (var entry : ordered) {
      var tensor = entry.getValue();
      long end = begin + (long) tensor.elements() * tensor.dtype().bytes();
      header.put(entry.getKey(), description(tensor, begin, end));
      values.add(tensor);
      begin = end;
    }
    var json = Json.write(header).getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(file, channel -> write(channel, json, values));
  }

  private static Map<String, Object> description(Tensor tensor, long begin, long end) {
    var description = new LinkedHashMap<String, Object>();
    description.put("dtype", SafetensorsType.of(tensor.dtype()).name());
    description.put("shape", tensor.shape().sizes());
    description.put("data_offsets", new long[] {begin, end});
    return description;
  }

  private static void write(FileChannel channel, byte[] json, List<Tensor> tensors)
      throws IOException {
    int padded = Math.ceilDiv(json.length, 8) * 8;
    var spaces = new byte[padded - json.length];
    Arrays.fill(spaces, (byte) ' ');
    var buffer = ByteBuffer.allocateDirect(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    drain(channel, buffer.putLong(padded));
    drain(channel, ByteBuffer.wrap(json).position(json.length));
    drain(channel, ByteBuffer.wrap(spaces).position(spaces.length));
    for (var tensor : tensors) {
      switch (tensor.dtype()) {
        case F32 -> {
          for (float value : tensor.toFloatArray()) room(channel, buffer, 4).putFloat(value);
        }
        case F16 -> {
          for (float value : tensor.toFloatArray()) {
            room(channel, buffer, 2).putShort(Float.floatToFloat16(value));
          }
        }
        case BF16 -> {
          for (float value : tensor.toFloatArray()) {
            room(channel, buffer, 2).putShort(Halves.toBfloat(value));
          }
        }
        case F64 -> {
          for (double value : tensor.toDoubleArray()) room(channel, buffer, 8).putDouble(value);
        }
        case I32 -> {
          for (int value : tensor.toIntArray()) room(channel, buffer, 4).putInt(value);
        }
        case I64 -> {
          for (long value : tensor.toLongArray()) room(channel, buffer, 8).putLong(value);
        }
        case BOOL -> {
          for (int value : tensor.toIntArray()) {
            room(channel, buffer, 1).put((byte) (value == 0 ? 0 : 1));
          }
        }
      }
      drain(channel, buffer);
    }
  }

  /// The buffer, emptied into the channel if it has no room left.
  private static ByteBuffer room(FileChannel channel, ByteBuffer buffer, int bytes)
      throws IOException {
    if (buffer.remaining() < bytes) drain(channel, buffer);
    return buffer;
  }

  private static void drain(FileChannel channel, ByteBuffer buffer) throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) channel.write(buffer);
    buffer.clear();
  }

  /// The order of the UTF-8 bytes, which is that of the code points and, beyond U+FFFF, not that of
  /// [String#compareTo].
  private static int byCodePoint(String a, String b) {
    return Arrays.compareUnsigned(
        a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }

  private static String checked(String text) {
    if (StandardCharsets.UTF_8.newEncoder().canEncode(text)) return text;
    throw new IllegalArgumentException("not Unicode text: " + Json.write(text));
  }
}
