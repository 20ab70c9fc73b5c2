package org.espalier.cuda;

import java.util.function.Supplier;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.cuda.device.SoftwareDevice;

/// Asks for a GPU in a JVM of its own and prints what comes of it: what is loaded, and a context
/// that a failed kernel has spoiled, last as long as a process.
final class ProbeMain {
  private static final int LAUNCH_FAILED = 719;

  private ProbeMain() {}

  /// Runs `problem`, or `spoil`: lets a kernel fail on the device.
  public static void main(String[] arguments) {
    if (arguments[0].equals("problem")) {
      System.out.println(attempt(() -> Tensor.ones(2).to(Device.of("cuda:0")).sum()));
      return;
    }
    try (Scope _ = Scope.open()) {
      Tensor x = Tensor.ones(3).to(Device.of("cuda:0"));
      x.add(x).toFloatArray();
      SoftwareDevice.get().failNext("execute", 0, LAUNCH_FAILED);
      System.out.println(attempt(() -> x.mul(x).toFloatArray()));
      System.out.println(attempt(() -> x.add(x).toFloatArray()));
      System.out.println(attempt(() -> Tensor.ones(2).sum().item()));
    }
  }

  private static String attempt(Supplier<?> task) {
    try {
      Object result = task.get();
      return "ok: " + result;
    } catch (TensorException e) {
      return "error: " + e.getMessage();
    }
  }
}
