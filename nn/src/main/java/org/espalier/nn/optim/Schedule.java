package org.espalier.nn.optim;

/// How the learning rate moves during training: a factor for each step.
@FunctionalInterface
public interface Schedule {
  /// Returns the factor of the learning rate at a step, counted from 0.
  double factor(long step);

  /// Returns the factor 1 always.
  static Schedule constant() {
    return step -> 1;
  }

  /// Returns a straight rise over the first `warmup` steps, then a straight fall to 0 at `total`
  /// (Devlin et al. 2019): `(step + 1) / (warmup + 1)` before step `warmup`, then `(total - step) /
  /// (total - warmup)`, and 0 from `total` on.
  ///
  /// The first step has the factor `1 / (warmup + 1)` and moves already; Hugging Face's
  /// `get_linear_schedule_with_warmup` rises as `step / warmup`, so that its first step, with the
  /// factor 0, moves nothing.
  ///
  /// @throws IllegalArgumentException when `warmup` is negative or beyond `total`
  static Schedule linear(long warmup, long total) {
    if (warmup < 0 || warmup > total) {
      throw new IllegalArgumentException(
          "warm-up of " + warmup + " steps does not fit in " + total + " steps");
    }
    return step ->
        step < warmup
            ? (step + 1.0) / (warmup + 1.0)
            : Math.max(0, (double) (total - step) / Math.max(1, total - warmup));
  }
}
