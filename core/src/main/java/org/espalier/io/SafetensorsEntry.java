package org.espalier.io;

import java.util.List;

/// One tensor of a safetensors file: what the header says, checked against the file's length.
///
/// @param name its name, as in `encoder.layer.0.output.dense.weight`
/// @param type its element type in the file
/// @param sizes its axis sizes; empty for a scalar
/// @param begin its first byte, counted from the end of the header
/// @param end the byte after its last
public record SafetensorsEntry(
    String name, SafetensorsType type, List<Long> sizes, long begin, long end) {

  /// Checks nothing: the header's reader has.
  public SafetensorsEntry {
    sizes = List.copyOf(sizes);
  }

  /// How many bytes it takes.
  public long bytes() {
    return end - begin;
  }

  /// How many elements it has.
  public long elements() {
    return bytes() * 8 / type.bits();
  }
}
