package org.espalier.op;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.spi.Backend;
import org.espalier.spi.FusedKernel;

/// One step of AdamW whose numbers lie on the device of the parameters: [AdamWUpdate] for steps
/// that do not wait for the host, with the same bits.
///
/// @param beta1 memory of the first moment
/// @param beta2 memory of the second moment
/// @param eps added to the root
public record AdamWOnDevice(double beta1, double beta2, double eps) {
  /// The numbers of a slot.
  public static final int NUMBERS = 3;

  /// Returns the numbers of a slot in its step `t`, from 1: the decay's factor, the step size and
  /// the correction of the second moment.
  public double[] numbers(double learningRate, double weightDecay, long step) {
    return new double[] {
      1 - learningRate * weightDecay,
      learningRate / (1 - Math.pow(beta1, (double) step)),
      1 / (1 - Math.pow(beta2, (double) step))
    };
  }

  /// Changes the parameters and moments of these slots, all on one device.
  ///
  /// @param numbers F64 `[slots, 3]`, of [#numbers]
  /// @param gradientScale F64, one number: the clipping factor
  public void apply(List<AdamWUpdate.Slot> slots, Tensor numbers, Tensor gradientScale) {
    if (slots.isEmpty()) {
      return;
    }
    try (Scope _ = Scope.open()) {
      AdamWUpdate.Views views = AdamWUpdate.Views.of(slots);
      Tensor first = slots.getFirst().parameter();
      Backend backend = Kernels.backend(first);
      if (Kernels.supports(first, FusedKernel.AdamWOnDevice.class)) {
        backend.run(
            new FusedKernel.AdamWOnDevice(
                views.slots(),
                Kernels.view(numbers.contiguous()),
                Kernels.view(gradientScale.contiguous()),
                beta1,
                beta2,
                eps));
      } else {
        byHost(views.slots(), numbers, gradientScale, backend);
      }
      views.finish(slots);
    }
  }

  private void byHost(
      List<FusedKernel.AdamWSlot> slots, Tensor numbers, Tensor gradientScale, Backend backend) {
    double[] all = numbers.toDoubleArray();
    Map<List<Double>, List<FusedKernel.AdamWSlot>> alike = new LinkedHashMap<>();
    for (int i = 0; i < slots.size(); i++) {
      int at = i * NUMBERS;
      alike
          .computeIfAbsent(List.of(all[at], all[at + 1], all[at + 2]), _ -> new ArrayList<>())
          .add(slots.get(i));
    }
    double scale = gradientScale.item();
    alike.forEach((k, some) ->
        backend.run(
            new FusedKernel.AdamW(some, scale, k.get(0), beta1, beta2, k.get(1), k.get(2), eps)));
  }
}
