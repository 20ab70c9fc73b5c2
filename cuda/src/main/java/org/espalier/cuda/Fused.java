package org.espalier.cuda;

import org.espalier.DType;
import org.espalier.spi.FusedKernel;

/// The fused kernels, all of them in F32 and inner products in F64 too, and the family that runs
/// each.
final class Fused {
  private final Softmaxes softmaxes;
  private final Norms norms;
  private final Rotaries rotaries;
  private final Gelus gelus;
  private final CrossEntropies crossEntropies;
  private final Attentions attentions;
  private final Dropouts dropouts;
  private final SegmentMeans segmentMeans;
  private final AdamWSteps adamW;
  private final Dots dots;
  private final Grams grams;
  private final Indexing indexing;

  /// Names the kernels of a device.
  Fused(CudaDevice device, Copies copies, Reductions reductions, Scans scans, Indexing indexing) {
    softmaxes = new Softmaxes(device);
    norms = new Norms(device, copies);
    rotaries = new Rotaries(device);
    gelus = new Gelus(device);
    crossEntropies = new CrossEntropies(device);
    attentions = new Attentions(device);
    dropouts = new Dropouts(device);
    segmentMeans = new SegmentMeans(device);
    adamW = new AdamWSteps(device, scans, indexing);
    dots = new Dots(device, copies, reductions);
    grams = new Grams(device, copies, reductions);
    this.indexing = indexing;
  }

  /// Tells whether `run` computes kernels of that kind in that dtype. Of F16 and BF16 ops make F32
  /// copies before they ask.
  boolean supports(Class<? extends FusedKernel> kernel, DType dtype) {
    boolean inDouble =
        kernel == FusedKernel.Dot.class
            || kernel == FusedKernel.Gram.class
            || kernel == FusedKernel.JointNorm.class;
    return dtype == DType.F32 || (dtype == DType.F64 && inDouble);
  }

  /// Runs a kernel that `supports` promised.
  void run(FusedKernel kernel) {
    switch (kernel) {
      case FusedKernel.Softmax k -> softmaxes.forward(k);
      case FusedKernel.SoftmaxBackward k -> softmaxes.backward(k);
      case FusedKernel.LayerNorm k -> norms.forward(k);
      case FusedKernel.LayerNormBackward k -> norms.backward(k);
      case FusedKernel.RmsNorm k -> norms.forward(k);
      case FusedKernel.RmsNormBackward k -> norms.backward(k);
      case FusedKernel.Rotary k -> rotaries.run(k);
      case FusedKernel.Gelu k -> gelus.forward(k);
      case FusedKernel.GeluBackward k -> gelus.backward(k);
      case FusedKernel.CrossEntropy k -> crossEntropies.forward(k);
      case FusedKernel.CrossEntropyBackward k -> crossEntropies.backward(k);
      case FusedKernel.Attention k -> attentions.forward(k);
      case FusedKernel.AttentionBackward k -> attentions.backward(k);
      case FusedKernel.Dropout k -> dropouts.run(k);
      case FusedKernel.SegmentMean k -> segmentMeans.forward(k);
      case FusedKernel.SegmentMeanBackward k -> segmentMeans.backward(k);
      case FusedKernel.AdamW k -> adamW.run(k);
      case FusedKernel.AdamWOnDevice k -> adamW.run(k);
      case FusedKernel.JointNorm k -> adamW.run(k);
      case FusedKernel.SumByIndex k -> indexing.sumByIndex(k);
      case FusedKernel.Dot k -> dots.run(k);
      case FusedKernel.Gram k -> grams.run(k);
    }
  }
}
