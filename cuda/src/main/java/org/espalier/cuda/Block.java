package org.espalier.cuda;

/// A piece of device memory that goes from one tensor to the next.
final class Block {
  /// Where it begins; aligned to 256 bytes.
  final long address;

  /// Its size.
  final long bytes;

  /// Which class of sizes it belongs to; -1 when it was asked for by its exact size.
  final int sizeClass;

  /// The work that had been submitted when it was last given back: once that is done, nothing reads
  /// or writes it any more, on any stream.
  long idleAfter;

  /// How many recorded steps use it: while there are any, no other tensor may have it.
  int recordings;

  Block(long address, long bytes, int sizeClass) {
    this.address = address;
    this.bytes = bytes;
    this.sizeClass = sizeClass;
  }
}
