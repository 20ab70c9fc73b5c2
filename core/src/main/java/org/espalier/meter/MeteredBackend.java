package org.espalier.meter;

import java.util.List;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Shape;
import org.espalier.profile.Phase;
import org.espalier.spi.Backend;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.FusedKernel;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.Matmul;
import org.espalier.spi.RandomKernel;
import org.espalier.spi.Recording;
import org.espalier.spi.ReduceKernel;
import org.espalier.spi.Storage;
import org.espalier.spi.UnaryKernel;
import org.espalier.spi.View;

/// A backend that is being measured: counts what each kernel computes and moves, for the op that
/// asked for it, or under the kernel's own name when no op did (an optimiser's step).
///
/// @param backend does the work
public record MeteredBackend(Backend backend) implements Backend {
  private void measure(String name, long flops, List<View> moved, Runnable kernel) {
    long bytes = KernelCost.bytes(moved);
    Frame op = Meter.current();
    if (op != null) {
      op.kernel(flops, bytes);
      kernel.run();
      return;
    }
    Shape[] shapes = moved.stream().limit(3).map(View::shape).toArray(Shape[]::new);
    try (Frame own = Meter.enter(name, Phase.KERNEL, shapes)) {
      own.kernel(flops, bytes);
      kernel.run();
    }
  }

  @Override
  public Device device() {
    return backend.device();
  }

  @Override
  public Storage allocate(DType dtype, int size) {
    return backend.allocate(dtype, size);
  }

  @Override
  public void fill(View out, double value) {
    measure("fill", 0, List.of(out), () -> backend.fill(out, value));
  }

  @Override
  public void copy(View x, View out) {
    measure("copy", 0, List.of(x, out), () -> backend.copy(x, out));
  }

  @Override
  public void unary(UnaryKernel kernel, View x, View out) {
    measure(kernel.name(), 0, List.of(x, out), () -> backend.unary(kernel, x, out));
  }

  @Override
  public void binary(BinaryKernel kernel, View a, View b, View out) {
    measure(kernel.name(), 0, List.of(a, b, out), () -> backend.binary(kernel, a, b, out));
  }

  @Override
  public void select(View condition, View a, View b, View out) {
    measure("select", 0, List.of(condition, a, b, out), () -> backend.select(condition, a, b, out));
  }

  @Override
  public void reduce(ReduceKernel kernel, View x, View out) {
    measure(kernel.name(), 0, List.of(x, out), () -> backend.reduce(kernel, x, out));
  }

  @Override
  public void cumulate(View x, int axis, boolean reverse, View out) {
    measure("cumulate", 0, List.of(x, out), () -> backend.cumulate(x, axis, reverse, out));
  }

  @Override
  public void argSort(View x, int axis, boolean descending, View order) {
    measure("argSort", 0, List.of(x, order), () -> backend.argSort(x, axis, descending, order));
  }

  @Override
  public void gatherAlong(View x, int axis, View indices, View out) {
    measure(
        "gatherAlong",
        0,
        List.of(indices, out, out),
        () -> backend.gatherAlong(x, axis, indices, out));
  }

  @Override
  public void scatterAlong(ReduceKernel kernel, View values, int axis, View indices, View out) {
    measure(
        "scatterAlong",
        0,
        List.of(indices, values, values, values),
        () -> backend.scatterAlong(kernel, values, axis, indices, out));
  }

  @Override
  public void matmul(Matmul product) {
    measure(
        "matmul",
        KernelCost.flops(product),
        KernelCost.moved(product),
        () -> backend.matmul(product));
  }

  @Override
  public void gather(View table, View indices, View out) {
    // of the table no more rows than come out
    measure("gather", 0, List.of(indices, out, out), () -> backend.gather(table, indices, out));
  }

  @Override
  public void scatterAdd(View values, View indices, View out) {
    measure(
        "scatterAdd",
        0,
        List.of(indices, values, values, values),
        () -> backend.scatterAdd(values, indices, out));
  }

  @Override
  public void random(RandomKernel kernel, long seed, long stream, long position, View out) {
    measure(
        kernel.name(), 0, List.of(out), () -> backend.random(kernel, seed, stream, position, out));
  }

  @Override
  public boolean supports(Class<? extends FusedKernel> kernel, DType dtype) {
    return backend.supports(kernel, dtype);
  }

  @Override
  public void run(FusedKernel kernel) {
    measure(
        kernel.getClass().getSimpleName(),
        KernelCost.flops(kernel),
        KernelCost.moved(kernel),
        () -> backend.run(kernel));
  }

  @Override
  public void read(View x, HeapStorage host) {
    measure("read", 0, List.of(x, x), () -> backend.read(x, host));
  }

  @Override
  public void write(HeapStorage host, View out) {
    measure("write", 0, List.of(out, out), () -> backend.write(host, out));
  }

  @Override
  public void synchronize() {
    backend.synchronize();
  }

  @Override
  public boolean records() {
    return backend.records();
  }

  @Override
  public Recording record(List<Recording.Input> inputs, int seeds) {
    return backend.record(inputs, seeds);
  }
}
