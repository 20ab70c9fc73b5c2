package org.espalier.op;

import org.espalier.Device;
import org.espalier.Tensor;
import org.espalier.autograd.BackwardContext;
import org.espalier.autograd.ForwardContext;
import org.espalier.autograd.Gradient;
import org.espalier.engine.Backends;
import org.espalier.engine.HostCopy;
import org.espalier.engine.Recordings;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.IntStorage;
import org.jspecify.annotations.Nullable;

/// A copy on another device, by way of the heap.
///
/// @param from where the input lies
/// @param to where the output lies
public record Transfer(Device from, Device to) implements Op {
  @Override
  public boolean movesOnly() {
    return true;
  }

  @Override
  public Tensor forward(ForwardContext context, Tensor[] inputs) {
    String what = "to(" + to + ") of " + inputs[0].dtype() + " " + inputs[0].shape();
    Recordings.refuseRead(from, what);
    Recordings.refuseWrite(to, what);
    Tensor x = inputs[0].contiguous();
    HeapStorage host = (HeapStorage) Backends.of(Device.CPU).allocate(x.dtype(), x.elements());
    host.retain();
    Kernels.backend(x).read(Kernels.view(x), host);
    Tensor y = Kernels.empty(x.dtype(), to, x.shape());
    Kernels.backend(y).write(host, Kernels.view(y));
    if (host instanceof IntStorage indices) {
      HostCopy.keep(indices, Kernels.view(y));
    }
    host.release();
    return y;
  }

  @Override
  public @Nullable Gradient[] backward(BackwardContext context, Tensor dy) {
    return context.dense(dy.to(from));
  }
}
