package org.espalier.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.espalier.Tensor;
import org.espalier.io.json.Json;

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
/// to 8 bytes. It replaces an older file in one step ([AtomicFile]). What does not fit one file
/// becomes several with [#writeSharded].
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

  /// Writes one file.
  ///
  /// @throws java.io.UncheckedIOException when the disk refuses; an older file is then intact
  public void write(Path file) {
    write(file, tensors);
  }

  /// Writes shards of at most `maxBytes` bytes of data each (a larger tensor has one of its own),
  /// and the index that [Safetensors#open] reads; everything in the one file when it fits.
  ///
  /// For `model.safetensors` these are `model-00001-of-00003.safetensors` and so on, and
  /// `model.safetensors.index.json`: the names that Hugging Face gives. Tensors are dealt out by
  /// name, in ascending order.
  ///
  /// An older checkpoint of this name stays whole until the new one is, and then goes, with the
  /// shards that its index named. The one exception are as many shards as before, which have the
  /// same names: there the old index is deleted first, so that a crash leaves a checkpoint without
  /// an index, and never one of old and new shards.
  ///
  /// @return the files written, that which opens the checkpoint last
  /// @throws IllegalArgumentException when `maxBytes` is not positive
  /// @throws java.io.UncheckedIOException when the disk refuses
  public List<Path> writeSharded(Path file, long maxBytes) {
    if (maxBytes < 1) {
      throw new IllegalArgumentException("a shard of " + maxBytes + " bytes holds nothing");
    }
    var shards = shards(maxBytes);
    var series = ShardSeries.of(file);
    var stale = series.indexed();
    if (shards.size() < 2) {
      write(file); // which readers prefer to an index
      delete(series.index());
      stale.forEach(name -> delete(file.resolveSibling(name)));
      return List.of(file);
    }
    var names = series.names(shards.size());
    if (names.stream().anyMatch(stale::contains)) delete(series.index());
    var written = new ArrayList<Path>();
    var places = new TreeMap<String, String>(SafetensorsWriter::byCodePoint);
    long total = 0;
    for (int i = 0; i < shards.size(); i++) {
      write(file.resolveSibling(names.get(i)), shards.get(i));
      written.add(file.resolveSibling(names.get(i)));
      for (var entry : shards.get(i).entrySet()) {
        places.put(entry.getKey(), names.get(i));
        total += bytes(entry.getValue());
      }
    }
    var json = new LinkedHashMap<String, Object>();
    json.put("metadata", Map.of("total_size", total));
    json.put(SafetensorsIndex.WEIGHT_MAP, places);
    var text = Json.writeIndented(json) + "\n";
    AtomicFile.write(
        series.index(), channel -> drain(channel, StandardCharsets.UTF_8.encode(text)));
    delete(file); // readers prefer the single file when there are both
    stale.removeAll(names);
    stale.forEach(name -> delete(file.resolveSibling(name)));
    written.add(series.index());
    return written;
  }

  private List<SortedMap<String, Tensor>> shards(long maxBytes) {
    var shards = new ArrayList<SortedMap<String, Tensor>>();
    var open = new TreeMap<String, Tensor>(SafetensorsWriter::byCodePoint);
    long filled = 0;
    for (var entry : tensors.entrySet()) {
      long bytes = bytes(entry.getValue());
      if (!open.isEmpty() && filled + bytes > maxBytes) {
        shards.add(open);
        open = new TreeMap<>(SafetensorsWriter::byCodePoint);
        filled = 0;
      }
      open.put(entry.getKey(), entry.getValue());
      filled += bytes;
    }
    shards.add(open);
    return shards;
  }

  private static long bytes(Tensor tensor) {
    return (long) tensor.elements() * tensor.dtype().bytes();
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + file + ": " + AtomicFile.describe(e), e);
    }
  }

  private void write(Path file, SortedMap<String, Tensor> some) {
    var ordered = new ArrayList<>(some.entrySet());
    ordered.sort(
        Comparator.comparing(
            entry -> SafetensorsType.of(entry.getValue().dtype()), Comparator.reverseOrder()));
    var values = new ArrayList<Tensor>(ordered.size());
    var header = new LinkedHashMap<String, Object>();
    if (!metadata.isEmpty()) header.put(SafetensorsHeader.METADATA, metadata);
    long begin = 0;
    for (var entry : ordered) {
      var tensor = entry.getValue();
      long end = begin + bytes(tensor);
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
    Elements.drain(channel, buffer.putLong(padded));
    drain(channel, ByteBuffer.wrap(json));
    drain(channel, ByteBuffer.wrap(spaces));
    for (var tensor : tensors) Elements.write(channel, buffer, tensor);
  }

  private static void drain(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) channel.write(bytes);
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
