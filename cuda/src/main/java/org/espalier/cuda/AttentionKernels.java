package org.espalier.cuda;

import java.util.Arrays;
import java.util.List;

/// The kernels of attention in one precision. Those of another take the same parameters.
///
/// @param forward has blocks of queries
/// @param ofQueries the first kernel of backward, has blocks of queries
/// @param ofKeys the second, has blocks of keys
/// @param columns of a head that a block has
record AttentionKernels(Part forward, Part ofQueries, Part ofKeys, int columns) {
  /// The widths of heads for which there are kernels on tensor cores, the narrowest first.
  private static final Integer[] WIDTHS = {32, 64, 128};

  /// A kernel.
  ///
  /// @param rows of a block
  /// @param threads of a block
  record Part(Kernel kernel, int rows, int threads) {}

  /// Returns those of `attention.cu` and `attention_backward.cu`: for any device and heads of any
  /// width, which several blocks share where they are wide.
  static AttentionKernels inSingle(CudaDevice device) {
    return new AttentionKernels(
        new Part(device.kernel("attention", "attention_forward"), 64, 256),
        new Part(device.kernel("attention_backward", "attention_backward_queries"), 32, 128),
        new Part(device.kernel("attention_backward", "attention_backward_keys"), 32, 128),
        64);
  }

  /// Returns those of `attention_bf16.cu` and `attention_bf16_backward.cu`, each for heads of up to
  /// so many columns, for devices with tensor cores of capability 8.0.
  static List<AttentionKernels> inBfloat16(CudaDevice device) {
    String forward = "attention_bf16";
    String backward = "attention_bf16_backward";
    return Arrays.stream(WIDTHS)
        .map(width ->
            new AttentionKernels(
                new Part(device.kernel(forward, forward + "_forward_" + width), 128, 256),
                new Part(device.kernel(backward, backward + "_queries_" + width), 64, 128),
                new Part(device.kernel(backward, backward + "_keys_" + width), 64, 128),
                width))
        .toList();
  }
}
