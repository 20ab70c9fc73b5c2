package org.espalier;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.function.Executable;

/// Errors that say what is wrong.
final class Refusals {
  private Refusals() {}

  /// Checks that something is refused with a message that contains `part`.
  static void assertRefused(String part, Executable what) {
    String message = String.valueOf(assertThrows(TensorException.class, what).getMessage());
    assertTrue(message.contains(part), message);
  }
}
