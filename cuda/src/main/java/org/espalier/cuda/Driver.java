package org.espalier.cuda;

import jcuda.CudaException;
import jcuda.driver.CUdevice;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.espalier.TensorException;
import org.jspecify.annotations.Nullable;

/// The driver's answers, as errors that say what was being done.
final class Driver {
  private static final class Initialised {
    static final @Nullable String PROBLEM = initialise();
  }

  private Driver() {}

  /// Tells whether there is a device to compute on; null when there is, else why not.
  static @Nullable String problem() {
    String libraries = Libraries.problem();
    return libraries != null ? libraries : Initialised.PROBLEM;
  }

  private static @Nullable String initialise() {
    int result = JCudaDriver.cuInit(0);
    if (result != CUresult.CUDA_SUCCESS) {
      return "the driver does not start: "
          + describe(result)
          + "; nvidia-smi tells whether it sees a device";
    }
    int[] count = new int[1];
    result = JCudaDriver.cuDeviceGetCount(count);
    if (result != CUresult.CUDA_SUCCESS || count[0] == 0) {
      return "the driver is there but no device; nvidia-smi and CUDA_VISIBLE_DEVICES tell more";
    }
    return null;
  }

  /// Returns the number of devices; 0 when nothing is usable.
  static int devices() {
    if (problem() != null) {
      return 0;
    }
    int[] count = new int[1];
    check(JCudaDriver.cuDeviceGetCount(count), "counting devices");
    return count[0];
  }

  /// Returns the version of CUDA that the driver serves, such as `12.6`.
  static String version() {
    int[] version = new int[1];
    check(JCudaDriver.cuDriverGetVersion(version), "asking the driver's version");
    return version[0] / 1000 + "." + version[0] % 1000 / 10;
  }

  static int attribute(CUdevice device, int attribute) {
    int[] value = new int[1];
    check(JCudaDriver.cuDeviceGetAttribute(value, attribute, device), "asking an attribute");
    return value[0];
  }

  /// Throws unless a call succeeded.
  ///
  /// @param what was being done, as the subject of the message
  /// @throws TensorException with the driver's name of the error
  static void check(int result, String what) {
    if (result != CUresult.CUDA_SUCCESS) {
      throw failure(result, what);
    }
  }

  /// Returns the error of a call that failed.
  static TensorException failure(int result, String what) {
    String message = "cuda: " + what + " failed: " + describe(result);
    if (result == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
      TensorException e = TensorException.outOfMemory(message);
      e.initCause(new CudaException(describe(result)));
      return e;
    }
    return new TensorException(message, new CudaException(describe(result)));
  }

  private static String describe(int result) {
    String[] text = new String[1];
    JCudaDriver.cuGetErrorString(result, text);
    String name = CUresult.stringFor(result);
    return text[0] == null ? name : name + " (" + text[0] + ")";
  }
}
