package org.espalier;

/// The one exception of the tensor engine: it names the operation, the shapes and dtypes that met,
/// and the next thing to try.
public final class TensorException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// Makes an exception with the message a user reads.
  public TensorException(String message) {
    super(message);
  }

  /// Makes an exception with the message a user reads and what caused it.
  public TensorException(String message, Throwable cause) {
    super(message, cause);
  }
}
