package org.espalier.engine;

import org.espalier.Device;
import org.espalier.TensorException;

/// Which device is recording a step on this thread, and what must not happen meanwhile.
///
/// While work is recorded nothing is computed, so there is nothing to read; and what the host knows
/// is the batch of the recording, not that of later runs.
public final class Recordings {
  private static final ScopedValue<Device> RECORDING = ScopedValue.newInstance();

  private Recordings() {}

  /// Runs `body` as what a device is to record.
  public static void on(Device device, Runnable body) {
    ScopedValue.where(RECORDING, device).run(body);
  }

  /// Tells whether work of this device is recorded here.
  public static boolean isOn(Device device) {
    return RECORDING.isBound() && RECORDING.get().equals(device);
  }

  /// Throws when work of this device is recorded here.
  ///
  /// @param what would read on the host
  public static void refuseRead(Device device, String what) {
    if (isOn(device)) {
      throw new TensorException(
          what
              + " reads on the host, in a step that "
              + device
              + " is recording: nothing has been computed yet. Return the tensor from the step and"
              + " read it after run(), or run the step with StepGraphs.eager");
    }
  }

  /// Throws when work of this device is recorded here.
  ///
  /// @param what would copy from the heap
  public static void refuseWrite(Device device, String what) {
    if (isOn(device)) {
      throw new TensorException(
          what
              + " copies from the heap, in a step that "
              + device
              + " is recording: later runs would see this batch's values. Give them with step.feed,"
              + " or make the tensor before the step");
    }
  }
}
