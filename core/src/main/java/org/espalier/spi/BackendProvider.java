package org.espalier.spi;

import org.espalier.Device;

/// Finds a backend; registered with `ServiceLoader` by module-info and META-INF/services both.
public interface BackendProvider {
  /// Tells whether this provider serves that device, whether or not it is usable here.
  boolean serves(Device device);

  /// Returns the backend of a device, the same one each time.
  ///
  /// @throws org.espalier.TensorException with a reason a user can act on when it is not usable
  ///   here
  Backend backend(Device device);

  /// Returns a line for `Espalier.describe()`: what is there, or why not.
  String describe();
}
