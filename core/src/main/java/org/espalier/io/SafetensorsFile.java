package org.espalier.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SequencedMap;

/// One file of the safetensors format: a whole checkpoint, or a shard of one.
final class SafetensorsFile {
  private final String source;
  private final SafetensorsHeader header;
  private final MemorySegment data;

  private SafetensorsFile(String source, MemorySegment file) {
    this.source = source;
    this.header = SafetensorsHeader.parse(source, file);
    this.data = file.asSlice(header.dataStart());
  }

  /// Maps a file; the mapping ends when this object and its readers are garbage.
  static SafetensorsFile open(Path file) {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      var mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
      return of(file.toString(), mapped);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open " + file + ": " + AtomicFile.describe(e), e);
    }
  }

  static SafetensorsFile of(String source, MemorySegment bytes) {
    try {
      return new SafetensorsFile(source, bytes);
    } catch (InternalError e) {
      throw changed(source, e);
    }
  }

  String source() {
    return source;
  }

  SequencedMap<String, SafetensorsEntry> entries() {
    return header.entries();
  }

  SequencedMap<String, String> metadata() {
    return header.metadata();
  }

  MemorySegment bytes(SafetensorsEntry entry) {
    return data.asSlice(entry.begin(), entry.bytes());
  }

  /// A fault while touching mapped memory: the file has become shorter under our hands.
  FormatException changed(InternalError e) {
    return changed(source, e);
  }

  private static FormatException changed(String source, InternalError e) {
    return new FormatException(source, "the file changed while it was open; open it again", e);
  }
}
