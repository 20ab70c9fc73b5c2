package org.espalier.cuda;

import org.espalier.Device;
import org.espalier.spi.Backend;
import org.espalier.spi.BackendProvider;

/// Offers NVIDIA's GPUs as `cuda:0`, `cuda:1`, ...; `cuda` is the first. Verified on a software
/// CUDA device, not yet run on hardware.
public final class CudaProvider implements BackendProvider {
  /// Makes the provider; `ServiceLoader` calls it.
  public CudaProvider() {}

  @Override
  public boolean serves(Device device) {
    return Cuda.serves(device);
  }

  @Override
  public Backend backend(Device device) {
    return Cuda.backend(device);
  }

  @Override
  public String describe() {
    return Cuda.describe();
  }
}
