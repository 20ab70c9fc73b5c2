package org.espalier.cuda;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;
import org.espalier.TensorException;

/// What the driver tells of a GPU before anything is opened.
///
/// @param device the driver's handle
/// @param name such as `cuda:0`
/// @param model such as `NVIDIA A100`
/// @param capability the compute capability times ten, such as 80
/// @param bytes of its memory
/// @param multiprocessors their number
record DeviceInfo(
    CUdevice device, String name, String model, int capability, long bytes, int multiprocessors) {

  /// Asks for the device with a number from 0 on.
  ///
  /// @throws TensorException when there is none, with the reason
  static DeviceInfo of(int ordinal) {
    String name = "cuda:" + ordinal;
    String problem = Driver.problem();
    if (problem != null) {
      throw new TensorException("no device " + name + ": " + problem);
    }
    int count = Driver.devices();
    if (ordinal >= count) {
      throw new TensorException(
          "no device " + name + ": there are " + count + ", the last is cuda:" + (count - 1));
    }
    CUdevice device = new CUdevice();
    Driver.check(JCudaDriver.cuDeviceGet(device, ordinal), "finding " + name);
    byte[] text = new byte[256];
    Driver.check(
        JCudaDriver.cuDeviceGetName(text, text.length, device), "asking the name of " + name);
    long[] bytes = new long[1];
    Driver.check(JCudaDriver.cuDeviceTotalMem(bytes, device), "asking the memory of " + name);
    int major =
        Driver.attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
    int minor =
        Driver.attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
    int multiprocessors =
        Driver.attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
    String model = new String(text, StandardCharsets.UTF_8);
    int end = model.indexOf(0);
    return new DeviceInfo(
        device,
        name,
        end < 0 ? model : model.substring(0, end),
        10 * major + minor,
        bytes[0],
        Math.max(1, multiprocessors));
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%s (%s, capability %d.%d, %.1f GB)",
        name,
        model,
        capability / 10,
        capability % 10,
        bytes / 1e9);
  }
}
