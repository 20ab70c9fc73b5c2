package org.espalier.cli;

/// The user asked for something that cannot be: reported in one line, exit code 2.
final class ArgumentError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ArgumentError(String message) {
    super(message);
  }
}
