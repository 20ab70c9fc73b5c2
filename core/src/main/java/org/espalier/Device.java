package org.espalier;

import java.util.Locale;

/// Where a tensor lives and which backend computes on it.
///
/// @param name the backend's name, such as `cpu`, `reference` or `cuda:0`
public record Device(String name) {
  /// The SIMD backend on the Java heap: the default.
  public static final Device CPU = new Device("cpu");

  /// The plain-loop backend on the Java heap: slow, obvious, and the definition of every kernel.
  public static final Device REFERENCE = new Device("reference");

  /// Checks the name.
  public Device {
    if (name.isBlank() || !name.equals(name.strip().toLowerCase(Locale.ROOT))) {
      throw new TensorException(
          "device name '"
              + name
              + "' must be lower case without blanks, such as 'cpu' or 'cuda:0'");
    }
  }

  /// Returns the device of that name; whether a backend for it exists shows at first use.
  public static Device of(String name) {
    return new Device(name);
  }

  @Override
  public String toString() {
    return name;
  }
}
