package org.espalier.multitask.train;

/// How to train.
///
/// @param steps number of optimiser steps
/// @param batchSize examples of a task in a batch
/// @param encoderRate peak learning rate below the heads
/// @param headRate peak learning rate of the heads
/// @param weightingRate learning rate of what a weighting learns; it needs a larger one than the
///   model, or it never moves
/// @param weightDecay decoupled decay, not on biases and norms
/// @param warmup share of the steps in which the rate rises
/// @param clip largest joint norm of the gradients
/// @param seed seed of batch order and dropout
/// @param frozenEncoder whether only heads learn: a probe of what the encoder knows already
/// @param evaluateEvery steps between validations; 0 validates never
/// @param patience validations without a better primary score after which training stops and the
///   best weights come back; 0 never stops early
/// @param primaryTask the task that early stopping looks at; empty for the mean over all
/// @param mode how the device is asked for a step
public record TrainingPlan(
    int steps,
    int batchSize,
    double encoderRate,
    double headRate,
    double weightingRate,
    double weightDecay,
    double warmup,
    double clip,
    long seed,
    boolean frozenEncoder,
    int evaluateEvery,
    int patience,
    String primaryTask,
    StepMode mode) {

  /// Makes a plan whose steps are computed one kernel at a time.
  public TrainingPlan(
      int steps,
      int batchSize,
      double encoderRate,
      double headRate,
      double weightingRate,
      double weightDecay,
      double warmup,
      double clip,
      long seed,
      boolean frozenEncoder,
      int evaluateEvery,
      int patience,
      String primaryTask) {
    this(
        steps,
        batchSize,
        encoderRate,
        headRate,
        weightingRate,
        weightDecay,
        warmup,
        clip,
        seed,
        frozenEncoder,
        evaluateEvery,
        patience,
        primaryTask,
        StepMode.EAGER);
  }

  /// Checks the numbers.
  ///
  /// @throws IllegalArgumentException when one makes no sense
  public TrainingPlan {
    if (steps < 0 || batchSize < 1 || !(warmup >= 0 && warmup <= 1) || !(clip > 0)) {
      throw new IllegalArgumentException(
          "a plan needs steps >= 0, a batch size >= 1, a warm-up in [0, 1] and a positive clip; found "
              + steps
              + ", "
              + batchSize
              + ", "
              + warmup
              + ", "
              + clip);
    }
    for (double rate : new double[] {encoderRate, headRate, weightingRate, weightDecay}) {
      if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "rates and decay of a plan are finite and at least 0; found " + rate);
      }
    }
    if (evaluateEvery < 0 || patience < 0 || (patience > 0 && evaluateEvery == 0)) {
      throw new IllegalArgumentException(
          "a plan that stops early after %d validations needs one every so many steps, not every %d"
              .formatted(patience, evaluateEvery));
    }
  }

  /// Returns the plan that has proved good for fine-tuning a small encoder: batches of 16, encoder
  /// rate 1e-4, head rate 1e-3, decay 0.01, 6 % warm-up, clip 1.
  public static TrainingPlan fineTuning(int steps, long seed) {
    return new TrainingPlan(steps, 16, 1e-4, 1e-3, 1e-2, 0.01, 0.06, 1.0, seed, false, 0, 0, "");
  }

  /// Returns this plan with the encoder left as it is.
  public TrainingPlan withFrozenEncoder() {
    return new TrainingPlan(
        steps,
        batchSize,
        encoderRate,
        headRate,
        weightingRate,
        weightDecay,
        warmup,
        clip,
        seed,
        true,
        evaluateEvery,
        patience,
        primaryTask,
        mode);
  }

  /// Returns this plan with its steps asked for in another way.
  public TrainingPlan withMode(StepMode other) {
    return new TrainingPlan(
        steps,
        batchSize,
        encoderRate,
        headRate,
        weightingRate,
        weightDecay,
        warmup,
        clip,
        seed,
        frozenEncoder,
        evaluateEvery,
        patience,
        primaryTask,
        other);
  }

  /// Returns this plan with validation and early stopping.
  public TrainingPlan withEarlyStopping(int every, int validations, String task) {
    return new TrainingPlan(
        steps,
        batchSize,
        encoderRate,
        headRate,
        weightingRate,
        weightDecay,
        warmup,
        clip,
        seed,
        frozenEncoder,
        every,
        validations,
        task,
        mode);
  }
}
