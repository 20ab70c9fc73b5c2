package org.espalier.nn.head;

import java.util.Arrays;
import java.util.List;
import org.espalier.Tensor;
import org.espalier.nn.data.Batch;
import org.espalier.nn.data.Target;
import org.espalier.op.CrossEntropy;

/// Finds the kind of target that a head needs, and makes tensors of targets.
final class Targets {
  private Targets() {}

  static <T extends Target> T of(Batch batch, int example, Class<T> kind) {
    Target t = batch.examples().get(example).target();
    if (!kind.isInstance(t)) {
      throw new IllegalArgumentException(
          "example "
              + example
              + " of the batch has the target "
              + t
              + ", but this head needs a "
              + kind.getSimpleName());
    }
    return kind.cast(t);
  }

  /// Returns classes I32 `[n]`, and as one F32 how many of them are labels: at least 1.
  static List<Tensor> classes(int[] classes) {
    int labelled = (int) Arrays.stream(classes).filter(c -> c != CrossEntropy.IGNORE).count();
    return List.of(Tensor.of(classes), Tensor.scalar(Math.max(1, labelled)));
  }
}
