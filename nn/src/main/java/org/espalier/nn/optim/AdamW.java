package org.espalier.nn.optim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.Gradient;
import org.espalier.autograd.Gradients;
import org.espalier.op.AdamWUpdate;
import org.jspecify.annotations.Nullable;

/// AdamW (Loshchilov, Hutter 2019) over groups of parameters, with clipping by joint norm.
///
/// A parameter without a gradient does not step, decay or age: a task that is absent from a step
/// leaves its head alone. Each parameter counts its own steps for the bias correction.
public final class AdamW {
  /// What a row-sparse gradient moves.
  public enum SparseRows {
    /// All rows, as if the gradient were dense with zeros: moments fade and weights decay
    /// everywhere.
    ALL,
    /// Only the rows that were looked up: cheaper, and rare words keep their moments until they
    /// come again.
    TOUCHED
  }

  private final List<ParameterGroup> groups;
  private final double beta1;
  private final double beta2;
  private final double eps;
  private final SparseRows sparseRows;
  private final Map<String, State> states = new LinkedHashMap<>();

  private static final class State {
    final Tensor firstMoment;
    final Tensor secondMoment;
    long step;

    State(Tensor firstMoment, Tensor secondMoment) {
      this.firstMoment = firstMoment;
      this.secondMoment = secondMoment;
    }
  }

  /// A parameter that is about to step.
  private record Due(String name, State state, AdamWUpdate.Slot slot) {}

  /// Makes the optimiser with betas 0.9 and 0.999, eps 1e-8.
  public AdamW(List<ParameterGroup> groups, SparseRows sparseRows) {
    this(groups, 0.9, 0.999, 1e-8, sparseRows);
  }

  /// Makes the optimiser.
  ///
  /// @throws IllegalArgumentException when a parameter is in two groups, a beta is not in `[0, 1)`,
  ///   or eps is not positive
  public AdamW(
      List<ParameterGroup> groups, double beta1, double beta2, double eps, SparseRows sparseRows) {
    if (!(beta1 >= 0 && beta1 < 1) || !(beta2 >= 0 && beta2 < 1) || !(eps > 0)) {
      throw new IllegalArgumentException(
          "AdamW needs betas in [0, 1) and a positive eps; found %s, %s and %s"
              .formatted(beta1, beta2, eps));
    }
    this.groups = List.copyOf(groups);
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.eps = eps;
    this.sparseRows = sparseRows;
    Map<String, Tensor> seen = new LinkedHashMap<>();
    for (ParameterGroup g : groups) {
      g.parameters()
          .forEach((name, t) -> {
            if (seen.put(name, t) != null) {
              throw new IllegalArgumentException("parameter '" + name + "' is in two groups");
            }
          });
    }
  }

  /// Returns the joint norm of all gradients there are.
  public double gradientNorm() {
    List<Gradient> all = new ArrayList<>();
    for (ParameterGroup g : groups) {
      for (Tensor t : g.parameters().values()) {
        Gradient gradient = t.gradient();
        if (gradient != null) {
          all.add(gradient);
        }
      }
    }
    return Gradients.norm(all);
  }

  /// Moves every parameter that has a gradient, and forgets the gradients.
  ///
  /// @param factor the schedule's factor of the learning rates
  /// @param maxNorm gradients are scaled so that their joint norm is at most this; infinity does
  ///   not clip
  /// @return the joint norm before clipping
  /// @throws IllegalArgumentException when the factor is negative or not finite, or `maxNorm` is
  ///   not positive
  public double step(double factor, double maxNorm) {
    if (!(factor >= 0 && factor < Double.POSITIVE_INFINITY) || !(maxNorm > 0)) {
      throw new IllegalArgumentException(
          "a step needs a factor of at least 0 and a positive norm to clip at; found %s and %s"
              .formatted(factor, maxNorm));
    }
    double norm = gradientNorm();
    double scale = norm > maxNorm ? maxNorm / (norm + 1e-6) : 1;
    Autograd.noGrad(() -> {
      try (Scope _ = Scope.open()) { // what becomes dense on the way is given back
        for (ParameterGroup g : groups) {
          step(g, factor, scale);
        }
      }
    });
    zeroGrad();
    return norm;
  }

