package org.espalier.multitask.diagnostics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.autograd.Gradient;
import org.espalier.autograd.Gradients;
import org.espalier.multitask.train.MultiTaskModel;
import org.espalier.multitask.train.Task;
import org.espalier.nn.Context;
import org.espalier.nn.data.Batch;
import org.espalier.nn.data.Example;
import org.espalier.random.RandomStream;
import org.jspecify.annotations.Nullable;

/// Measures how the gradients of tasks lie to each other on the parameters that they share.
///
/// The cosine of two batches is almost pure noise: at 10^7 parameters even two batches of *one*
/// task are nearly orthogonal. So each task gives several disjoint batches; all their inner
/// products are formed; and [CosineMatrix] says what can be told from them, with standard errors.
public final class GradientCosines {
  private final MultiTaskModel model;
  private final List<Tensor> parameters;
  private final int batches;
  private final int batchSize;

  /// Makes a measurement.
  ///
  /// @param parameters those to look at, shared by all tasks, such as the encoder's layers
  /// @param batches disjoint batches of each task, at least 2
  /// @param batchSize examples in each
  /// @throws IllegalArgumentException when a task has too few training examples
  public GradientCosines(
      MultiTaskModel model, Map<String, Tensor> parameters, int batches, int batchSize) {
    if (batches < 2 || batchSize < 1 || parameters.isEmpty()) {
      throw new IllegalArgumentException(
          "cosines need at least 2 batches of at least 1 example and one parameter");
    }
    for (Task t : model.tasks()) {
      if (t.train().size() < (long) batches * batchSize) {
        throw new IllegalArgumentException(
            "task '"
                + t.name()
                + "' has "
                + t.train().size()
                + " training examples, too few for "
                + batches
                + " disjoint batches of "
                + batchSize);
      }
    }
    this.model = model;
    this.parameters = List.copyOf(parameters.values());
    this.batches = batches;
    this.batchSize = batchSize;
  }

  /// Returns the bytes of gradients that [#measure] holds at once.
  public static long bytes(Map<String, Tensor> parameters, int tasks, int batches) {
    return 4L * tasks * batches * parameters.values().stream().mapToLong(Tensor::elements).sum();
  }

  /// Measures with dropout off; nobody's `.grad()` changes.
  ///
  /// @param seed which examples
  /// @param progress hears the number of batches done
  public CosineMatrix measure(long seed, IntConsumer progress) {
    List<Task> tasks = model.tasks();
    List<List<@Nullable Gradient>> gradients = new ArrayList<>();
    try (Scope _ = Scope.open()) {
      for (int t = 0; t < tasks.size(); t++) {
        int[] order = new RandomStream(seed, t).permutation(tasks.get(t).train().size());
        for (int b = 0; b < batches; b++) {
          List<Example> some = new ArrayList<>();
          for (int i = b * batchSize; i < (b + 1) * batchSize; i++) {
            some.add(tasks.get(t).train().get(order[i]));
          }
          gradients.add(gradient(tasks.get(t), some));
          progress.accept(gradients.size());
        }
      }
      double[][] gram = Gradients.gram(gradients);
      return CosineMatrix.of(tasks.stream().map(Task::name).toList(), gram, batches);
    }
  }

  /// Returns the gradient of one batch, one for each parameter.
  private List<@Nullable Gradient> gradient(Task task, List<Example> examples) {
    Map<Tensor, Tensor> found = new HashMap<>();
    try (Scope _ = Scope.open()) {
      Batch batch = Batch.of(examples).to(model.device());
      Tensor loss = model.loss(task, Context.inference(batch.layout()), batch, false);
      Autograd.of(loss)
          .into((parameter, g) -> {
            if (parameters.contains(parameter)) {
              add(found, parameter, g);
            }
          });
    }
    List<@Nullable Gradient> out = new ArrayList<>();
    for (Tensor p : parameters) {
      Tensor g = found.get(p);
      out.add(g == null ? null : new Gradient.Dense(g));
    }
    return out;
  }

  private static void add(Map<Tensor, Tensor> found, Tensor parameter, Gradient g) {
    Tensor before = found.get(parameter);
    if (before == null) {
      // Held until the measurement is done, like the list it goes into.
      found.put(parameter, Scope.outside(() -> g.dense().copy()));
    } else {
      before.addInPlace(g.dense());
    }
  }

  @Override
  public String toString() {
    return "GradientCosines" + Arrays.asList(batches, batchSize);
  }
}
