package org.espalier.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.espalier.Device;
import org.espalier.multitask.train.StepMode;

/// What a demonstration is asked to do.
///
/// @param seed of draws, heads, batch order, dropout and bootstrap
/// @param steps steps of the multi-task training; 0 for one epoch
/// @param tasks names of the tasks, in order
/// @param weighting how losses are weighted
/// @param aggregation how gradients are combined; `none` for a task a step
/// @param sampler which task gives the next batch
/// @param soft whether each task has an encoder of its own
/// @param earlyStopping the task that early stopping watches, `all` for their mean; empty for no
///   early stopping
/// @param examples training examples a task
/// @param validation validation examples a task
/// @param cosineBatches batches a task for the gradient cosines
/// @param cosineBatchSize examples in each of them
/// @param encoderDropout dropout inside the encoder
/// @param device where models live and are trained
/// @param graphs whether steps are recorded and replayed
record DemoOptions(
    long seed,
    int steps,
    List<String> tasks,
    Choice weighting,
    Choice aggregation,
    Choice sampler,
    boolean soft,
    String earlyStopping,
    int examples,
    int validation,
    int cosineBatches,
    int cosineBatchSize,
    double encoderDropout,
    Device device,
    boolean graphs) {

  /// The tasks there are.
  static final List<String> TASKS =
      List.of("sense", "word-sense", "depth", "correct", "error-span");

  /// Examples of a task in a step of training.
  static final int BATCH_SIZE = 16;

  /// Tokens an example may have.
  static final int MAX_TOKENS = 48;

  /// Dropout in front of the heads.
  static final double HEAD_DROPOUT = 0.1;

  DemoOptions {
    tasks = List.copyOf(tasks);
  }

  /// The settings, for the log and the summary.
  Map<String, Object> json() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("seed", seed);
    json.put("steps", steps);
    json.put("tasks", tasks);
    json.put("weighting", weighting.toString());
    json.put("aggregation", aggregation.toString());
    json.put("sampler", sampler.toString());
    json.put("sharing", soft ? "soft" : "hard");
    json.put("earlyStopping", earlyStopping);
    json.put("examples", examples);
    json.put("validation", validation);
    json.put("cosineBatches", cosineBatches);
    json.put("cosineBatchSize", cosineBatchSize);
    json.put("encoderDropout", encoderDropout);
    json.put("headDropout", HEAD_DROPOUT);
    json.put("batchSize", BATCH_SIZE);
    json.put("maxTokens", MAX_TOKENS);
    json.put("device", device.name());
    json.put("graphs", graphs);
    return json;
  }

  /// Returns how the device is asked for steps.
  StepMode mode() {
    return graphs ? StepMode.RECORDED : StepMode.EAGER;
  }
}
