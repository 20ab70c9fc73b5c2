package org.espalier.cuda;

import org.espalier.Device;
import org.espalier.testkit.AgainstReferenceSuite;
import org.junit.jupiter.api.extension.ExtendWith;

/// Every op case on a CUDA device: as the reference, and the same bits in any layout.
@ExtendWith(OnSoftwareDevice.class)
class CudaOpCaseTest extends AgainstReferenceSuite {
  @Override
  protected Device device() {
    return Device.of("cuda:0");
  }
}
