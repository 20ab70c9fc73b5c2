package org.espalier.reference;

import org.espalier.Device;
import org.espalier.spi.Backend;
import org.espalier.spi.BackendProvider;

/// Offers the reference backend, which runs everywhere.
public final class ReferenceProvider implements BackendProvider {
  private static final ReferenceBackend BACKEND = new ReferenceBackend();

  /// Makes the provider; `ServiceLoader` calls it.
  public ReferenceProvider() {}

  @Override
  public boolean serves(Device device) {
    return device.equals(Device.REFERENCE);
  }

  @Override
  public Backend backend(Device device) {
    return BACKEND;
  }

  @Override
  public String describe() {
    return "reference: plain loops in double, one thread";
  }
}
