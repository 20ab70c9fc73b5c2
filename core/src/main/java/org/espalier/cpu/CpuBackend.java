package org.espalier.cpu;

import java.util.concurrent.atomic.LongAdder;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.memory.BufferPool;
import org.espalier.meter.Meter;
import org.espalier.reference.ReferenceBackend;
import org.espalier.spi.Backend;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.BoolStorage;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.FusedKernel;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.IntStorage;
import org.espalier.spi.LongStorage;
import org.espalier.spi.Matmul;
import org.espalier.spi.RandomKernel;
import org.espalier.spi.ReduceKernel;
import org.espalier.spi.Storage;
import org.espalier.spi.UnaryKernel;
import org.espalier.spi.View;

/// The backend of the processor: f32 on vectors and threads, and what works element by element in
/// integers and booleans.
///
/// What else is not f32 goes to the reference backend, and is counted. Equal inputs give equal
/// bits, whatever the number of threads, the vector width, the compiler's state and the other rows.
/// Any thread may use it.
public final class CpuBackend implements Backend {
  private final ReferenceBackend reference = new ReferenceBackend();
  private final LongAdder delegated = new LongAdder();

  CpuBackend() {}

  /// Returns how many kernels the reference backend has computed for this one.
  public long delegatedKernels() {
    return delegated.sum();
  }

  private ReferenceBackend delegate() {
    delegated.increment();
    Meter.delegated();
    return reference;
  }

  private static boolean isFloat(View view) {
    return view.storage() instanceof FloatStorage;
  }

  @Override
  public Device device() {
    return Device.CPU;
  }

  @Override
  public Storage allocate(DType dtype, int size) {
    return BufferPool.shared().take(dtype, size);
  }

  @Override
  public void fill(View out, double value) {
    Copies.fill(out, value);
  }

  @Override
  public void copy(View x, View out) {
    Copies.copy(x, out);
  }

  @Override
  public void unary(UnaryKernel kernel, View x, View out) {
    switch (x.storage()) {
      case FloatStorage _ -> Unary.run(kernel, x, out);
      case IntStorage _ -> IntElements.unary(kernel, x, out);
      case LongStorage _ -> LongElements.unary(kernel, x, out);
      case BoolStorage _ -> BoolElements.unary(kernel, x, out);
      default -> delegate().unary(kernel, x, out);
    }
  }

  @Override
  public void binary(BinaryKernel kernel, View a, View b, View out) {
    switch (a.storage()) {
      case FloatStorage _ -> Binary.run(kernel, a, b, out);
      case IntStorage _ -> IntElements.binary(kernel, a, b, out);
      case LongStorage _ -> LongElements.binary(kernel, a, b, out);
      case BoolStorage _ -> BoolElements.binary(kernel, a, b, out);
      default -> delegate().binary(kernel, a, b, out);
    }
  }

  @Override
  public void select(View condition, View a, View b, View out) {
    Selection.run(condition, a, b, out);
  }

  @Override
  public void reduce(ReduceKernel kernel, View x, View out) {
    if (isFloat(x)) {
      Reductions.run(kernel, x, out);
    } else if (IntegerReductions.reduces(x)) {
      IntegerReductions.run(kernel, x, out);
    } else {
      delegate().reduce(kernel, x, out);
    }
  }

  @Override
  public void cumulate(View x, int axis, boolean reverse, View out) {
    if (!RunningSums.run(x, axis, reverse, out)) {
      delegate().cumulate(x, axis, reverse, out);
    }
  }

  @Override
  public void argSort(View x, int axis, boolean descending, View order) {
    if (!Orders.run(x, axis, descending, order)) {
      delegate().argSort(x, axis, descending, order);
    }
  }

  @Override
  public void gatherAlong(View x, int axis, View indices, View out) {
    Along.gather(x, axis, indices, out);
  }

  @Override
  public void scatterAlong(ReduceKernel kernel, View values, int axis, View indices, View out) {
    if (Along.scatters(out)) {
      Along.scatter(kernel, values, axis, indices, out);
    } else {
      delegate().scatterAlong(kernel, values, axis, indices, out);
    }
  }

  @Override
  public void matmul(Matmul product) {
    if (isFloat(product.c())) {
      Products.run(product);
    } else if (!product.c().dtype().isFloating()) {
      IntegerProducts.run(product);
    } else {
      delegate().matmul(product);
    }
  }

  @Override
  public void gather(View table, View indices, View out) {
    IndexedRows.gather(table, indices, out);
  }

  @Override
  public void scatterAdd(View values, View indices, View out) {
    if (out.dtype() == DType.F64 || out.dtype().isHalf()) {
      delegate().scatterAdd(values, indices, out);
    } else {
      IndexedRows.scatterAdd(values, indices, out);
    }
  }

  @Override
  public void random(RandomKernel kernel, long seed, long stream, long position, View out) {
    if (isFloat(out) && out.isContiguous()) {
      RandomFill.run(kernel, seed, stream, position, out);
    } else {
      delegate().random(kernel, seed, stream, position, out);
    }
  }

  @Override
  public boolean supports(Class<? extends FusedKernel> kernel, DType dtype) {
    // Memory of the heap is read without waiting, so what spares a device the wait is not wanted.
    boolean forDevices =
        kernel == FusedKernel.AdamWOnDevice.class
            || kernel == FusedKernel.JointNorm.class
            || kernel == FusedKernel.SumByIndex.class;
    return !forDevices && (dtype == DType.F32 || reference.supports(kernel, dtype));
  }

  @Override
  public void run(FusedKernel kernel) {
    if (!FusedRows.run(kernel)) {
      delegate().run(kernel);
    }
  }

  @Override
  public void read(View x, HeapStorage host) {
    reference.read(x, host);
  }

  @Override
  public void write(HeapStorage host, View out) {
    reference.write(host, out);
  }

  @Override
  public void synchronize() {}
}
