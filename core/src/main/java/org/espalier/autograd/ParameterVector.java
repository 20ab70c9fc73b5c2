package org.espalier.autograd;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.engine.Backends;
import org.espalier.engine.Handles;
import org.espalier.op.Concat;
import org.espalier.spi.Backend;
import org.espalier.spi.Matmul;
import org.espalier.spi.View;
import org.jspecify.annotations.Nullable;

/// Many parameters as one vector, and back: what methods are written in that see a model as a point
/// and its gradient as a direction.
///
/// ```java
/// var layout = ParameterVector.of(List.of(w, b));
/// Tensor theta = layout.flatten(); // [n], a copy that gradients flow through
/// List<Tensor> parts = layout.unflatten(theta); // views onto theta in the shapes of w and b
/// ```
///
/// Tensors follow each other in the order of the list, each in row-major order.
public final class ParameterVector {
  private final List<Tensor> parameters;
  private final int[] offsets;

  private ParameterVector(List<Tensor> parameters, int[] offsets) {
    this.parameters = parameters;
    this.offsets = offsets;
  }

  /// Returns the layout of these parameters.
  ///
  /// @throws TensorException when there are none, they differ in dtype or device, or have 2^31
  ///   elements together
  public static ParameterVector of(List<Tensor> parameters) {
    if (parameters.isEmpty()) {
      throw new TensorException("a parameter vector needs at least one parameter");
    }
    Tensor first = parameters.getFirst();
    int[] offsets = new int[parameters.size() + 1];
    for (int i = 0; i < parameters.size(); i++) {
      Tensor t = parameters.get(i);
      if (t.dtype() != first.dtype() || !t.device().equals(first.device())) {
        throw new TensorException(
            "a parameter vector has one dtype and device, but parameter 0 is "
                + first.dtype()
                + " on "
                + first.device()
                + " and parameter "
                + i
                + " "
                + t.dtype()
                + " on "
                + t.device());
      }
      long end = (long) offsets[i] + t.elements();
      if (end > Integer.MAX_VALUE - 64) {
        throw new TensorException(
            "the parameters have more elements together than one array holds (2^31); use several"
                + " vectors");
      }
      offsets[i + 1] = (int) end;
    }
    return new ParameterVector(List.copyOf(parameters), offsets);
  }

  /// Returns the number of elements of all parameters.
  public int size() {
    return offsets[parameters.size()];
  }

  /// Returns where a parameter begins in the vector; `offset(count)` is [#size].
  public int offset(int parameter) {
    return offsets[parameter];
  }

  /// Returns the values of all parameters, `[size]`: a copy, through which gradients flow back to
  /// each.
  public Tensor flatten() {
    Tensor[] rows = new Tensor[parameters.size()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = parameters.get(i).reshape(-1);
    }
    return rows.length == 1 ? rows[0].copy() : Concat.apply(0, rows);
  }

  /// Returns the parts of a vector in the shapes of the parameters: views of its memory, through
  /// which gradients flow back to it.
  ///
  /// @throws TensorException when the vector is not `[size]`
  public List<Tensor> unflatten(Tensor vector) {
    check(vector);
    List<Tensor> parts = new ArrayList<>(parameters.size());
    for (int i = 0; i < parameters.size(); i++) {
      Tensor part = vector.slice(0, offsets[i], offsets[i + 1]);
      parts.add(part.reshape(parameters.get(i).shape().sizes()));
    }
    return parts;
  }

  /// Overwrites the parameters with the parts of a vector.
  ///
  /// @throws TensorException when the vector is not `[size]`
  public void assign(Tensor vector) {
    Autograd.noGrad(() -> {
      try (Scope _ = Scope.open()) {
        List<Tensor> parts = unflatten(vector);
        for (int i = 0; i < parts.size(); i++) {
          parameters.get(i).copyInPlace(parts.get(i));
        }
      }
    });
  }

  /// Returns what the parameters have accumulated as one vector `[size]`, zeros where a parameter
  /// has no gradient.
  public Tensor flattenGradients() {
    List<@Nullable Gradient> all = new ArrayList<>();
    for (Tensor t : parameters) {
      all.add(t.gradient());
    }
    return flattenGradients(all);
  }

  /// Returns gradients of the parameters, in their order and in any form, as one vector `[size]`;
  /// zeros for null. A product is multiplied out, and rows are added, where they belong in the
  /// vector.
  ///
  /// @throws TensorException when the number or a shape does not fit
  public Tensor flattenGradients(List<? extends @Nullable Gradient> gradients) {
    if (gradients.size() != parameters.size()) {
      throw new TensorException(
          parameters.size() + " parameters need as many gradients, not " + gradients.size());
    }
    Tensor first = parameters.getFirst();
    return Autograd.noGrad(() -> {
      Tensor vector = Tensor.zeros(first.dtype(), first.device(), Shape.of(size()));
      try (Scope _ = Scope.open()) {
        List<Tensor> parts = unflatten(vector);
        for (int i = 0; i < parts.size(); i++) {
          Gradient g = gradients.get(i);
          if (g != null) {
            write(i, g, parts.get(i));
          }
        }
      }
      return vector;
    });
  }

  private void write(int i, Gradient gradient, Tensor part) {
    if (!gradient.shape().equals(part.shape())) {
      throw new TensorException(
          "gradient " + i + " is " + gradient.shape() + ", its parameter " + part.shape());
    }
    Backend backend = Backends.of(part.device());
    View out = Handles.view(part);
    switch (gradient) {
      case Gradient.Dense d -> part.copyInPlace(d.value());
      case Gradient.RowSparse r ->
          backend.scatterAdd(Handles.view(r.values()), Handles.view(r.rows()), out);
      case Gradient.OuterProduct p -> {
        View a = Handles.view(p.outputGradient());
        View across = a.with(a.layout().permute(1, 0));
        backend.matmul(new Matmul(across, Handles.view(p.input()), null, out, false));
      }
    }
  }

  /// Replaces what the parameters have accumulated by the parts of a vector, without copying: the
  /// gradients are views of its memory, which lives until the last of them is forgotten. A later
  /// `backward()` leaves the vector alone: it puts a sum of its own in a view's place and closes
  /// the view.
  ///
  /// @throws TensorException when the vector is not `[size]`
  public void setGradients(Tensor vector) {
    Autograd.noGrad(() -> {
      try (Scope _ = Scope.open()) {
        List<Tensor> parts = unflatten(vector.detach());
        for (int i = 0; i < parts.size(); i++) {
          // The whole vector as one gradient would be added into.
          Tensor part = parts.size() == 1 ? parts.get(i).copy() : parts.get(i);
          Tensor own = Handles.wrapUnscoped(Handles.view(part), vector.device());
          Handles.setGradient(parameters.get(i), new Gradient.Dense(own));
        }
      }
    });
  }

  private void check(Tensor vector) {
    Tensor first = parameters.getFirst();
    if (!vector.shape().equals(Shape.of(size()))
        || vector.dtype() != first.dtype()
        || !Objects.equals(vector.device(), first.device())) {
      throw new TensorException(
          "the vector of these parameters is ["
              + size()
              + "] "
              + first.dtype()
              + " on "
              + first.device()
              + ", not "
              + vector.shape()
              + " "
              + vector.dtype()
              + " on "
              + vector.device());
    }
  }
}
