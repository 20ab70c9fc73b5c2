package org.espalier;

/// The one exception of the tensor engine: it names the operation, the shapes and dtypes that met,
/// and the next thing to try.
public final class TensorException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// Whether a device had no memory left.
  private final boolean outOfMemory;

  /// Makes an exception with the message a user reads.
  public TensorException(String message) {
    super(message);
    outOfMemory = false;
  }

  /// Makes an exception with the message a user reads and what caused it.
  public TensorException(String message, Throwable cause) {
    super(message, cause);
    outOfMemory = false;
  }

  private TensorException(String message, boolean outOfMemory) {
    super(message);
    this.outOfMemory = outOfMemory;
  }

  /// Returns the exception of a device that has no memory left.
  public static TensorException outOfMemory(String message) {
    return new TensorException(message, true);
  }

  /// Tells whether a device had no memory left: with a smaller batch it may work.
  public boolean isOutOfMemory() {
    return outOfMemory;
  }
}
