package org.espalier.cuda;

import java.util.StringJoiner;
import java.util.concurrent.ConcurrentHashMap;
import org.espalier.Device;
import org.espalier.TensorException;
import org.jspecify.annotations.Nullable;

/// The GPUs of this machine. Verified on a software CUDA device, not yet run on hardware.
///
/// ```java
/// if (Cuda.isUsable()) {
///   Tensor onGpu = tensor.to(Device.of("cuda:0"));
/// }
/// ```
public final class Cuda {
  private static final String PREFIX = "cuda";
  private static final ConcurrentHashMap<Integer, CudaBackend> OPEN = new ConcurrentHashMap<>();

  private Cuda() {}

  /// Tells whether there is at least one device to compute on.
  public static boolean isUsable() {
    return Driver.problem() == null;
  }

  /// Returns why no device is usable, and what to do about it; null when one is.
  public static @Nullable String problem() {
    return Driver.problem();
  }

  /// Returns the number of devices; 0 when none is usable.
  public static int devices() {
    return Driver.devices();
  }

  /// Returns what the memory of a device went through.
  ///
  /// @throws TensorException when the device is none of CUDA's, or not usable
  public static MemoryStats memory(Device device) {
    return backend(device).gpu().memory().stats();
  }

  /// Gives the free memory of a device back to the driver; waits for its work.
  public static void trim(Device device) {
    backend(device).gpu().memory().trim();
  }

  /// Returns how exactly a device multiplies matrices of F32.
  public static MatmulPrecision matmulPrecision(Device device) {
    return backend(device).gpu().blas().precision();
  }

  /// Sets how exactly a device multiplies matrices of F32 from now on. Devices begin with what the
  /// system property `espalier.cuda.matmulPrecision` says: `highest`, unless it is set to `high` or
  /// `medium`.
  ///
  /// ```java
  /// Cuda.setMatmulPrecision(Device.of("cuda:0"), MatmulPrecision.HIGH); // TF32
  /// ```
  ///
  /// @throws TensorException when the device has no tensor cores for it
  public static void setMatmulPrecision(Device device, MatmulPrecision precision) {
    backend(device).gpu().setMatmulPrecision(precision);
  }

  /// Tells whether a device is `cuda`, the first, or `cuda:` and a number.
  static boolean serves(Device device) {
    return device.name().equals(PREFIX) || device.name().startsWith(PREFIX + ":");
  }

  /// Returns the backend of a device, opening it if need be.
  static CudaBackend backend(Device device) {
    return OPEN.computeIfAbsent(ordinal(device), n -> new CudaBackend(new CudaDevice(n)));
  }

  private static int ordinal(Device device) {
    if (device.name().equals(PREFIX)) {
      return 0;
    }
    String number = serves(device) ? device.name().substring(PREFIX.length() + 1) : "";
    if (!number.matches("[0-9]{1,4}")) {
      throw new TensorException(
          "device '" + device + "' is none of CUDA's; they are called cuda:0, cuda:1, ...");
    }
    return Integer.parseInt(number);
  }

  /// Returns a line for `Espalier.describe()`.
  static String describe() {
    String problem = problem();
    if (problem != null) {
      return "cuda: not usable: " + problem;
    }
    StringJoiner names = new StringJoiner(", ");
    for (int i = 0; i < devices(); i++) {
      names.add(DeviceInfo.of(i).toString());
    }
    return "cuda: " + names + ", driver of CUDA " + Driver.version();
  }
}
