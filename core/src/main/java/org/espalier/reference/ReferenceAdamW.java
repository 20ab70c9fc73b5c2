package org.espalier.reference;

import org.espalier.spi.FusedKernel.AdamW;
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

  private static void step(AdamW kernel, AdamWSlot slot) {
    Cells parameter = new Cells(slot.parameter());
    Cells gradient = new Cells(slot.gradient());
    Cells first = new Cells(slot.firstMoment());
    Cells second = new Cells(slot.secondMoment());
    View rowsView = slot.rows();
    Cells rows = rowsView == null ? null : new Cells(rowsView);
    int width = rows == null || rows.count == 0 ? 1 : gradient.count / rows.count;
    for (int i = 0; i < gradient.count; i++) {
      int at = rows == null ? i : rows.getInt(i / width) * width + i % width;
      double g = gradient.get(i) * kernel.gradientScale();
      double m = kernel.beta1() * first.get(at) + (1 - kernel.beta1()) * g;
      double v = kernel.beta2() * second.get(at) + (1 - kernel.beta2()) * g * g;
      double change = kernel.stepSize() * m / (Math.sqrt(v * kernel.correction2()) + kernel.eps());
      first.set(at, m);
      second.set(at, v);
      parameter.set(at, parameter.get(at) * kernel.decay() - change);
    }
  }
}
