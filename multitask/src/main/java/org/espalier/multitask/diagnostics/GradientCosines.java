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
import org.espalier.multitask.train.MultiTaskModel;
import org.espalier.multitask.train.Task;
import org.espalier.nn.Context;
import org.espalier.nn.data.Batch;
import org.espalier.nn.data.Example;
import org.espalier.op.Concat;
import org.espalier.random.RandomStream;

/// Measures how the gradients of tasks lie to each other on the parameters that they share.
///
/// The cosine of two batches is almost pure noise: at 10^7 parameters even two batches of *one*
/// task are nearly orthogonal. So each task gives several disjoint batches; all their inner
/// products are formed; and [CosineMatrix] says what can be told from them, with standard errors.
public final class GradientCosines {
  /// Columns of the gradients that are multiplied at a time: in float, then added in double.
  private static final int CHUNK = 8192;

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
    List<List<Tensor>> gradients = new ArrayList<>();
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
      double[][] gram = Autograd.noGrad(() -> gram(gradients));
      return CosineMatrix.of(tasks.stream().map(Task::name).toList(), gram, batches);
    }
  }

  /// Returns the gradient of one batch, one tensor for each parameter.
  private List<Tensor> gradient(Task task, List<Example> examples) {
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
    List<Tensor> out = new ArrayList<>();
    for (Tensor p : parameters) {
      Tensor g = found.get(p);
      out.add(
          (g == null ? Tensor.zeros(p.dtype(), p.device(), p.shape()) : g).reshape(p.elements()));
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

  /// Returns all inner products, `[tasks * batches][tasks * batches]`.
  private double[][] gram(List<List<Tensor>> gradients) {
    int n = gradients.size();
    double[][] gram = new double[n][n];
    for (int p = 0; p < parameters.size(); p++) {
      int size = parameters.get(p).elements();
      for (int from = 0; from < size; from += CHUNK) {
        int to = Math.min(size, from + CHUNK);
        try (Scope _ = Scope.open()) {
          Tensor[] rows = new Tensor[n];
          for (int i = 0; i < n; i++) {
            rows[i] = gradients.get(i).get(p).slice(0, from, to).reshape(1, to - from);
          }
          Tensor x = Concat.apply(0, rows);
          double[] g = x.matmul(x.transpose()).toDoubleArray();
          for (int i = 0; i < n * n; i++) {
            gram[i / n][i % n] += g[i];
          }
        }
      }
    }
    return gram;
  }

  @Override
  public String toString() {
    return "GradientCosines" + Arrays.asList(batches, batchSize);
  }
}
