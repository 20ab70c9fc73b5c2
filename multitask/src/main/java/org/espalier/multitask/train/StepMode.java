package org.espalier.multitask.train;

/// How a trainer asks a device for the steps of one task each.
public enum StepMode {
  /// One kernel at a time, batches as they are.
  EAGER,
  /// As [#RECORDED], but computed at once in every step: to compare with, to the bit.
  PADDED,
  /// Batches are padded to few sizes, and for each a device that can records the step and replays
  /// it: a CUDA graph; see [org.espalier.graph.StepGraphs]. Others compute it at once.
  RECORDED
}
