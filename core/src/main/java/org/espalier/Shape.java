package org.espalier;

import java.util.Arrays;

/// The sizes of a tensor's axes, outermost first; rank 0 is a scalar.
///
/// ```java
/// Shape.of(2, 3).broadcast(Shape.of(3)); // [2, 3]
/// ```
public final class Shape {
  /// The shape of a scalar.
  public static final Shape SCALAR = new Shape(new int[0]);

  /// The largest number of elements: that of a Java array, less what its header may take.
  static final int MOST_ELEMENTS = Integer.MAX_VALUE - 64;

  private final int[] sizes;
  private final int elements;

  private Shape(int[] sizes) {
    this.sizes = sizes;
    long n = 1;
    for (int size : sizes) {
      if (size < 0) {
        throw new TensorException("shape " + Arrays.toString(sizes) + " has a negative size");
      }
      n = size == 0 ? 0 : n;
    }
    for (int size : sizes) {
      n *= size; // both below 2^31
      if (n > MOST_ELEMENTS) {
        throw new TensorException(
            "shape "
                + Arrays.toString(sizes)
                + " has more elements than one array holds (2^31); split the tensor");
      }
    }
    this.elements = (int) n;
  }

  /// Returns the shape with these axis sizes.
  ///
  /// @throws TensorException when a size is negative, or none is 0 and the product passes 2^31
  public static Shape of(int... sizes) {
    return sizes.length == 0 ? SCALAR : new Shape(sizes.clone());
  }

  /// Returns the number of axes.
  public int rank() {
    return sizes.length;
  }

  /// Returns the number of elements: the product of the sizes, 1 for a scalar; 0 when any size is.
  public int elements() {
    return elements;
  }

  /// Returns the size of an axis; negative axes count from the end.
  public int size(int axis) {
    return sizes[axis(axis)];
  }

  /// Returns a copy of the sizes.
  public int[] sizes() {
    return sizes.clone();
  }

  /// Returns `axis` counted from the front.
  ///
  /// @throws TensorException when there is no such axis
  public int axis(int axis) {
    int a = axis < 0 ? axis + sizes.length : axis;
    if (a < 0 || a >= sizes.length) {
      String axes =
          sizes.length == 0
              ? "it has no axes"
              : "its axes are " + -sizes.length + " to " + (sizes.length - 1);
      throw new TensorException("axis " + axis + " does not exist in shape " + this + "; " + axes);
    }
    return a;
  }

  /// Returns this shape with the size of one axis replaced.
  public Shape with(int axis, int size) {
    int[] s = sizes.clone();
    s[axis(axis)] = size;
    return new Shape(s);
  }

  /// Returns this shape without one axis.
  public Shape without(int axis) {
    int a = axis(axis);
    int[] s = new int[sizes.length - 1];
    System.arraycopy(sizes, 0, s, 0, a);
    System.arraycopy(sizes, a + 1, s, a, s.length - a);
    return new Shape(s);
  }

  /// Returns this shape with axes of size 1 inserted.
  ///
  /// @param axes places in the shape that is returned; negative ones count from its end
  /// @throws TensorException when there is no such axis, or one is named twice
  public Shape inserting(int... axes) {
    int[] s = new int[sizes.length + axes.length];
    boolean[] inserted = new boolean[s.length];
    for (int axis : axes) {
      int a = axis < 0 ? axis + s.length : axis;
      if (a < 0 || a >= s.length || inserted[a]) {
        throw new TensorException(
            "axes "
                + Arrays.toString(axes)
                + " cannot be inserted into shape "
                + this
                + ": the result has "
                + s.length
                + " axes, and each is named once");
      }
      inserted[a] = true;
    }
    for (int i = 0, from = 0; i < s.length; i++) {
      s[i] = inserted[i] ? 1 : sizes[from++];
    }
    return new Shape(s);
  }

  /// Returns the shape that both broadcast to: aligned at the last axis, sizes equal or 1.
  ///
  /// @throws TensorException when a pair of sizes is neither equal nor 1
  public Shape broadcast(Shape other) {
    if (equals(other)) {
      return this;
    }
    int rank = Math.max(rank(), other.rank());
    int[] s = new int[rank];
    for (int i = 1; i <= rank; i++) {
      int a = i <= rank() ? sizes[rank() - i] : 1;
      int b = i <= other.rank() ? other.sizes[other.rank() - i] : 1;
      if (a != b && a != 1 && b != 1) {
        throw new TensorException(
            "shapes "
                + this
                + " and "
                + other
                + " do not broadcast: axis "
                + -i
                + " has sizes "
                + a
                + " and "
                + b
                + "; sizes must be equal or 1");
      }
      s[rank - i] = a == 1 ? b : a;
    }
    return new Shape(s);
  }

  @Override
  public boolean equals(Object o) {
    return o == this || (o instanceof Shape s && Arrays.equals(sizes, s.sizes));
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sizes);
  }

  @Override
  public String toString() {
    return Arrays.toString(sizes);
  }
}
