package org.espalier.cuda.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.cuda.Cuda;
import org.espalier.cuda.MatmulPrecision;
import org.espalier.cuda.device.DeviceCounters;
import org.espalier.cuda.device.SoftwareDevice;
import org.espalier.engine.Backends;

/// The bytes that the threads of an op's kernels asked of global memory, counted on the software
/// device, beside the fewest that it could move.
///
/// @param name the op and the pass
/// @param sizes in words
/// @param launches of kernels
/// @param loaded bytes that threads read, also those that a cache would answer
/// @param stored bytes that threads wrote
/// @param least each input once, each output once
record Traffic(String name, String sizes, long launches, long loaded, long stored, long least) {

  /// Returns how many times the fewest bytes were asked for.
  double factor() {
    return (double) (loaded + stored) / least;
  }

  /// Returns a row of the table.
  String row() {
    return String.format(
        Locale.ROOT,
        "| %s | %s | %d | %,d | %,d | %,d | %.2f |%n",
        name,
        sizes,
        launches,
        loaded,
        stored,
        least,
        factor());
  }

  /// Measures all work that has a table row, attention in BF16 too.
  static List<Traffic> all(Device device) {
    List<Traffic> all = new ArrayList<>();
    Work.all(device).forEach(work -> all.addAll(of(work, device)));
    MatmulPrecision before = Cuda.matmulPrecision(device);
    Cuda.setMatmulPrecision(device, MatmulPrecision.MEDIUM);
    try {
      all.addAll(of(Work.roundedAttention(device), device));
    } finally {
      Cuda.setMatmulPrecision(device, before);
    }
    all.addAll(ListWork.traffic(device));
    return all;
  }

  /// Measures the forward pass of an op and, where it has a kernel of its own, the backward pass.
  static List<Traffic> of(Work work, Device device) {
    Tensor[] inputs = work.inputs().toArray(Tensor[]::new);
    Tensor y = work.op().apply(inputs);
    Traffic forward =
        count(
            work.name(),
            work.sizes(),
            work.kernels(),
            work.forward(),
            device,
            () -> {
              Tensor _ = work.op().apply(inputs);
            });
    if (work.backward() == 0) {
      return List.of(forward);
    }
    Tensor dy = Tensor.full(y.dtype(), device, y.shape(), 1);
    Tensor[] leaves =
        work.inputs().stream().filter(t -> t.dtype().isFloating()).toArray(Tensor[]::new);
    Traffic backward =
        count(
            work.name() + ", backward",
            work.sizes(),
            work.kernelsBackward(),
            work.backward(),
            device,
            () -> Autograd.of(y).outputGradients(dy).gradients(leaves));
    return List.of(forward, backward);
  }

  /// Measures a pass.
  ///
  /// @param kernels how the names of its kernels begin
  /// @param leastWords the fewest 32-bit words that it can move
  static Traffic count(
      String name,
      String sizes,
      List<String> kernels,
      long leastWords,
      Device device,
      Runnable pass) {
    SoftwareDevice software = SoftwareDevice.get();
    try (Scope _ = Scope.open()) {
      Backends.of(device).synchronize();
      software.resetCounters();
      pass.run();
      Backends.of(device).synchronize();
    }
    long launches = 0;
    long loaded = 0;
    long stored = 0;
    for (var entry : software.counters().kernels().entrySet()) {
      if (kernels.stream().anyMatch(entry.getKey()::startsWith)) {
        DeviceCounters.KernelCounters counters = entry.getValue();
        launches += counters.launches();
        loaded += counters.bytesLoaded();
        stored += counters.bytesStored();
      }
    }
    return new Traffic(name, sizes, launches, loaded, stored, leastWords * Float.BYTES);
  }
}
