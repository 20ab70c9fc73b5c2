package org.espalier.benchmarks.peers;

/// How long is measured.
///
/// @param rounds of both sides in turn
/// @param productRounds the same for products, which are short and of which the worst is named
/// @param roundMillis the least that a side runs in a round
/// @param duelMillis after which no further round begins, if there were two
/// @param kernelWarmMillis how long each kind of product runs once before all, until the compilers
///   are done with its kernels
/// @param productWarmMillis the most that a product runs before its time is level
/// @param stepWarmMillis the most that a step runs before its time is level
/// @param starts of fresh processes for first steps and memory
/// @param lasting whether processes serve all rows, and the way of waiting that won the first row
///   serves all others; otherwise each row has fresh processes
/// @param tiny whether tiny networks and products stand in, to see that everything runs
record Effort(
    int rounds,
    int productRounds,
    double roundMillis,
    double duelMillis,
    double kernelWarmMillis,
    double productWarmMillis,
    double stepWarmMillis,
    int starts,
    boolean lasting,
    boolean tiny) {
  /// What results worth quoting need.
  static final Effort FULL =
      new Effort(11, 11, 250, Double.POSITIVE_INFINITY, 2_000, 5_000, 60_000, 3, false, false);

  /// The headlines in a few minutes.
  static final Effort QUICK = new Effort(3, 7, 15, 9_000, 1_250, 300, 3_000, 1, true, false);

  /// To see that everything runs.
  static final Effort TINY = new Effort(2, 2, 1, 1, 1, 5, 20, 1, true, true);
}
