package org.espalier.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.ConcurrentHashMap;
import org.espalier.Device;
import org.espalier.TensorException;
import org.espalier.meter.Meter;
import org.espalier.meter.MeteredBackend;
import org.espalier.spi.Backend;
import org.espalier.spi.BackendProvider;

/// Finds the backend of a device among the providers on the module path or class path.
public final class Backends {
  private static final List<BackendProvider> PROVIDERS = load();
  private static final ConcurrentHashMap<Device, Backend> FOUND = new ConcurrentHashMap<>();
  private static final Backend CPU = find(Device.CPU);

  private Backends() {}

  private static List<BackendProvider> load() {
    List<BackendProvider> all = new ArrayList<>();
    ServiceLoader.load(BackendProvider.class, BackendProvider.class.getClassLoader())
        .forEach(all::add);
    return List.copyOf(all);
  }

  /// Returns the backend of a device.
  ///
  /// @throws TensorException when no provider serves it, or the provider cannot
  public static Backend of(Device device) {
    Backend backend =
        device.equals(Device.CPU) ? CPU : FOUND.computeIfAbsent(device, Backends::find);
    return Meter.isOn() ? new MeteredBackend(backend) : backend;
  }

  private static Backend find(Device device) {
    for (BackendProvider p : PROVIDERS) {
      if (p.serves(device)) {
        return p.backend(device);
      }
    }
    throw new TensorException(
        "no backend serves device '"
            + device
            + "'; found: "
            + describe()
            + ". For cuda add espalier-cuda to the class path or module path");
  }

  /// Returns a line of each provider.
  public static List<String> describe() {
    return PROVIDERS.stream().map(BackendProvider::describe).toList();
  }
}
