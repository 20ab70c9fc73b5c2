package org.espalier.autograd;

import org.espalier.DType;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.engine.Backends;
import org.espalier.engine.Handles;
import org.espalier.engine.HostCopy;
import org.espalier.op.SumByIndex;
import org.espalier.spi.DeviceStorage;
import org.espalier.spi.Matmul;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// Adds gradients of any form to what a parameter holds, one pass after another where several run
/// at once.
///
/// What a parameter holds is in memory of its own, so that it may be changed in place: no other
/// parameter, no caller and nothing of a running pass sees it. It has the parameter's dtype, so
/// that a gradient of F16 or BF16 is rounded with each contribution; rows of a table stay in F32.
final class Accumulation {
  private Accumulation() {}

  /// Tells whether nobody will look into a tensor's memory once the caller is done with it, so that
  /// it may become a parameter's gradient without a copy.
  @FunctionalInterface
  interface Free {
    boolean test(Tensor value);
  }

  /// Adds a gradient that stays its owner's.
  static void add(Tensor parameter, Gradient gradient) {
    try (Scope _ = Scope.open()) {
      add(parameter, gradient, value -> false);
    }
  }

  /// Adds `factor * gradient`.
  static void add(Tensor parameter, Gradient gradient, double factor) {
    try (Scope _ = Scope.open()) {
      add(parameter, Gradients.scaled(gradient, factor), value -> true);
    }
  }

  /// Adds a gradient, taking its memory where that is free.
  static void add(Tensor parameter, Gradient gradient, Free free) {
    synchronized (parameter) {
      Gradient before = before(parameter);
      if (before == null) {
        Handles.setGradient(parameter, own(gradient, parameter.dtype(), free));
      } else if (before instanceof Gradient.Dense d && Handles.node(d.value()) != null) {
        // With a history: what was computed from it needs it as it was.
        Tensor sum = d.value().detach().add(gradient.dense().detach());
        replace(parameter, own(new Gradient.Dense(sum), parameter.dtype(), value -> true));
      } else if (before instanceof Gradient.Dense d && isOwn(d.value())) {
        addInto(d.value(), gradient);
      } else if (before instanceof Gradient.RowSparse a
          && gradient instanceof Gradient.RowSparse b) {
        Handles.setGradient(parameter, own(merge(a, b), parameter.dtype(), value -> true));
      } else {
        Gradient sum = new Gradient.Dense(before.dense().add(gradient.dense()));
        Handles.setGradient(parameter, own(sum, parameter.dtype(), value -> true));
      }
    }
  }

  /// Returns what a parameter holds; null when it holds nothing, or what a recording that failed
  /// has left without values.
  private static @Nullable Gradient before(Tensor parameter) {
    Gradient before = Handles.gradient(parameter);
    boolean isVoid =
        before != null
            && Handles.view(Gradients.numbers(before)).storage() instanceof DeviceStorage s
            && s.isVoid();
    return isVoid ? null : before;
  }

  /// Adds a gradient with its history, as a recorded operation; the sum before it stays open, for
  /// those who hold it.
  static void addRecorded(Tensor parameter, Gradient gradient) {
    synchronized (parameter) {
      Gradient before = before(parameter);
      Tensor value = gradient.dense().to(parameter.dtype());
      Tensor sum = before == null ? value.copy() : before.dense().add(value);
      sum = sum.to(parameter.dtype()).contiguous();
      Tensor own = unscoped(sum, v -> true);
      Node node = Handles.node(sum);
      if (node != null) {
        Handles.setNode(own, node);
      }
      replace(parameter, new Gradient.Dense(own));
    }
  }

  /// Puts a gradient in the place of one whose tensors stay open.
  private static void replace(Tensor parameter, Gradient now) {
    parameter.takeGradient();
    Handles.setGradient(parameter, now);
  }

  /// Tells whether a value may be changed in place: one holder, and each element once in memory.
  static boolean mayWrite(Tensor value) {
    View view = Handles.view(value);
    return view.isContiguous() && view.storage().isExclusive();
  }

