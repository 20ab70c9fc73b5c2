package org.espalier.autograd;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.engine.Backends;
import org.espalier.engine.Handles;
import org.espalier.engine.HostCopy;
import org.espalier.engine.Recordings;
import org.espalier.spi.FusedKernel;
import org.espalier.spi.Layout;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

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

  /// Returns all inner products of gradients of several losses with respect to the same parameters,
  /// `gram[i][j] = sum over the parameters p of gradients[i][p] . gradients[j][p]`, accumulated in
  /// double. A device that computes beside the host is waited for once.
  ///
  /// @param gradients for each loss one of each parameter, in any form; null for zeros
  /// @throws TensorException when the shapes of a parameter's gradients differ
  public static double[][] gram(List<? extends List<? extends @Nullable Gradient>> gradients) {
    return new GramMatrix(gradients.size()).of(gradients);
  }

  /// Returns the Euclidean norm of all these gradients as one vector, for clipping by joint norm
  /// (Pascanu, Mikolov, Bengio 2013).
  public static double norm(List<Gradient> gradients) {
    Map<Device, List<Gradient>> places = new LinkedHashMap<>();
    for (Gradient g : gradients) {
      places.computeIfAbsent(deviceOf(g), _ -> new ArrayList<>()).add(g);
    }
    return Autograd.noGrad(() -> {
      double sum = 0;
      for (Map.Entry<Device, List<Gradient>> e : places.entrySet()) {
        for (double square : squaredNorms(e.getValue(), e.getKey())) {
          sum += square;
        }
      }
      return Math.sqrt(sum);
    });
  }

  static Device deviceOf(Gradient gradient) {
    return numbers(gradient).device();
  }

  /// Returns the tensor of a gradient whose device and dtype are the gradient's, and which a factor
  /// multiplies.
  static Tensor numbers(Gradient gradient) {
    return switch (gradient) {
      case Gradient.Dense d -> d.value();
      case Gradient.RowSparse r -> r.values();
      case Gradient.OuterProduct p -> p.outputGradient();
    };
  }

  /// Returns numbers that add up to the squared norm, one for each dtype; a device that computes
  /// beside the host is waited for once.
  private static double[] squaredNorms(List<Gradient> gradients, Device device) {
    Recordings.refuseRead(device, "the joint norm of " + gradients.size() + " gradients");
    try (Scope _ = Scope.open()) {
      return squares(gradients, device).toDoubleArray();
    }
  }

  /// Returns numbers that add up to the squared norm, F64 `[n]`, one for each dtype, on their
  /// device.
  private static Tensor squares(List<Gradient> gradients, Device device) {
    try (Scope scope = Scope.open()) {
      Map<DType, List<View>> parts = new LinkedHashMap<>();
      for (Gradient g : gradients) {
        Tensor t = g instanceof Gradient.RowSparse r ? r.values() : g.dense();
        DType dtype = computing(t, t);
        View part = Handles.view(t.to(dtype).contiguous());
        parts.computeIfAbsent(dtype, _ -> new ArrayList<>()).add(part);
      }
      Tensor squares = Tensor.zeros(DType.F64, device, Shape.of(parts.size()));
      View all = Handles.view(squares);
      int at = 0;
      for (List<View> vector : parts.values()) {
        View one = all.with(Layout.contiguous(Shape.of(1, 1), at++));
        Backends.of(device).run(new FusedKernel.Gram(List.of(vector), one));
      }
      return scope.keep(squares);
    }
  }

  /// Returns the norm of all these gradients as one vector, and the factor that makes it at most
  /// `maxNorm` (1 when it is), as F64 `[2]` on their device: what [#norm] tells the host, for those
  /// who do not want to wait for it.
  ///
  /// @param gradients at least one, all on one device
  /// @param maxNorm positive; infinity does not clip
  public static Tensor jointNorm(List<Gradient> gradients, double maxNorm) {
    Device device = deviceOf(gradients.getFirst());
    for (Gradient g : gradients) {
      if (!deviceOf(g).equals(device)) {
        throw new TensorException(
            "jointNorm: one gradient is on "
                + device
                + ", another on "
                + deviceOf(g)
                + "; use norm(), which waits for both");
      }
    }
    return Autograd.noGrad(() -> {
      if (!Backends.of(device).supports(FusedKernel.JointNorm.class, DType.F64)) {
        double norm = norm(gradients);
        return Tensor.of(new double[] {norm, clipping(norm, maxNorm)}).to(device);
      }
      try (Scope scope = Scope.open()) {
        Tensor out = Tensor.zeros(DType.F64, device, Shape.of(2));
        Backends.of(device)
            .run(
                new FusedKernel.JointNorm(
                    Handles.view(squares(gradients, device)), maxNorm, Handles.view(out)));
        return scope.keep(out);
      }
    });
  }

  /// Returns the factor that makes a norm at most `maxNorm`; 1 when it is.
  public static double clipping(double norm, double maxNorm) {
    return norm > maxNorm ? maxNorm / (norm + 1e-6) : 1;
  }

  /// Returns the inner product of two tensors of one shape, accumulated in double. Dtypes may
  /// differ and may be integers; F16 and BF16 are read as F32, integers and mixtures with F64 as
  /// F64.
  ///
  /// @throws TensorException when the shapes or devices differ
  public static double dot(Tensor a, Tensor b) {
    if (!a.shape().equals(b.shape())) {
      throw new TensorException(
          "dot: tensors of shapes "
              + a.shape()
              + " and "
              + b.shape()
              + " have no inner product; reshape one");
    }
    if (!a.device().equals(b.device())) {
      throw new TensorException(
          "dot: one tensor is on "
              + a.device()
              + ", the other on "
              + b.device()
              + "; move one with to(Device)");
    }
    DType t = computing(a, b);
    try (Scope _ = Scope.open()) {
      return Autograd.noGrad(() -> dotContiguous(a.to(t).contiguous(), b.to(t).contiguous()));
    }
  }

  /// Returns the dtype in which two tensors are multiplied.
  static DType computing(Tensor a, Tensor b) {
    DType both = DType.promote(a.dtype(), b.dtype());
    // An integer beside an F32 may have digits that F32 has not.
    boolean single = both == DType.F32 && a.dtype().isFloating() && b.dtype().isFloating();
    return single ? DType.F32 : DType.F64;
  }

  private static double dotContiguous(Tensor a, Tensor b) {
    Tensor out = Tensor.zeros(DType.F64, a.device(), Shape.SCALAR);
    Backends.of(a.device())
        .run(new FusedKernel.Dot(Handles.view(a), Handles.view(b), Handles.view(out)));
    return out.item();
  }

  /// Multiplies a gradient by a number, in its own memory; of rows the values alone.
  public static void scaleInPlace(Gradient gradient, double factor) {
    Autograd.noGrad(() -> {
      try (Scope _ = Scope.open()) {
        Tensor t = numbers(gradient);
        t.mulInPlace(Tensor.full(t.dtype(), t.device(), Shape.SCALAR, factor));
      }
    });
  }

  /// Returns a gradient multiplied by a number, in new memory and the form it has.
  static Gradient scaled(Gradient gradient, double factor) {
    return switch (gradient) {
      case Gradient.Dense d -> new Gradient.Dense(d.value().detach().mul(factor));
      case Gradient.RowSparse r ->
          new Gradient.RowSparse(HostCopy.copy(r.rows()), r.values().mul(factor), r.shape());
      case Gradient.OuterProduct p ->
          new Gradient.OuterProduct(p.outputGradient().mul(factor), p.input());
    };
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
