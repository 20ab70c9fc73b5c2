package org.espalier.profile;

import org.espalier.DType;
import org.espalier.Tensor;
import org.espalier.memory.BufferPool;

/// A program for a Java without `jdk.jfr`: everything that would be recorded, once.
final class WithoutFlightRecorder {
  private WithoutFlightRecorder() {}

  /// Prints what the profile saw.
  @SuppressWarnings("SystemOut")
  public static void main(String[] args) {
    boolean jfr = ModuleLayer.boot().findModule("jdk.jfr").isPresent();
    new BufferPool(0, false).take(DType.F32, 1);
    BufferPool.shared().trim();
    Tensor x = Tensor.ones(2, 2).requireGrad();
    x.square().sum().backward();
    TrainingStep.begin().end(1, "all", 0, 0);
    try (Profiler profile = Profiler.start()) {
      Tensor.ones(2, 2).matmul(Tensor.ones(2, 2));
      ProfileRow row =
          profile.rows().stream().filter(r -> r.op().equals("MatrixProduct")).findAny().get();
      System.out.printf(
          "%s jdk.jfr: %s %d call%n", jfr ? "with" : "without", row.op(), row.calls());
    }
  }
}
