package org.espalier.cpu;

import org.espalier.parallel.Workers;

/// Splits loops over rows or elements between threads.
final class Ranges {
  /// Elements of a block of work; two blocks are the least that is handed out.
  private static final int BLOCK = 1 << 14;

  private Ranges() {}

  /// Part of a loop.
  interface Task {
    /// Does the items `[from, to)`.
    void run(int from, int to);
  }

  /// Runs the task over `[0, count)`, each item being about `each` elements of work; small loops
  /// stay on the caller.
  static void run(int count, long each, Task task) {
    run(count, each, 1, task);
  }

  /// The same with ranges that begin at multiples of `unit`.
  static void run(int count, long each, int unit, Task task) {
    if (count <= 0) {
      return;
    }
    long units = Math.ceilDiv((long) count, unit);
    long work = count * Math.max(1, each);
    int blocks = (int) Math.min(units, work / BLOCK);
    if (blocks < 2) {
      task.run(0, count);
      return;
    }
    Workers.run(
        blocks,
        block -> {
          int from = (int) (units * block / blocks * unit);
          int to = (int) Math.min(count, units * (block + 1) / blocks * unit);
          task.run(from, to);
        });
  }
}
