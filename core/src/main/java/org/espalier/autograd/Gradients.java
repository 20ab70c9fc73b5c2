package org.espalier.autograd;

import java.util.Arrays;
import java.util.List;
import org.espalier.DType;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.engine.Backends;
import org.espalier.engine.Handles;
import org.espalier.spi.FusedKernel;

/// Arithmetic on gradients in the form they have: norms for clipping, inner products for Gram
/// matrices.
public final class Gradients {
  private Gradients() {}

  /// Returns the inner product of two gradients of one parameter, accumulated in double.
  ///
  /// @throws TensorException when the shapes differ
  public static double dot(Gradient a, Gradient b) {
    if (!a.shape().equals(b.shape())) {
      throw new TensorException(
          "gradients of shapes " + a.shape() + " and " + b.shape() + " have no inner product");
    }
    try (Scope _ = Scope.open()) {
      return Autograd.noGrad(() -> {
        if (a instanceof Gradient.RowSparse x && b instanceof Gradient.RowSparse y) {
          return dotRows(x, y);
        }
        return dot(a.dense(), b.dense());
      });
    }
  }

  /// Returns the Euclidean norm of all these gradients as one vector, for clipping by joint norm
  /// (Pascanu, Mikolov, Bengio 2013).
  public static double norm(List<Gradient> gradients) {
    return Autograd.noGrad(() -> {
      double sum = 0;
      for (Gradient g : gradients) {
        sum += squaredNorm(g);
      }
      return Math.sqrt(sum);
    });
  }

  private static double squaredNorm(Gradient g) {
    try (Scope _ = Scope.open()) {
      Tensor t = (g instanceof Gradient.RowSparse r ? r.values() : g.dense()).contiguous();
      return dotContiguous(t, t);
    }
  }

  /// Returns the inner product of two tensors of one shape, accumulated in double.
  public static double dot(Tensor a, Tensor b) {
    try (Scope _ = Scope.open()) {
      return dotContiguous(a.detach().contiguous(), b.detach().contiguous());
    }
  }

  private static double dotContiguous(Tensor a, Tensor b) {
    Tensor out = Tensor.zeros(DType.F64, a.device(), Shape.SCALAR);
    Backends.of(a.device())
        .run(new FusedKernel.Dot(Handles.view(a), Handles.view(b), Handles.view(out)));
    return out.item();
  }

  /// Multiplies a gradient by a number, in its own memory.
  public static void scaleInPlace(Gradient gradient, double factor) {
    Autograd.noGrad(() -> {
      try (Scope _ = Scope.open()) {
        Tensor t =
            switch (gradient) {
              case Gradient.Dense d -> d.value();
              case Gradient.RowSparse r -> r.values();
              case Gradient.OuterProduct p -> p.outputGradient();
            };
        t.mulInPlace(Tensor.full(t.dtype(), t.device(), Shape.SCALAR, factor));
      }
    });
  }

  /// Lets go of a gradient's memory.
  public static void close(Gradient gradient) {
    switch (gradient) {
      case Gradient.Dense d -> Handles.close(d.value());
      case Gradient.RowSparse r -> {
        Handles.close(r.rows());
        Handles.close(r.values());
      }
      case Gradient.OuterProduct p -> {
        Handles.close(p.outputGradient());
        Handles.close(p.input());
      }
    }
  }

  private static double dotRows(Gradient.RowSparse a, Gradient.RowSparse b) {
    int[] x = a.rows().toIntArray();
    int[] y = b.rows().toIntArray();
    int[] placeX = new int[Math.min(x.length, y.length)];
    int[] placeY = new int[placeX.length];
    int n = 0;
    int i = 0;
    int j = 0;
    while (i < x.length && j < y.length) {
      if (x[i] == y[j]) {
        placeX[n] = i++;
        placeY[n++] = j++;
      } else if (x[i] < y[j]) {
        i++;
      } else {
        j++;
      }
    }
    var device = a.values().device();
    return dot(
        a.values().rows(Tensor.of(Arrays.copyOf(placeX, n)).to(device)),
        b.values().rows(Tensor.of(Arrays.copyOf(placeY, n)).to(device)));
  }
}
