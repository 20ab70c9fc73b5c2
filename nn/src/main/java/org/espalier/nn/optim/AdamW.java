package org.espalier.nn.optim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.espalier.DType;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.Gradient;
import org.espalier.autograd.Gradients;
import org.espalier.graph.Step;
import org.espalier.op.AdamWOnDevice;
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

  /// A parameter whose steps are counted, and what its numbers are made of.
  private record Aging(State state, double rate, double decay) {}

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
    require(factor, maxNorm);
    double norm = gradientNorm();
    double scale = Gradients.clipping(norm, maxNorm);
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

  private static void require(double factor, double maxNorm) {
    if (!(factor >= 0 && factor < Double.POSITIVE_INFINITY) || !(maxNorm > 0)) {
      throw new IllegalArgumentException(
          "a step needs a factor of at least 0 and a positive norm to clip at; found %s and %s"
              .formatted(factor, maxNorm));
    }
  }

  /// Does what the other form does without waiting for the device, so that it can be recorded: the
  /// norm stays there, and the numbers that change from step to step are fed. The bits are the
  /// same.
  ///
  /// @param run the step it is a part of
  /// @param factor the schedule's factor of the learning rates in each run
  /// @param maxNorm as in the other form
  /// @return the joint norm before clipping, F64, on the device of the gradients; 0 when there are
  ///   none
  /// @throws IllegalArgumentException when a factor is negative or not finite, or `maxNorm` is not
  ///   positive
  public <I> Tensor step(Step<I> run, ToDoubleFunction<? super I> factor, double maxNorm) {
    require(0, maxNorm);
    List<Gradient> gradients = new ArrayList<>();
    List<AdamWUpdate.Slot> slots = new ArrayList<>();
    List<Aging> aging = new ArrayList<>();
    for (ParameterGroup g : groups) {
      g.parameters()
          .forEach((name, t) -> {
            Gradient gradient = t.gradient();
            if (gradient != null) {
              State s = states.computeIfAbsent(name, _ -> new State(zeros(t), zeros(t)));
              gradients.add(gradient);
              slots.add(new AdamWUpdate.Slot(t, gradient, s.firstMoment, s.secondMoment));
              aging.add(new Aging(s, g.learningRate(), g.weightDecay()));
            }
          });
    }
    if (slots.isEmpty()) {
      return Tensor.zeros(DType.F64, run.device(), Shape.SCALAR);
    }
    AdamWOnDevice update = new AdamWOnDevice(beta1, beta2, eps);
    Tensor numbers = run.feed(input -> numbers(update, aging, factor.applyAsDouble(input)));
    Tensor norm =
        Autograd.noGrad(() -> {
          Tensor joint = Gradients.jointNorm(gradients, maxNorm);
          try (Scope _ = Scope.open()) {
            update.apply(slots.stream().map(this::used).toList(), numbers, joint.select(0, 1));
          }
          return joint.select(0, 0);
        });
    zeroGrad();
    run.afterwards(_ -> aging.forEach(a -> a.state.step++));
    return norm;
  }

  private static Tensor numbers(AdamWOnDevice update, List<Aging> aging, double factor) {
    require(factor, 1);
    double[] all = new double[aging.size() * AdamWOnDevice.NUMBERS];
    for (int i = 0; i < aging.size(); i++) {
      Aging a = aging.get(i);
      double[] own = update.numbers(a.rate * factor, a.decay, a.state.step + 1);
      System.arraycopy(own, 0, all, i * own.length, own.length);
    }
    return Tensor.of(all, aging.size(), AdamWOnDevice.NUMBERS);
  }

  /// Returns the slot with its gradient in the form that moves what `sparseRows` says.
  private AdamWUpdate.Slot used(AdamWUpdate.Slot slot) {
    return sparseRows == SparseRows.ALL && slot.gradient() instanceof Gradient.RowSparse r
        ? new AdamWUpdate.Slot(
            slot.parameter(),
            new Gradient.Dense(r.dense()),
            slot.firstMoment(),
            slot.secondMoment())
        : slot;
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
          var slot = new AdamWUpdate.Slot(t, g, s.firstMoment, s.secondMoment);
          byAge
              .computeIfAbsent(s.step + 1, a -> new ArrayList<>())
              .add(new Due(name, s, used(slot)));
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
      if (s.step > 0) { // else it was made for a step that failed
        out.put(name + ".exp_avg", s.firstMoment);
        out.put(name + ".exp_avg_sq", s.secondMoment);
        out.put(name + ".step", Tensor.of(new long[] {s.step}));
      }
    });
    return out;
  }

  /// Replaces the state by what [#state] returned, in the memory that recorded steps know. A state
  /// that is refused changes nothing.
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
    states.forEach((name, s) -> {
      State other = restored.remove(name);
      if (other == null) {
        s.firstMoment.copyInPlace(Tensor.zerosLike(s.firstMoment));
        s.secondMoment.copyInPlace(Tensor.zerosLike(s.secondMoment));
        s.step = 0;
      } else {
        s.firstMoment.copyInPlace(other.firstMoment);
        s.secondMoment.copyInPlace(other.secondMoment);
        s.step = other.step;
      }
    });
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
