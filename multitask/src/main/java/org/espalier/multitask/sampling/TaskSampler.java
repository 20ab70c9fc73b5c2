package org.espalier.multitask.sampling;

/// Decides which task gives the next batch.
///
/// Every sampler is a function of its seed and of how often it was asked, so that a run can be
/// repeated and resumed.
public interface TaskSampler {
  /// What reports call it.
  String name();

  /// Returns the index of the task that gives the next batch.
  int next();

  /// Returns the share of batches that each task gets in the long run.
  double[] shares();

  /// Starts over.
  void reset();

  /// Returns how often [#next] was called: all that a resumed sampler needs.
  long position();

  /// Continues where a sampler with the same settings stood.
  default void skipTo(long position) {
    reset();
    while (position() < position) {
      next();
    }
  }
}
