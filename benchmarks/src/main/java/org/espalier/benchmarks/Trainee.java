package org.espalier.benchmarks;

import java.util.List;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.nn.Context;
import org.espalier.nn.Module;
import org.espalier.nn.Parameters;
import org.espalier.nn.data.Batch;
import org.espalier.nn.optim.AdamW;
import org.espalier.nn.optim.ParameterGroup;

/// A network with its optimiser.
public abstract class Trainee {
  /// The constant learning rate of all parameters.
  public static final double LEARNING_RATE = 2e-5;

  /// The decoupled decay of matrices; biases and norms have none.
  public static final double WEIGHT_DECAY = 0.01;

  /// The joint norm that gradients are clipped to.
  public static final double LARGEST_NORM = 1;

  private final Parameters parameters;
  private final Module network;
  private final AdamW optimiser;
  private long seed;

  /// Takes what has been made.
  ///
  /// @param parameters all of them, the heads' too
  Trainee(Parameters parameters, Module network) {
    this.parameters = parameters;
    this.network = network;
    optimiser =
        new AdamW(
            ParameterGroup.decayed(parameters.all(), LEARNING_RATE, WEIGHT_DECAY),
            AdamW.SparseRows.ALL);
  }

  /// Returns all parameters.
  public final Parameters parameters() {
    return parameters;
  }

  /// Runs a training step: forward, backward, clipping, AdamW on all parameters. Returns the loss.
  public final double train(TokenBatch tokens) {
    Batch batch = tokens.packed(0);
    double loss = backward(batch, (context, hidden) -> loss(context, hidden, batch, tokens));
    step();
    return loss;
  }

  /// Runs a training step that combines the gradients of tasks by PCGrad, with a batch for each.
  /// Returns the sum of the losses.
  ///
  /// @throws UnsupportedOperationException when there is but one task
  public abstract double surgery(List<TokenBatch> batches);

  /// Runs the network forward without recording: hidden states `[rows, hidden]`. The caller's scope
  /// owns them.
  public final Tensor infer(TokenBatch tokens) {
    Batch batch = tokens.packed(0);
    return Autograd.noGrad(() -> network.forward(Context.inference(batch.layout()), batch.ids()));
  }

  /// Returns what a training step makes smaller.
  ///
  /// @param batch the tokens as packed for the first task
  abstract Tensor loss(Context context, Tensor hidden, Batch batch, TokenBatch tokens);

  /// A loss of hidden states.
  interface Loss {
    Tensor of(Context context, Tensor hidden);
  }

  /// Runs the network and a loss forward and backward; returns the loss.
  final double backward(Batch batch, Loss loss) {
    try (Scope _ = Scope.open()) {
      Context context = Context.training(batch.layout(), seed++);
      Tensor value = loss.of(context, network.forward(context, batch.ids()));
      value.backward();
      return value.item();
    }
  }

  /// Clips and moves the parameters.
  final void step() {
    optimiser.step(1, LARGEST_NORM);
  }
}
