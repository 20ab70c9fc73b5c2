package org.espalier.multitask.train;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.espalier.nn.data.Batch;
import org.espalier.nn.data.Example;
import org.espalier.random.RandomStream;

/// Deals a task's examples in batches: every example once in an epoch, shuffled anew for each. The
/// order depends on the seed and the task's name alone, so that a baseline trained on the task by
/// itself sees the same batches.
final class ExampleDeck {
  private final List<Example> examples;
  private final int batchSize;
  private final RandomStream random;
  private int[] order = new int[0];
  private int next;

  ExampleDeck(Task task, int batchSize, long seed) {
    this.examples = task.train();
    this.batchSize = batchSize;
    CRC32C crc = new CRC32C();
    crc.update(task.name().getBytes(StandardCharsets.UTF_8));
    this.random = new RandomStream(seed, crc.getValue());
  }

  static void requireBatchSize(int batchSize) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("a batch of " + batchSize + " examples holds nothing");
    }
  }

  /// Returns the number of batches of an epoch.
  static int batches(Task task, int batchSize) {
    requireBatchSize(batchSize);
    return (task.train().size() + batchSize - 1) / batchSize;
  }

  Batch deal() {
    if (next >= order.length) {
      order = random.permutation(examples.size());
      next = 0;
    }
    List<Example> some = new ArrayList<>(batchSize);
    while (next < order.length && some.size() < batchSize) {
      some.add(examples.get(order[next++]));
    }
    return Batch.of(some);
  }
}
