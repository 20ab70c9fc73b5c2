package org.espalier.multitask.weighting;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;

/// Weighting by learned uncertainty (Kendall, Gal, Cipolla 2018), with `s_i = ln sigma_i^2` learned
/// for each task from 0.
///
/// A regression adds `e^-s L / 2 + s / 2`, a classification (softmax scaled by `1 / sigma^2`) `e^-s
/// L + s / 2`. The optimum is `s = ln L` for a regression and `s = ln 2L` for a classification. The
/// total may become negative: that is right.
public final class UncertaintyWeighting implements LossWeighting {
  /// What the loss of a task is.
  public enum Kind {
    /// Squared error: a Gaussian likelihood.
    REGRESSION(0.5),
    /// Cross-entropy: a softmax likelihood.
    CLASSIFICATION(1);

    private final double factor;

    Kind(double factor) {
      this.factor = factor;
    }
  }

  private final List<Kind> kinds;
  private final List<Tensor> logVariances = new ArrayList<>();

  /// Makes the weighting of tasks of these kinds, on the CPU.
  public UncertaintyWeighting(List<Kind> kinds) {
    this(kinds, Device.CPU);
  }

  /// Makes the weighting of tasks of these kinds, on the device of the model.
  public UncertaintyWeighting(List<Kind> kinds, Device device) {
    this.kinds = List.copyOf(kinds);
    for (int i = 0; i < kinds.size(); i++) {
      logVariances.add(
          Scope.outside(() -> Tensor.zeros(DType.F32, device, Shape.SCALAR)).requireGrad());
    }
  }

  @Override
  public String name() {
    return "uncertainty";
  }

  @Override
  public Tensor weigh(int task, Tensor loss) {
    Tensor s = logVariances.get(task);
    return s.neg().exp().mul(loss).mul(kinds.get(task).factor).add(s.mul(0.5));
  }

  @Override
  public boolean isRecordable() {
    return true;
  }

  @Override
  public double weight(int task) {
    return kinds.get(task).factor * Math.exp(-logVariances.get(task).item());
  }

  @Override
  public Map<String, Tensor> parameters() {
    Map<String, Tensor> out = new LinkedHashMap<>();
    for (int i = 0; i < logVariances.size(); i++) {
      out.put("weighting.log_variance." + i, logVariances.get(i));
    }
    return out;
  }
}
