package org.espalier.benchmarks.peers;

/// How long is measured.
///
/// @param rounds of both sides in turn
/// @param roundMillis the least that a side runs in a round
/// @param kernelWarmMillis how long each kind of product runs once before all, until the compilers
///   are done with its kernels
/// @param productWarmMillis the most that a product runs before its time is level
/// @param stepWarmMillis the most that a step runs before its time is level
/// @param starts of fresh processes for first steps and memory
/// @param tiny whether tiny networks and products stand in, to see that everything runs
record Effort(
    int rounds,
    double roundMillis,
    double kernelWarmMillis,
    double productWarmMillis,
    double stepWarmMillis,
    int starts,
    boolean tiny) {
  /// What results worth quoting need.
  static final Effort FULL = new Effort(11, 250, 2_000, 5_000, 60_000, 3, false);

  /// The headlines in a few minutes.
  static final Effort QUICK = new Effort(3, 30, 1_500, 500, 5_000, 1, false);

  /// To see that everything runs.
  static final Effort TINY = new Effort(2, 1, 1, 5, 20, 1, true);
}
