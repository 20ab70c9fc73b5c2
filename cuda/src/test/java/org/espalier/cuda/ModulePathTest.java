package org.espalier.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.espalier.Device;
import org.espalier.Espalier;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// The backend as a module among modules: found, loaded and computing.
@Tag("module-path")
@ExtendWith(OnSoftwareDevice.class)
class ModulePathTest {
  @Test
  void theBackendIsFoundAndComputes() {
    assertTrue(CudaBackend.class.getModule().isNamed(), "this run is on the module path");
    assertTrue(Espalier.describe().contains("cuda: cuda:0 ("), Espalier.describe());
    try (Scope _ = Scope.open()) {
      Tensor x = Tensor.of(new float[] {1, -2, 3}, 3).to(Device.of("cuda:0"));
      assertArrayEquals(new float[] {2, -4, 6}, x.add(x).toFloatArray());
    }
  }
}
