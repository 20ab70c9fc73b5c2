package org.espalier.multitask.sharing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.espalier.Tensor;
import org.espalier.nn.Module;
import org.jspecify.annotations.Nullable;

/// An encoder for each task, held together by a penalty on the distance of corresponding parameters
/// (Duong et al. 2015); meant for two to four tasks.
///
/// A step of task `t` adds `lambda / N * sum over the other tasks of |theta_t - theta_j|^2`, with
/// `N` the number of parameters of one encoder, so that lambda means the same in a small model and
/// a large one. Only the encoder of the task that stepped moves: the others are constants to it.
public final class SoftSharing implements Sharing {
  /// The factor of the penalty when nothing else is asked for.
  public static final double DEFAULT_LAMBDA = 0.01;

  /// An encoder and its parameters, by names that correspond between encoders.
  ///
  /// @param encoder the module
  /// @param parameters by name relative to the encoder
  public record Branch(Module encoder, Map<String, Tensor> parameters) {}

  private final Map<String, Branch> branches;
  private final double lambda;
  private final long count;

  /// Makes the sharing of these tasks' encoders.
  ///
  /// @throws IllegalArgumentException when there are no encoders, they do not correspond in names
  ///   and shapes, or lambda is negative or not finite
  public SoftSharing(Map<String, Branch> branches, double lambda) {
    if (branches.isEmpty() || !(lambda >= 0 && lambda < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "soft sharing needs an encoder for each task and a finite lambda of at least 0; found "
              + branches.size()
              + " and "
              + lambda);
    }
    this.branches = new LinkedHashMap<>(branches);
    this.lambda = lambda;
    Branch first = branches.values().iterator().next();
    this.count = first.parameters.values().stream().mapToLong(Tensor::elements).sum();
    branches.forEach((task, branch) -> {
      if (!branch.parameters.keySet().equals(first.parameters.keySet())) {
        throw new IllegalArgumentException(
            "the encoder of task '" + task + "' has other parameters than the first one");
      }
      first.parameters.forEach((name, t) -> {
        Tensor other = branch.parameters.get(name);
        if (other == null || !other.shape().equals(t.shape())) {
          throw new IllegalArgumentException(
              "parameter '"
                  + name
                  + "' of task '"
                  + task
                  + "' has another shape than in the first encoder");
        }
      });
    });
  }

  @Override
  public String name() {
    return "soft";
  }

  private Branch branch(String task) {
    Branch b = branches.get(task);
    if (b == null) {
      throw new IllegalArgumentException(
          "no task '" + task + "'; the tasks are " + branches.keySet());
    }
    return b;
  }

  @Override
  public Module encoder(String task) {
    return branch(task).encoder;
  }

  @Override
  public Map<String, Tensor> parameters(String task) {
    return branch(task).parameters;
  }

  @Override
  public @Nullable Tensor penalty(String task) {
    Branch own = branch(task);
    Tensor sum = null;
    for (Map.Entry<String, Branch> other : branches.entrySet()) {
      if (other.getKey().equals(task)) {
        continue;
      }
      for (Map.Entry<String, Tensor> e : own.parameters.entrySet()) {
        Tensor far = other.getValue().parameters.get(e.getKey());
        if (far == null || !e.getValue().requiresGrad()) {
          continue;
        }
        Tensor distance = e.getValue().sub(far.detach()).square().sum();
        sum = sum == null ? distance : sum.add(distance);
      }
    }
    return sum == null ? null : sum.mul(lambda / count);
  }

  @Override
  public List<Module> encoders() {
    return new ArrayList<>(branches.values().stream().map(Branch::encoder).toList());
  }
}
