package org.espalier.cpu;

import org.espalier.Device;
import org.espalier.TensorException;
import org.espalier.spi.Backend;
import org.espalier.spi.BackendProvider;

/// Offers the processor, which is always there.
public final class CpuProvider implements BackendProvider {
  private static final CpuBackend BACKEND = new CpuBackend();

  /// Makes the provider; `ServiceLoader` calls it.
  public CpuProvider() {}

  @Override
  public boolean serves(Device device) {
    return device.equals(Device.CPU);
  }

  @Override
  public Backend backend(Device device) {
    checkWidth();
    return BACKEND;
  }

  @Override
  public String describe() {
    checkWidth();
    return "cpu: " + Simd.description();
  }

  /// Gives the reason itself where the class that chooses the width could not be loaded.
  private static void checkWidth() {
    try {
      Simd.vectorApiPresent();
    } catch (ExceptionInInitializerError e) {
      if (e.getCause() instanceof TensorException reason) {
        throw reason;
      }
      throw e;
    }
  }
}
