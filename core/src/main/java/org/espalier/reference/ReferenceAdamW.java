package org.espalier.reference;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.espalier.spi.FusedKernel.AdamW;
import org.espalier.spi.FusedKernel.AdamWOnDevice;
import org.espalier.spi.FusedKernel.AdamWSlot;
import org.espalier.spi.View;

/// A step of Adam with decoupled weight decay (Loshchilov, Hutter 2019).
final class ReferenceAdamW {
  private ReferenceAdamW() {}

  /// Moves the parameters and both moments of each slot; indices of all slots are checked before
  /// anything moves.
  static void step(AdamW kernel) {
    for (AdamWSlot slot : kernel.slots()) {
      View rows = slot.rows();
      if (rows != null) {
        ReferenceIndexing.checkIndices("AdamW", new Cells(rows), slot.parameter().shape().size(0));
      }
    }
    for (AdamWSlot slot : kernel.slots()) {
      step(kernel, slot);
    }
  }

  /// The same where the numbers of each slot lie in memory.
  static void step(AdamWOnDevice kernel) {
    Cells numbers = new Cells(kernel.numbers());
    double scale = new Cells(kernel.gradientScale()).get(0);
    List<AdamWSlot> slots = kernel.slots();
    for (int i = 0; i < slots.size(); i++) {
      step(
          new AdamW(
              List.of(slots.get(i)),
              scale,
              numbers.get(3 * i),
              kernel.beta1(),
              kernel.beta2(),
              numbers.get(3 * i + 1),
              numbers.get(3 * i + 2),
              kernel.eps()));
    }
  }

  private static void step(AdamW kernel, AdamWSlot slot) {
    Cells gradient = new Cells(slot.gradient());
    View rows = slot.rows();
    if (rows == null) {
      for (int i = 0; i < gradient.count; i++) {
        move(kernel, slot, i, gradient.get(i));
      }
      return;
    }
    Cells names = new Cells(rows);
    int width = names.count == 0 ? 0 : gradient.count / names.count;
    Map<Integer, double[]> sums = new LinkedHashMap<>();
    for (int i = 0; i < names.count; i++) {
      double[] sum = sums.computeIfAbsent(names.getInt(i), _ -> new double[width]);
      for (int j = 0; j < width; j++) {
        sum[j] += gradient.get(i * width + j);
      }
    }
    sums.forEach((row, sum) -> {
      for (int j = 0; j < width; j++) {
        move(kernel, slot, row * width + j, sum[j]);
      }
    });
  }

  /// Moves one element by its gradient.
  private static void move(AdamW kernel, AdamWSlot slot, int at, double gradient) {
    Cells parameter = new Cells(slot.parameter());
    Cells first = new Cells(slot.firstMoment());
    Cells second = new Cells(slot.secondMoment());
    double g = gradient * kernel.gradientScale();
    double m = kernel.beta1() * first.get(at) + (1 - kernel.beta1()) * g;
    double v = kernel.beta2() * second.get(at) + (1 - kernel.beta2()) * g * g;
    double change = kernel.stepSize() * m / (Math.sqrt(v * kernel.correction2()) + kernel.eps());
    first.set(at, m);
    second.set(at, v);
    parameter.set(at, parameter.get(at) * kernel.decay() - change);
  }
}
