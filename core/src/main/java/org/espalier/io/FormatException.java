package org.espalier.io;

import org.jspecify.annotations.Nullable;

/// A file does not hold what its format promises.
///
/// The message reads `source: fault`: the file (or resource) first, then what was found there and
/// what was expected. Failures of the disk itself are [java.io.UncheckedIOException]s.
public final class FormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String source;
  private final String fault;

  /// Names the file or resource, and what is wrong with it.
  public FormatException(String source, String fault) {
    this(source, fault, null);
  }

  /// Names the file or resource, what is wrong with it, and the exception that showed it.
  public FormatException(String source, String fault, @Nullable Throwable cause) {
    super(fault, cause);
    this.source = source;
    this.fault = fault;
  }

  @Override
  public String getMessage() {
    return source + ": " + fault;
  }

  /// The file or resource at fault, as the caller named it.
  public String source() {
    return source;
  }

  /// What is wrong with it.
  public String fault() {
    return fault;
  }
}
