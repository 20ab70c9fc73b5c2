package org.espalier.cuda;

import org.espalier.cuda.device.SoftwareDevice;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Lets the backend find the software device before anything asks for a GPU; with
/// `-Despalier.cuda.hardware=true` the machine's own instead.
public final class OnSoftwareDevice implements BeforeAllCallback {
  @Override
  public void beforeAll(ExtensionContext context) {
    if (!Boolean.getBoolean("espalier.cuda.hardware")) {
      System.setProperty(Libraries.FOLDER, SoftwareDevice.get().folder().toString());
      SoftwareDevice.get().terminatedParameters(true);
    }
  }
}
