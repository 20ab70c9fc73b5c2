package org.espalier.multitask.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.multitask.sharing.Sharing;
import org.espalier.nn.Context;
import org.espalier.nn.Parameters;
import org.espalier.nn.data.Batch;
import org.espalier.nn.data.Example;
import org.espalier.nn.head.Prediction;

/// Encoders and heads together: what is trained, saved and asked.
public final class MultiTaskModel {
  private final Parameters parameters;
  private final Sharing sharing;
  private final Map<String, Task> tasks = new LinkedHashMap<>();

  /// Makes a model of the parameters below `parameters`.
  ///
  /// @throws IllegalArgumentException when two tasks have one name
  public MultiTaskModel(Parameters parameters, Sharing sharing, List<Task> tasks) {
    this.parameters = parameters;
    this.sharing = sharing;
    for (Task t : tasks) {
      if (this.tasks.put(t.name(), t) != null) {
        throw new IllegalArgumentException("two tasks are named '" + t.name() + "'");
      }
    }
  }

  /// Returns all parameters.
  public Parameters parameters() {
    return parameters;
  }

  /// Returns the device on which the parameters lie, and batches must.
  public Device device() {
    return parameters.device();
  }

  /// Returns how encoders are shared.
  public Sharing sharing() {
    return sharing;
  }

  /// Returns the tasks, in order.
  public List<Task> tasks() {
    return new ArrayList<>(tasks.values());
  }

  /// Returns the task of a name.
  ///
  /// @throws IllegalArgumentException when there is none; the message lists those there are
  public Task task(String name) {
    Task t = tasks.get(name);
    if (t == null) {
      throw new IllegalArgumentException(
          "no task '" + name + "'; the tasks are " + String.join(", ", tasks.keySet()));
    }
    return t;
  }

  /// Returns the mean loss of a task on a batch, one number.
  ///
  /// @param frozenEncoder whether no gradient is to reach the encoder
  public Tensor loss(Task task, Context context, Batch batch, boolean frozenEncoder) {
    Context c = context.forTask(task.name());
    return task.head().loss(c, hidden(task, c, batch.ids(), frozenEncoder), batch);
  }

  /// Returns the mean loss of a task, one number, from tensors that are on the device.
  ///
  /// @param ids I32 `[rows]`
  /// @param targets what the task's head makes of the batch
  /// @param frozenEncoder whether no gradient is to reach the encoder
  public Tensor loss(
      Task task, Context context, Tensor ids, List<Tensor> targets, boolean frozenEncoder) {
    Context c = context.forTask(task.name());
    return task.head().loss(c, hidden(task, c, ids, frozenEncoder), targets);
  }

  private Tensor hidden(Task task, Context context, Tensor ids, boolean frozen) {
    var encoder = sharing.encoder(task.name());
    return frozen
        ? Autograd.noGrad(
            () -> encoder.forward(Context.inference(context.layout()).forTask(task.name()), ids))
        : encoder.forward(context, ids);
  }

  /// Returns the predictions for examples, in their order.
  ///
  /// @throws IllegalArgumentException when the batch size is not positive
  public List<Prediction> predict(Task task, List<Example> examples, int batchSize) {
    ExampleDeck.requireBatchSize(batchSize);
    List<Prediction> out = new ArrayList<>(examples.size());
    for (int i = 0; i < examples.size(); i += batchSize) {
      List<Example> some = examples.subList(i, Math.min(examples.size(), i + batchSize));
      try (Scope _ = Scope.open()) {
        Batch batch = Batch.of(some).to(device());
        Context context = Context.inference(batch.layout()).forTask(task.name());
        out.addAll(
            Autograd.noGrad(() ->
                task.head().predict(context, hidden(task, context, batch.ids(), false), batch)));
      }
    }
    return out;
  }
}
