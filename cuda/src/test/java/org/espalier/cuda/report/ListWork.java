package org.espalier.cuda.report;

import java.util.ArrayList;
import java.util.List;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.autograd.Gradient;
import org.espalier.autograd.Gradients;
import org.espalier.engine.Backends;
import org.espalier.engine.Handles;
import org.espalier.spi.FusedKernel;
import org.espalier.spi.FusedKernel.AdamWSlot;

/// Passes over all parameters of a model at once, which are many and mostly small.
final class ListWork {
  private static final int TENSORS = 60;
  private static final int ROWS = 12;
  private static final int COLUMNS = 768;
  private static final long ALL = (long) TENSORS * ROWS * COLUMNS;
  private static final String SIZES = TENSORS + " tensors of " + ROWS + " x " + COLUMNS;
  private static final int TASKS = 3;

  private ListWork() {}

  /// Measures them.
  static List<Traffic> traffic(Device device) {
    return List.of(adamW(device), norm(device), gram(device));
  }

  private static List<Tensor> tensors(Device device) {
    List<Tensor> all = new ArrayList<>();
    for (int i = 0; i < TENSORS; i++) {
      all.add(Tensor.full(DType.F32, device, Shape.of(ROWS, COLUMNS), 0.5));
    }
    return all;
  }

  private static List<Gradient> gradients(Device device) {
    return tensors(device).stream().<Gradient>map(Gradient.Dense::new).toList();
  }

  /// Reads parameters, gradients and both moments, writes all but the gradients.
  private static Traffic adamW(Device device) {
    List<AdamWSlot> slots = new ArrayList<>();
    List<Tensor> parameters = tensors(device);
    List<Tensor> gradients = tensors(device);
    List<Tensor> first = tensors(device);
    List<Tensor> second = tensors(device);
    for (int i = 0; i < TENSORS; i++) {
      slots.add(
          new AdamWSlot(
              Handles.view(parameters.get(i)),
              Handles.view(gradients.get(i)),
              null,
              Handles.view(first.get(i)),
              Handles.view(second.get(i))));
    }
    var step = new FusedKernel.AdamW(slots, 1, 0.99, 0.9, 0.999, 1e-3, 1, 1e-8);
    return Traffic.count(
        "AdamW", SIZES, List.of("adamw"), 7 * ALL, device, () -> Backends.of(device).run(step));
  }

  private static Traffic norm(Device device) {
    List<Gradient> gradients = gradients(device);
    return Traffic.count(
        "joint norm",
        SIZES,
        List.of("gram", "sum_f64"),
        ALL + 2,
        device,
        () -> Gradients.norm(gradients));
  }

  private static Traffic gram(Device device) {
    List<List<Gradient>> gradients = new ArrayList<>();
    for (int task = 0; task < TASKS; task++) {
      gradients.add(gradients(device));
    }
    return Traffic.count(
        "inner products of " + TASKS + " gradients",
        SIZES,
        List.of("gram", "sum_f64"),
        TASKS * ALL + 2 * TASKS * TASKS,
        device,
        () -> Gradients.gram(gradients));
  }
}
