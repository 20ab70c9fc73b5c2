package org.espalier.cuda.planted;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.espalier.TensorException;
import org.espalier.cuda.CudaProvider;
import org.espalier.spi.Backend;
import org.jspecify.annotations.Nullable;

/// The shipped classes and kernels of module `cuda`, loaded a second time beside themselves, some
/// of them changed. What runs is what is shipped but for the change: nothing in the module knows of
/// this.
final class ChangedModule extends ClassLoader {
  private static final String PACKAGE = "org.espalier.cuda.";
  private static final String PTX = "org/espalier/cuda/ptx/";
  private static final Path SHIPPED = place(CudaProvider.class);

  private final Map<String, byte[]> changed = new HashMap<>();

  /// Begins with nothing changed.
  ChangedModule() {
    super(ChangedModule.class.getClassLoader());
  }

  private static Path place(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Returns the folder of the shipped classes.
  static Path shipped() {
    return SHIPPED;
  }

  /// Returns the shipped kernels of a file.
  static String ptx(String family) {
    try {
      return Files.readString(SHIPPED.resolve(PTX + family + ".ptx"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Replaces the kernels of a file, for devices that are opened from now on.
  void changePtx(String family, String text) {
    changed.put(PTX + family + ".ptx", text.getBytes(StandardCharsets.US_ASCII));
  }

  /// Replaces a class, or any other file of the module.
  void change(String path, byte[] bytes) {
    changed.put(path, bytes);
  }

  /// Puts everything back; classes that were loaded stay as they are.
  void restore() {
    changed.clear();
  }

  private byte @Nullable [] bytes(String path) {
    byte[] other = changed.get(path);
    try {
      Path file = SHIPPED.resolve(path);
      return other != null ? other : Files.isRegularFile(file) ? Files.readAllBytes(file) : null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      Class<?> found = findLoadedClass(name);
      if (found == null && name.startsWith(PACKAGE)) {
        byte[] own = bytes(name.replace('.', '/') + ".class");
        found = own == null ? null : defineClass(name, own, 0, own.length);
      }
      return found == null ? super.loadClass(name, resolve) : found;
    }
  }

  @Override
  public @Nullable InputStream getResourceAsStream(String name) {
    byte[] own = bytes(name);
    return own == null ? super.getResourceAsStream(name) : new ByteArrayInputStream(own);
  }

  /// A device that was opened by the changed classes.
  record Opened(Backend backend, Object device) implements AutoCloseable {
    /// Returns the number of blocks that are taken and not given back.
    long liveBlocks() {
      @Nullable Object stats = call(call(device, "memory"), "stats");
      return (Long) Objects.requireNonNull(call(stats, "liveBlocks"));
    }

    /// Gives free memory back to the driver.
    void trim() {
      call(call(device, "memory"), "trim");
    }

    private static @Nullable Object call(@Nullable Object target, String method) {
      try {
        var found = Objects.requireNonNull(target).getClass().getDeclaredMethod(method);
        found.setAccessible(true);
        return found.invoke(target);
      } catch (InvocationTargetException e) {
        if (e.getCause() instanceof TensorException known) {
          throw known;
        }
        throw new IllegalStateException(e);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }

    /// Closes the device.
    ///
    /// @throws TensorException when the device was broken
    @Override
    public void close() {
      call(device, "close");
    }

    /// Closes the device, which may have been broken by what ran on it.
    void closeEvenIfBroken() {
      try {
        close();
      } catch (TensorException e) {
        // The context is gone with everything in it.
      }
    }
  }

  /// Opens a device.
  Opened open(int ordinal) {
    try {
      Class<?> type = loadClass(PACKAGE + "CudaDevice");
      Constructor<?> makesDevice = type.getDeclaredConstructor(int.class);
      makesDevice.setAccessible(true);
      Object device = makesDevice.newInstance(ordinal);
      Constructor<?> makesBackend = loadClass(PACKAGE + "CudaBackend").getDeclaredConstructor(type);
      makesBackend.setAccessible(true);
      return new Opened((Backend) makesBackend.newInstance(device), device);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
