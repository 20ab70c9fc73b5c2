package org.espalier.cuda;

import java.util.List;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.TensorException;
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

/// One GPU. Every method but `read`, `synchronize` and, where no memory is free, `allocate` returns
/// when the work is queued; what fails on the device shows at the next of these. Any thread may
/// call. Deterministic: no kernel adds in an order that chance decides.
///
/// Verified on a software CUDA device, not yet run on hardware.
final class CudaBackend implements Backend {
  private final CudaDevice device;
  private final Copies copies;
  private final Elementwise elementwise;
  private final Reductions reductions;
  private final Scans scans;
  private final Indexing indexing;
  private final Products products;
  private final RandomFill random;
  private final Fused fused;

  /// Serves an open device.
  CudaBackend(CudaDevice device) {
    this.device = device;
    copies = new Copies(device);
    elementwise = new Elementwise(device, copies);
    reductions = new Reductions(device);
    scans = new Scans(device);
    indexing = new Indexing(device, scans);
    products = new Products(device, copies);
    random = new RandomFill(device);
    fused = new Fused(device, copies, reductions, scans, indexing);
  }

  /// Returns the GPU.
  CudaDevice gpu() {
    return device;
  }

  @Override
  public Device device() {
    return Device.of(device.name());
  }

  @Override
  public Storage allocate(DType dtype, int size) {
    if (size < 0) {
      throw new TensorException(
          "cannot allocate " + size + " elements; the size must be 0 or more");
    }
    return new CudaStorage(device, dtype, size);
  }

  @Override
  public void fill(View out, double value) {
    copies.fill(out, value);
  }

  @Override
  public void copy(View x, View out) {
    copies.copy(x, out);
  }

  @Override
  public void unary(UnaryKernel kernel, View x, View out) {
    elementwise.unary(kernel, x, out);
  }

  @Override
  public void binary(BinaryKernel kernel, View a, View b, View out) {
    elementwise.binary(kernel, a, b, out);
  }

  @Override
  public void select(View condition, View a, View b, View out) {
    copies.select(condition, a, b, out);
  }

  @Override
  public void reduce(ReduceKernel kernel, View x, View out) {
    reductions.reduce(kernel, x, out);
  }

  @Override
  public void cumulate(View x, int axis, boolean reverse, View out) {
    scans.cumulate(x, axis, reverse, out);
  }

  @Override
  public void argSort(View x, int axis, boolean descending, View order) {
    scans.argSort(x, axis, descending, order);
  }

  @Override
  public void gatherAlong(View x, int axis, View indices, View out) {
    indexing.gatherAlong(x, axis, indices, out);
  }

  @Override
  public void scatterAlong(ReduceKernel kernel, View values, int axis, View indices, View out) {
    indexing.scatterAlong(kernel, values, axis, indices, out);
  }

  @Override
  public void matmul(Matmul product) {
    products.matmul(product);
  }

  @Override
  public void gather(View table, View indices, View out) {
    indexing.gather(table, indices, out);
  }

  @Override
  public void scatterAdd(View values, View indices, View out) {
    indexing.scatterAdd(values, indices, out);
  }

  @Override
  public void random(RandomKernel kernel, long seed, long stream, long position, View out) {
    device.refuseWhileRecording(
        "random numbers ("
            + kernel
            + ") of a seed that every run of a recorded step would repeat; draw them before, and"
            + " give them with step.feed");
    random.fill(kernel, seed, stream, position, out);
  }

  @Override
  public boolean supports(Class<? extends FusedKernel> kernel, DType dtype) {
    return fused.supports(kernel, dtype);
  }

  @Override
  public void run(FusedKernel kernel) {
    fused.run(kernel);
  }

  @Override
  public void read(View x, HeapStorage host) {
    check("read", x, host);
    device.refuseWhileRecording(
        "reading "
            + x.dtype()
            + " "
            + x.shape()
            + " from a step that is being recorded, and has"
            + " computed nothing yet; return it from the step and read it after run()");
    device.transfers().read(x, host);
  }

  @Override
  public void write(HeapStorage host, View out) {
    check("write", out, host);
    device.refuseWhileRecording(
        "copying "
            + out.dtype()
            + " "
            + out.shape()
            + " from the heap in a step that is being"
            + " recorded, whose later runs would see the same; give it with step.feed");
    device.transfers().write(host, out);
  }

  private static void check(String kernel, View view, HeapStorage host) {
    if (host.dtype() != view.dtype() || host.size() < view.elements() || !view.isContiguous()) {
      throw new TensorException(
          kernel
              + " needs a contiguous view and heap memory of its dtype and size; found "
              + view.dtype()
              + " "
              + view.layout()
              + " and "
              + host.dtype()
              + " of "
              + host.size()
              + " elements");
    }
  }

  @Override
  public void synchronize() {
    device.synchronize();
  }

  @Override
  public boolean records() {
    return true;
  }

  @Override
  public Recording record(List<Recording.Input> inputs, int seeds) {
    return RecordedGraph.begin(device, copies, inputs, seeds);
  }
}