  /// Tells whether a gradient has a memory to itself, or is a part of a vector that somebody set
  /// ([ParameterVector#setGradients]) and may go on to use.
  private static boolean isOwn(Tensor value) {
    View view = Handles.view(value);
    return view.isContiguous()
        && (view.elements() == view.storage().size() || view.storage().isExclusive());
  }

  private static void addInto(Tensor sum, Gradient gradient) {
    switch (gradient) {
      case Gradient.Dense d -> sum.addInPlace(d.value());
      case Gradient.OuterProduct p when sum.dtype().isHalf() -> sum.addInPlace(p.dense());
      case Gradient.OuterProduct p -> {
        View c = Handles.view(sum);
        View a = Handles.view(p.outputGradient());
        Backends.of(sum.device())
            .matmul(
                new Matmul(a.with(a.layout().permute(1, 0)), Handles.view(p.input()), c, c, false));
        c.storage().touch("accumulation of a gradient");
      }
      case Gradient.RowSparse r -> {
        View c = Handles.view(sum);
        Backends.of(sum.device()).scatterAdd(Handles.view(r.values()), Handles.view(r.rows()), c);
        c.storage().touch("accumulation of a gradient");
      }
    }
  }

  /// Returns the gradient in a dtype, in memory of its own, with handles that outlive the scopes of
  /// the backward pass.
  private static Gradient own(Gradient gradient, DType dtype, Free free) {
    return switch (gradient) {
      case Gradient.RowSparse r ->
          new Gradient.RowSparse(unscoped(r.rows(), free), unscoped(r.values(), free), r.shape());
      case Gradient.Dense d -> {
        Tensor t = d.value().to(dtype);
        yield new Gradient.Dense(unscoped(t, v -> t != d.value() || free.test(v)));
      }
      case Gradient.OuterProduct p ->
          new Gradient.Dense(unscoped(p.dense().to(dtype), value -> true));
    };
  }

  private static Tensor unscoped(Tensor t, Free free) {
    Tensor c = t.isContiguous() && !free.test(t) ? HostCopy.copy(t) : t.contiguous();
    return Handles.wrapUnscoped(Handles.view(c), c.device());
  }

  /// Adds two sets of rows, both ascending: a merge.
  private static Gradient.RowSparse merge(Gradient.RowSparse a, Gradient.RowSparse b) {
    if (SumByIndex.isFor(a.values())) {
      return SumByIndex.apply(
          Tensor.cat(0, a.values(), b.values()), Tensor.cat(0, a.rows(), b.rows()), a.shape());
    }
    int[] x = a.rows().toIntArray();
    int[] y = b.rows().toIntArray();
    int[] union = new int[x.length + y.length];
    int[] placeX = new int[x.length];
    int[] placeY = new int[y.length];
    int n = 0;
    int i = 0;
    int j = 0;
    while (i < x.length || j < y.length) {
      int row =
          Math.min(
              i < x.length ? x[i] : Integer.MAX_VALUE, j < y.length ? y[j] : Integer.MAX_VALUE);
      if (i < x.length && x[i] == row) {
        placeX[i++] = n;
      }
      if (j < y.length && y[j] == row) {
        placeY[j++] = n;
      }
      union[n++] = row;
    }
    var device = a.values().device();
    Shape shape = a.values().shape().with(0, n);
    Tensor values = Tensor.zeros(a.values().dtype(), device, shape);
    var backend = Backends.of(device);
    View out = Handles.view(values);
    backend.scatterAdd(Handles.view(a.values()), Handles.view(Tensor.of(placeX).to(device)), out);
    backend.scatterAdd(Handles.view(b.values()), Handles.view(Tensor.of(placeY).to(device)), out);
    return new Gradient.RowSparse(
        Tensor.of(java.util.Arrays.copyOf(union, n)).to(device), values, a.shape());
  }
}
