package org.espalier.benchmarks.peers;

import org.bytedeco.pytorch.Tensor;

/// A network written in PyTorch's functions, for training and for inference.
interface TorchNetwork {
  /// Returns the loss of a training step: of one classifier, or of all together when `task` is
  /// negative.
  Tensor loss(TorchBatch batch, int task);

  /// Returns the hidden states `[size, longest, dim]`, nothing dropped.
  Tensor hidden(TorchBatch batch);
}
