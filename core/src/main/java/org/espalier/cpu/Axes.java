package org.espalier.cpu;

/// Some axes of a view and of an output, joined where they lie behind each other; the last is the
/// innermost.
final class Axes {
  private final int[] sizes;
  private final int[] steps;
  private final int[] outSteps;
  private int rank;
  private int count = 1;

  /// Makes room for `rank` axes.
  Axes(int rank) {
    sizes = new int[rank];
    steps = new int[rank];
    outSteps = new int[rank];
  }

  /// Adds an axis inside those before.
  void add(int size, int step, int outStep) {
    count *= size;
    if (rank > 0 && steps[rank - 1] == step * size && outSteps[rank - 1] == outStep * size) {
      sizes[rank - 1] *= size;
      steps[rank - 1] = step;
      outSteps[rank - 1] = outStep;
    } else {
      sizes[rank] = size;
      steps[rank] = step;
      outSteps[rank++] = outStep;
    }
  }

  /// Returns the number of places.
  int count() {
    return count;
  }

  /// Tells whether the places of the view are neighbours.
  boolean isRun() {
    return rank == 0 || (rank == 1 && steps[0] == 1);
  }

  /// Returns where place `i` in row-major order lies in the view.
  int at(int i) {
    return rank == 1 ? i * steps[0] : at(i, steps);
  }

  /// Returns where place `i` lies in the output.
  int outAt(int i) {
    return rank == 1 ? i * outSteps[0] : at(i, outSteps);
  }

  private int at(int i, int[] by) {
    int at = 0;
    for (int axis = rank - 1, left = i; axis >= 0; axis--) {
      at += left % sizes[axis] * by[axis];
      left /= sizes[axis];
    }
    return at;
  }
}
