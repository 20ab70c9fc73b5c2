package org.espalier.benchmarks;

import java.util.List;
import org.espalier.Tensor;
import org.espalier.nn.Parameters;
import org.espalier.nn.optim.AdamW;
import org.espalier.nn.optim.ParameterGroup;

/// A network with its optimiser.
public interface Trainee {
  /// The constant learning rate of all parameters.
  double LEARNING_RATE = 2e-5;

  /// The decoupled decay of matrices; biases and norms have none.
  double WEIGHT_DECAY = 0.01;

  /// The joint norm that gradients are clipped to.
  double LARGEST_NORM = 1;

  /// Returns all parameters.
  Parameters parameters();

  /// Runs a training step: forward, backward, clipping, AdamW on all parameters. Returns the loss.
  double train(TokenBatch batch);

  /// Runs a training step that combines the gradients of tasks by PCGrad, with a batch for each.
  /// Returns the sum of the losses.
  ///
  /// @throws UnsupportedOperationException when there is but one task
  double surgery(List<TokenBatch> batches);

  /// Runs the network forward without recording: hidden states `[rows, hidden]`. The caller's scope
  /// owns them.
  Tensor infer(TokenBatch batch);

  /// Returns the optimiser that both kinds of network have.
  static AdamW optimiser(Parameters parameters) {
    return new AdamW(
        ParameterGroup.decayed(parameters.all(), LEARNING_RATE, WEIGHT_DECAY),
        AdamW.SparseRows.ALL);
  }
}
