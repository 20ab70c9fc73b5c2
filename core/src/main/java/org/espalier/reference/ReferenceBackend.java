package org.espalier.reference;

import org.espalier.DType;
import org.espalier.Device;
import org.espalier.TensorException;
import org.espalier.memory.BufferPool;
import org.espalier.spi.Backend;
import org.espalier.spi.BinaryKernel;
import org.espalier.spi.FusedKernel;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.Matmul;
import org.espalier.spi.RandomKernel;
import org.espalier.spi.ReduceKernel;
import org.espalier.spi.Storage;
import org.espalier.spi.UnaryKernel;
import org.espalier.spi.View;

/// The definition of every kernel: plain loops, one thread, any strides.
///
/// It stores the tensor's dtype, computes in double (in long for integers and booleans) and rounds
/// once, when the result is stored. It has every fused kernel in F32 and F64. It holds no state:
/// any thread may use it, and so may a backend that wants a kernel on the heap which it has not
/// itself.
public final class ReferenceBackend implements Backend {
  /// Makes the backend.
  public ReferenceBackend() {}

  @Override
  public Device device() {
    return Device.REFERENCE;
  }

  @Override
  public Storage allocate(DType dtype, int size) {
    return BufferPool.shared().take(dtype, size);
  }

  @Override
  public void fill(View out, double value) {
    ReferenceElementwise.fill(out, value);
  }

  @Override
  public void copy(View x, View out) {
    ReferenceElementwise.copy(x, out);
  }

  @Override
  public void unary(UnaryKernel kernel, View x, View out) {
    ReferenceElementwise.unary(kernel, x, out);
  }

  @Override
  public void binary(BinaryKernel kernel, View a, View b, View out) {
    ReferenceElementwise.binary(kernel, a, b, out);
  }

  @Override
  public void select(View condition, View a, View b, View out) {
    ReferenceElementwise.select(condition, a, b, out);
  }

  @Override
  public void reduce(ReduceKernel kernel, View x, View out) {
    ReferenceReduce.reduce(kernel, x, out);
  }

  @Override
  public void cumulate(View x, int axis, boolean reverse, View out) {
    ReferenceAlong.cumulate(x, axis, reverse, out);
  }

  @Override
  public void argSort(View x, int axis, boolean descending, View order) {
    ReferenceAlong.argSort(x, axis, descending, order);
  }

  @Override
  public void gatherAlong(View x, int axis, View indices, View out) {
    ReferenceAlong.gather(x, axis, indices, out);
  }

  @Override
  public void scatterAlong(ReduceKernel kernel, View values, int axis, View indices, View out) {
    ReferenceAlong.scatter(kernel, values, axis, indices, out);
  }

  @Override
  public void matmul(Matmul product) {
    ReferenceMatmul.matmul(product);
  }

  @Override
  public void gather(View table, View indices, View out) {
    ReferenceIndexing.gather(table, indices, out);
  }

  @Override
  public void scatterAdd(View values, View indices, View out) {
    ReferenceIndexing.scatterAdd(values, indices, out);
  }

  @Override
  public void random(RandomKernel kernel, long seed, long stream, long position, View out) {
    ReferenceRandom.fill(kernel, seed, stream, position, out);
  }

  @Override
  public boolean supports(Class<? extends FusedKernel> kernel, DType dtype) {
    return dtype.isFloating();
  }

  @Override
  public void run(FusedKernel kernel) {
    switch (kernel) {
      case FusedKernel.Softmax k -> ReferenceSoftmax.forward(k);
      case FusedKernel.SoftmaxBackward k -> ReferenceSoftmax.backward(k);
      case FusedKernel.LayerNorm k -> ReferenceLayerNorm.forward(k);
      case FusedKernel.LayerNormBackward k -> ReferenceLayerNorm.backward(k);
      case FusedKernel.RmsNorm k -> ReferenceRmsNorm.forward(k);
      case FusedKernel.RmsNormBackward k -> ReferenceRmsNorm.backward(k);
      case FusedKernel.Rotary k -> ReferenceRotary.forward(k);
      case FusedKernel.Gelu k -> ReferenceGelu.forward(k);
      case FusedKernel.GeluBackward k -> ReferenceGelu.backward(k);
      case FusedKernel.CrossEntropy k -> ReferenceCrossEntropy.forward(k);
      case FusedKernel.CrossEntropyBackward k -> ReferenceCrossEntropy.backward(k);
      case FusedKernel.Attention k -> ReferenceAttention.forward(k);
      case FusedKernel.AttentionBackward k -> ReferenceAttention.backward(k);
      case FusedKernel.Dropout k -> ReferenceDropout.forward(k);
      case FusedKernel.SegmentMean k -> ReferenceSegmentMean.forward(k);
      case FusedKernel.SegmentMeanBackward k -> ReferenceSegmentMean.backward(k);
      case FusedKernel.AdamW k -> ReferenceAdamW.step(k);
      case FusedKernel.AdamWOnDevice k -> ReferenceAdamW.step(k);
      case FusedKernel.JointNorm k -> ReferenceReduce.jointNorm(k);
      case FusedKernel.SumByIndex k -> ReferenceSumByIndex.sum(k);
      case FusedKernel.Dot k -> ReferenceReduce.dot(k);
      case FusedKernel.Gram k -> ReferenceReduce.gram(k);
    }
  }

  @Override
  @SuppressWarnings("SuspiciousSystemArraycopy") // both are the array of the one dtype
  public void read(View x, HeapStorage host) {
    check("read", x, host);
    System.arraycopy(x.heap().rawArray(), x.offset(), host.rawArray(), 0, x.elements());
  }

  @Override
  @SuppressWarnings("SuspiciousSystemArraycopy") // both are the array of the one dtype
  public void write(HeapStorage host, View out) {
    check("write", out, host);
    System.arraycopy(host.rawArray(), 0, out.heap().rawArray(), out.offset(), out.elements());
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
  public void synchronize() {}
}
