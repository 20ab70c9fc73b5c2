package org.espalier.benchmarks.peers;

import org.espalier.benchmarks.ProductShape;

/// One side of a comparison, in a process of its own.
interface Contestant extends AutoCloseable {
  /// Sets how many threads it computes on from the next `open` on.
  void threads(int count);

  /// Makes a product ready to be run.
  void open(ProductShape shape, ProductShape.Form form);

  /// Makes a network ready to be run.
  void open(Job job);

  /// Runs what is open so many times.
  void run(int calls);

  /// Runs what is open and returns numbers that both sides must have: elements of a result, or the
  /// losses of the first steps.
  double[] probe();

  /// Returns what is compared, with its version.
  String about();

  @Override
  default void close() {}
}
