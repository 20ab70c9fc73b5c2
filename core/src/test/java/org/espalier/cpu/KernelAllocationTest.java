package org.espalier.cpu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/// What the kernels that use all threads allocate: the garbage of a step is the sum of it.
@Tag("widths")
@Isolated("counts what all threads allocate")
class KernelAllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Test
  void productsAllocateAlmostNothingOnceWarm() {
    Random random = new Random(19);
    int m = 100;
    int n = 200;
    int k = 100;
    float[] a = GemmTest.random(random, m * k);
    float[] b = GemmTest.random(random, k * n);
    float[] c = new float[m * n];
    PackedMatrix packed = PackedMatrix.pack(false, n, k, b, 0, n);
    Runnable calls =
        () -> {
          Gemm.multiply(false, false, m, n, k, a, 0, k, b, 0, n, null, 0, 0, c, 0, n);
          Gemm.multiply(true, true, m, n, k, a, 0, m, b, 0, k, c, 0, n, c, 0, n);
          Gemm.multiply(true, false, 7, 190, k, a, 0, m, b, 0, n, null, 0, 0, c, 0, n);
          Gemm.multiplyPacked(false, m, a, 0, k, packed, c, 0, n, c, 0, n);
          Gemm.batched(
              2, false, true, 50, 100, 100, a, 0, 100, 5000, b, 0, 100, 0, null, 0, 0, 0, c, 0, 100,
              5000);
          packed.repack(false, b, 0, n);
        };
    // Compilers may be late: the steady state is the least of several rounds.
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 400 && least > 1000; round++) {
      long before = THREADS.getTotalThreadAllocatedBytes();
      for (int i = 0; i < 10; i++) {
        calls.run();
      }
      least = Math.min(least, (THREADS.getTotalThreadAllocatedBytes() - before) / 10);
    }
    assertTrue(least < 2000, "bytes per round of six calls: " + least);
  }

  @Test
  void attentionDoesNotBoxVectorsOnceWarm() {
    Random random = new Random(28);
    int[] lengths = {30, 33};
    AttentionProblem p = new AttentionProblem(lengths, lengths, 2, 1, 32, false, 0.1, random);
    long least = Long.MAX_VALUE;
    // Compilers may be late: the steady state is the least of several rounds.
    for (int round = 0; round < 100 && least > 400_000; round++) {
      long before = THREADS.getTotalThreadAllocatedBytes();
      for (int i = 0; i < 20; i++) {
        p.forward(TileKernels.CHOSEN);
        p.backward(TileKernels.CHOSEN);
      }
      least = Math.min(least, (THREADS.getTotalThreadAllocatedBytes() - before) / 20);
    }
    // 0.4 KB when all is compiled well, 2 MB and more when the matrix kernels box their vectors.
    // The bound leaves room for
    // one row kernel that C2 compiles badly: those have a test of their own.
    assertTrue(least < 400_000, "bytes per forward and backward: " + least);
  }
}
