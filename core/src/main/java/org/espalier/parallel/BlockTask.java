package org.espalier.parallel;

/// Work that was cut into blocks, of which any may run on any thread in any order.
@FunctionalInterface
public interface BlockTask {

  /// Computes one block; what it writes must not depend on the thread or on the other blocks.
  void run(int block);
}