  private void step(ParameterGroup group, double factor, double scale) {
    Map<Long, List<Due>> byAge = new TreeMap<>();
    group
        .parameters()
        .forEach((name, t) -> {
          Gradient g = t.gradient();
          if (g == null) {
            return;
          }
          State s = states.get(name);
          if (s == null) {
            s = new State(zeros(t), zeros(t));
          }
          Gradient used =
              sparseRows == SparseRows.ALL && g instanceof Gradient.RowSparse r
                  ? new Gradient.Dense(r.dense())
                  : g;
          byAge
              .computeIfAbsent(s.step + 1, a -> new ArrayList<>())
              .add(new Due(name, s, new AdamWUpdate.Slot(t, used, s.firstMoment, s.secondMoment)));
        });
    byAge.forEach((age, due) -> {
      new AdamWUpdate(
              group.learningRate() * factor, group.weightDecay(), beta1, beta2, eps, scale, age)
          .apply(due.stream().map(Due::slot).toList());
      for (Due d : due) { // has stepped: one that fails ages nothing
        d.state.step = age;
        states.put(d.name, d.state);
      }
    });
  }

  private static Tensor zeros(Tensor like) {
    return Scope.outside(() -> Tensor.zeros(like.dtype(), like.device(), like.shape()));
  }

  /// Forgets all gradients.
  public void zeroGrad() {
    for (ParameterGroup g : groups) {
      g.parameters().values().forEach(Tensor::zeroGrad);
    }
  }

  /// Returns the state by name, for a checkpoint: `NAME.exp_avg`, `NAME.exp_avg_sq` and
  /// `NAME.step`.
  public Map<String, Tensor> state() {
    Map<String, Tensor> out = new LinkedHashMap<>();
    states.forEach((name, s) -> {
      out.put(name + ".exp_avg", s.firstMoment);
      out.put(name + ".exp_avg_sq", s.secondMoment);
      out.put(name + ".step", Tensor.of(new long[] {s.step}));
    });
    return out;
  }

  /// Replaces the state by what [#state] returned. A state that is refused changes nothing.
  ///
  /// @throws IllegalArgumentException when a moment is missing or has another shape than its
  ///   parameter, or a step is not one positive whole number
  public void restore(Map<String, Tensor> state) {
    Map<String, State> restored = new LinkedHashMap<>();
    for (ParameterGroup g : groups) {
      g.parameters()
          .forEach((name, t) -> {
            Tensor step = state.get(name + ".step");
            if (step != null) {
              State s = new State(zeros(t), zeros(t));
              s.firstMoment.copyInPlace(moment(state, name + ".exp_avg", t));
              s.secondMoment.copyInPlace(moment(state, name + ".exp_avg_sq", t));
              s.step = age(name, step);
              restored.put(name, s);
            }
          });
    }
    states.clear();
    states.putAll(restored);
  }

  private static long age(String name, Tensor step) {
    double age = step.elements() == 1 ? step.item() : Double.NaN;
    if (!(age >= 1) || age != Math.rint(age)) {
      throw new IllegalArgumentException(
          "optimiser state '"
              + name
              + ".step' is "
              + (step.elements() == 1 ? String.valueOf(age) : "of shape " + step.shape())
              + "; expected one positive whole number");
    }
    return (long) age;
  }

  private static Tensor moment(Map<String, Tensor> state, String name, Tensor parameter) {
    @Nullable Tensor m = state.get(name);
    if (m == null || !m.shape().equals(parameter.shape())) {
      throw new IllegalArgumentException(
          "optimiser state '"
              + name
              + "' is "
              + (m == null ? "missing" : m.shape().toString())
              + "; the parameter is "
              + parameter.shape());
    }
    return m;
  }
}
