package org.espalier.io;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.espalier.io.json.Json;
import org.espalier.io.json.JsonObject;
import org.espalier.io.json.JsonValue;

/// The header of a safetensors file: an 8-byte little-endian length, then JSON.
///
/// Every rule of the format is checked before anything is allocated or read on the header's word:
/// data ranges follow each other without gap or overlap, end where the file ends, and are as long
/// as shape and type say.
record SafetensorsHeader(
    SequencedMap<String, SafetensorsEntry> entries,
    SequencedMap<String, String> metadata,
    long dataStart) {

  static final String METADATA = "__metadata__";
  static final int PREFIX = 8;

  /// The format's own limit on the length of a header.
  static final long MAX_HEADER = 100_000_000;

  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static SafetensorsHeader parse(String source, MemorySegment file) {
    var json = json(source, file);
    var metadata = metadata(json);
    long dataStart = PREFIX + file.get(LENGTH, 0);
    var entries = new ArrayList<SafetensorsEntry>();
    for (var key : json.keys()) {
      if (!key.equals(METADATA)) entries.add(entry(json.object(key), key));
    }
    checkRanges(source, entries, file.byteSize() - dataStart);
    var byName = new LinkedHashMap<String, SafetensorsEntry>();
    for (var entry : entries) byName.put(entry.name(), entry);
    return new SafetensorsHeader(byName, metadata, dataStart);
  }

  private static JsonObject json(String source, MemorySegment file) {
    long size = file.byteSize();
    if (size < PREFIX) {
      throw new FormatException(
          source,
          "not a safetensors file: it has %d bytes, the header's length alone takes %d"
              .formatted(size, PREFIX));
    }
    long length = file.get(LENGTH, 0);
    if (length < 0 || length > MAX_HEADER) {
      throw new FormatException(
          source,
          "not a safetensors file: its header claims %s bytes, the format allows %d"
              .formatted(Long.toUnsignedString(length), MAX_HEADER));
    }
    if (length > size - PREFIX) {
      throw new FormatException(
          source,
          "cut short: its header claims %d bytes, %d follow; copy or download it again"
              .formatted(length, size - PREFIX));
    }
    if (length == 0 || file.get(ValueLayout.JAVA_BYTE, PREFIX) != '{') {
      throw new FormatException(source, "not a safetensors file: its header is not a JSON object");
    }
    Json.requireRoom(source, length);
    var bytes = file.asSlice(PREFIX, length).toArray(ValueLayout.JAVA_BYTE);
    if (Json.parse(source, bytes) instanceof JsonObject object) return object;
    throw new FormatException(source, "not a safetensors file: its header is not a JSON object");
  }

  private static SafetensorsEntry entry(JsonObject json, String name) {
    var type = type(json, json.string("dtype"));
    var sizes = sizes(json);
    var offsets = json.array("data_offsets").wholes();
    if (offsets.length != 2 || offsets[0] < 0 || offsets[1] < offsets[0]) {
      throw json.fault(
          "data_offsets are %s; expected [begin, end] with 0 <= begin <= end"
              .formatted(Arrays.toString(offsets)));
    }
    long bits = type.bits();
    try {
      for (long size : sizes) bits = Math.multiplyExact(bits, size);
    } catch (ArithmeticException _) {
      throw json.fault("the shape " + sizes + " has more elements than 64 bits can count");
    }
    long bytes = offsets[1] - offsets[0];
    if (bits % 8 != 0 || bits / 8 != bytes) {
      throw json.fault(
          "data_offsets span %d bytes, but %s of shape %s takes %s"
              .formatted(bytes, type, sizes, bits % 8 == 0 ? bits / 8 : bits + " bits"));
    }
    return new SafetensorsEntry(name, type, sizes, offsets[0], offsets[1]);
  }

  private static SafetensorsType type(JsonObject json, String name) {
    for (var type : SafetensorsType.values()) {
      if (type.name().equals(name)) return type;
    }
    throw json.fault(
        "unknown dtype \"%s\"; expected one of %s"
            .formatted(name, Arrays.toString(SafetensorsType.values())));
  }

  private static List<Long> sizes(JsonObject json) {
    var shape = json.array("shape");
    var sizes = new ArrayList<Long>(shape.size());
    for (long size : shape.wholes()) {
      if (size < 0) throw json.fault("the shape " + shape + " has a negative size");
      sizes.add(size);
    }
    return sizes;
  }

  /// Sorts by position, and refuses gaps, overlaps and anything before or behind the data.
  private static void checkRanges(String source, List<SafetensorsEntry> entries, long dataBytes) {
    entries.sort(
        Comparator.comparingLong(SafetensorsEntry::begin).thenComparingLong(SafetensorsEntry::end));
    long expected = 0;
    for (var entry : entries) {
      if (entry.begin() != expected) {
        throw new FormatException(
            source,
            "%s: its data begin at byte %d, but what lies before ends at %d: ranges %s"
                .formatted(
                    entry.name(),
                    entry.begin(),
                    expected,
                    entry.begin() < expected ? "overlap" : "leave a gap"));
      }
      if (entry.end() > dataBytes) {
        throw new FormatException(
            source,
            "cut short: the data of %s end at byte %d, but only %d are there; copy or download it again"
                .formatted(entry.name(), entry.end(), dataBytes));
      }
      expected = entry.end();
    }
    if (expected != dataBytes) {
      throw new FormatException(
          source, "%d bytes follow the last tensor".formatted(dataBytes - expected));
    }
  }

  private static SequencedMap<String, String> metadata(JsonObject json) {
    var metadata = new LinkedHashMap<String, String>();
    var object = json.findObject(METADATA);
    if (object != null) {
      for (var key : object.keys()) {
        if (object.find(key) instanceof JsonValue.Text(var value)) {
          metadata.put(key, value);
        } else {
          throw object.fault("expected a string at \"" + key + "\"");
        }
      }
    }
    return metadata;
  }
}
