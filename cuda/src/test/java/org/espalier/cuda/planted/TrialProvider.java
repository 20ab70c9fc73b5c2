package org.espalier.cuda.planted;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicReference;
import org.espalier.Device;
import org.espalier.spi.Backend;
import org.espalier.spi.BackendProvider;
import org.jspecify.annotations.Nullable;

/// Lets ops run on a backend that a test has made: on the device `trial`, whichever is on trial
/// just now.
public final class TrialProvider implements BackendProvider {
  /// Where ops run on the backend on trial.
  public static final Device TRIAL = Device.of("trial");

  private static final AtomicReference<@Nullable Backend> NOW = new AtomicReference<>();

  /// Makes the provider; `ServiceLoader` calls it.
  public TrialProvider() {}

  /// Puts a backend on trial; null ends it.
  public static void put(@Nullable Backend backend) {
    NOW.set(backend);
  }

  @Override
  public boolean serves(Device device) {
    return device.equals(TRIAL);
  }

  @Override
  public Backend backend(Device device) {
    return (Backend)
        Proxy.newProxyInstance(
            TrialProvider.class.getClassLoader(),
            new Class<?>[] {Backend.class},
            (_, method, arguments) -> {
              try {
                return method.invoke(NOW.get(), arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Override
  public String describe() {
    return "trial: a backend that a test has made";
  }
}
