package org.espalier.benchmarks;

import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/// What this machine can do at best in this very run: the yardstick of the other rows.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsPrepend = "--add-modules=jdk.incubator.vector")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class Peaks {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int ROUNDS = 100_000;
  private static final int CHAINS = 12;
  private static final double GIGAFLOPS = 2.0 * ROUNDS * CHAINS * SPECIES.length() / 1e9;

  private float[] from = new float[0];
  private float[] to = new float[0];
  private Work copied = new Work(0, 0);

  /// Makes two arrays larger than caches are.
  @Setup
  public void setup(Size size) {
    from = new float[size.pick(16 << 20, 1 << 10)];
    to = new float[from.length];
    copied = new Work(0, 2.0 * Float.BYTES * from.length / 1e9);
  }

  /// Fused multiply-adds on one thread.
  @Benchmark
  @Threads(1)
  public float multiplyAddsOfOneThread(Rates rates) {
    rates.gigaflops += GIGAFLOPS;
    return chains(0.999f, 0.001f);
  }

  /// Fused multiply-adds on all processors at once.
  @Benchmark
  @Threads(Threads.MAX)
  public float multiplyAddsOfAllThreads(Rates rates) {
    rates.gigaflops += GIGAFLOPS;
    return chains(0.999f, 0.001f);
  }

  /// Copying memory on one thread; reading and writing both count.
  @Benchmark
  @Threads(1)
  public float[] copyOfOneThread(Rates rates) {
    return copy(rates);
  }

  /// Copying memory on all processors at once.
  @Benchmark
  @Threads(Threads.MAX)
  public float[] copyOfAllThreads(Rates rates) {
    return copy(rates);
  }

  private float[] copy(Rates rates) {
    rates.add(copied);
    System.arraycopy(from, 0, to, 0, from.length);
    return to;
  }

  /// Twelve chains that do not wait for each other: two multiply-adds a cycle of four cycles each
  /// need eight. Every chain stays near 1, far from subnormal numbers.
  private static float chains(float factor, float term) {
    FloatVector f = FloatVector.broadcast(SPECIES, factor);
    FloatVector t = FloatVector.broadcast(SPECIES, term);
    FloatVector a = FloatVector.broadcast(SPECIES, 1);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    FloatVector e = a;
    FloatVector g = a;
    FloatVector h = a;
    FloatVector i = a;
    FloatVector j = a;
    FloatVector k = a;
    FloatVector l = a;
    FloatVector m = a;
    for (int round = 0; round < ROUNDS; round++) {
      a = a.fma(f, t);
      b = b.fma(f, t);
      c = c.fma(f, t);
      d = d.fma(f, t);
      e = e.fma(f, t);
      g = g.fma(f, t);
      h = h.fma(f, t);
      i = i.fma(f, t);
      j = j.fma(f, t);
      k = k.fma(f, t);
      l = l.fma(f, t);
      m = m.fma(f, t);
    }
    FloatVector sum = a.add(b).add(c).add(d).add(e).add(g).add(h).add(i).add(j).add(k).add(l);
    return sum.add(m).lane(0);
  }
}
