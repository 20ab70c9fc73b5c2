package org.espalier.memory;

import java.lang.System.Logger.Level;

/// Reads what the user set for the shared pool.
final class PoolSettings {
  private static final String MAX_BYTES = "espalier.pool.maxBytes";
  private static final String POISON = "espalier.poison";

  private PoolSettings() {}

  /// Returns the pool that the system properties describe.
  static BufferPool read() {
    return new BufferPool(
        maxBytes(System.getProperty(MAX_BYTES, ""), Runtime.getRuntime().maxMemory() / 4),
        Boolean.getBoolean(POISON));
  }

  /// Returns the bytes that `text` names, or `otherwise` with a warning when it names none.
  static long maxBytes(String text, long otherwise) {
    if (text.isBlank()) {
      return otherwise;
    }
    try {
      long bytes = Long.parseLong(text.strip());
      if (bytes >= 0) {
        return bytes;
      }
    } catch (NumberFormatException malformed) {
      // the warning below says what was expected
    }
    System.getLogger(BufferPool.class.getName())
        .log(
            Level.WARNING,
            "{0}={1} is not a number of bytes (0 or more, digits only); keeping up to {2}",
            MAX_BYTES,
            text,
            Long.toString(otherwise));
    return otherwise;
  }
}
