package org.espalier.benchmarks.peers;

import java.util.Arrays;

/// Two sides that run the same in turn.
final class Duel {
  /// How fast the two are.
  ///
  /// @param ours milliseconds of a call, the median of all rounds
  /// @param peer milliseconds of a call
  /// @param waiting share of the time in which somebody waited for a processor
  record Times(double ours, double peer, double waiting) {}

  private final Effort effort;

  Duel(Effort effort) {
    this.effort = effort;
  }

  /// Runs a side until it gets no faster: until the best of the last three spans is no more than 2 %
  /// better than the best before. Returns the milliseconds of a call in the last three.
  ///
  /// @param multiple calls come in multiples of this
  double warm(Child child, int multiple) {
    double before = Double.POSITIVE_INFINITY;
    double spent = 0;
    while (true) {
      double best = Double.POSITIVE_INFINITY;
      for (int i = 0; i < 3; i++) {
        int calls = calls(Math.min(before, best), multiple);
        double millis = child.run(calls);
        spent += millis * calls;
        best = Math.min(best, millis);
      }
      if (best > 0.98 * before || spent > effort.warmMillis()) {
        child.rest();
        return Math.min(best, before);
      }
      before = best;
    }
  }

  /// Returns how many calls fill a round, a third of one before anything is known.
  private int calls(double millis, int multiple) {
    double wanted = Double.isInfinite(millis) ? 1 : effort.roundMillis() / millis;
    return multiple * (int) Math.max(1, Math.ceil(Math.min(wanted, 1e5) / multiple));
  }

  /// Lets both warm up and then run in turn.
  Times fight(Child ours, Child peer, int multiple) {
    int oursCalls = calls(warm(ours, multiple), multiple);
    int peerCalls = calls(warm(peer, multiple), multiple);
    double[] a = new double[effort.rounds()];
    double[] b = new double[effort.rounds()];
    Pressure start = Pressure.now();
    for (int i = 0; i < effort.rounds(); i++) {
      a[i] = ours.run(oursCalls);
      ours.rest();
      b[i] = peer.run(peerCalls);
      peer.rest();
    }
    return new Times(median(a), median(b), start.since());
  }

  static double median(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
