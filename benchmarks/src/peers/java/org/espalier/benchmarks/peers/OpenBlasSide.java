package org.espalier.benchmarks.peers;

import static org.bytedeco.openblas.global.openblas.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas.CblasTrans;
import static org.bytedeco.openblas.global.openblas.cblas_sgemm;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_full;
import org.espalier.benchmarks.ProductShape;

/// Matrix products of OpenBLAS, on memory of its own.
///
/// A single product uses the threads of OpenBLAS. The products of a batch are too small for that:
/// there each of our threads calls for its share of them, and OpenBLAS computes on that thread.
final class OpenBlasSide implements Contestant {
  /// The operands and the result of one product.
  private record Operands(FloatPointer left, FloatPointer right, FloatPointer result) {
    Operands at(int index, ProductShape s) {
      return new Operands(
          new FloatPointer(left).position((long) index * s.m() * s.k()),
          new FloatPointer(right).position((long) index * s.k() * s.n()),
          new FloatPointer(result).position((long) index * s.m() * s.n()));
    }
  }

  private int threads;
  private ProductShape shape = new ProductShape(1, 1, 1, 1);
  private ProductShape.Form form = ProductShape.Form.NN;
  private Operands all =
      new Operands(new FloatPointer(1), new FloatPointer(1), new FloatPointer(1));
  private Operands[] each = {all};

  OpenBlasSide(int threads) {
    this.threads = threads;
  }

  @Override
  public void threads(int count) {
    threads = count;
  }

  @Override
  public void open(ProductShape opened, ProductShape.Form as) {
    shape = opened;
    form = as;
    close();
    all =
        new Operands(
            new FloatPointer(opened.left()),
            new FloatPointer(opened.right()),
            new FloatPointer((long) opened.batch() * opened.m() * opened.n()));
    each = new Operands[opened.batch()];
    for (int i = 0; i < each.length; i++) {
      each[i] = all.at(i, opened);
    }
    openblas_full.openblas_set_num_threads(opened.batch() == 1 ? threads : 1);
  }

  @Override
  public void open(Job job) {
    throw new UnsupportedOperationException("OpenBLAS knows products only");
  }

  private void multiply(Operands o) {
    boolean a = form == ProductShape.Form.TN;
    boolean b = form == ProductShape.Form.NT;
    cblas_sgemm(
        CblasRowMajor,
        a ? CblasTrans : CblasNoTrans,
        b ? CblasTrans : CblasNoTrans,
        shape.m(),
        shape.n(),
        shape.k(),
        1,
        o.left(),
        a ? shape.m() : shape.k(),
        o.right(),
        b ? shape.k() : shape.n(),
        0,
        o.result(),
        shape.n());
  }

  /// The threads of a batch meet after each call of it and do not sleep in between: waking one
  /// would take as long as some of these batches.
  @Override
  public void run(int calls) {
    int parts = Math.min(threads, each.length);
    AtomicInteger arrived = new AtomicInteger();
    Thread[] helpers = new Thread[parts - 1];
    for (int h = 0; h < helpers.length; h++) {
      int part = h + 1;
      helpers[h] = Thread.ofPlatform().daemon().start(() -> share(part, parts, calls, arrived));
    }
    share(0, parts, calls, arrived);
    for (Thread helper : helpers) {
      join(helper);
    }
  }

  private void share(int part, int parts, int calls, AtomicInteger arrived) {
    int from = part * each.length / parts;
    int to = (part + 1) * each.length / parts;
    for (int call = 1; call <= calls; call++) {
      for (int i = from; i < to; i++) {
        multiply(each[i]);
      }
      arrived.incrementAndGet();
      for (int spins = 0; arrived.get() < call * parts; spins++) {
        if (spins < 10_000) {
          Thread.onSpinWait();
        } else {
          LockSupport.parkNanos(1_000); // somebody else has the other thread's processor
        }
      }
    }
  }

  private static void join(Thread helper) {
    try {
      helper.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while measuring", e);
    }
  }

  @Override
  public double[] probe() {
    run(1);
    float[] values = new float[shape.batch() * shape.m() * shape.n()];
    all.result().get(values);
    return Probe.of(values);
  }

  @Override
  public String about() {
    return "OpenBLAS " + Versions.of("openblas");
  }

  @Override
  public void close() {
    all.left().close();
    all.right().close();
    all.result().close();
  }
}
