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

  /// A side that runs as fast as it can.
  ///
  /// @param child the side
  /// @param millis of a call at best
  record Ready(Child child, double millis) {}

  private final Effort effort;
  private final int rounds;
  private final double warmMillis;
  private final int multiple;

  /// @param rounds of both sides in turn
  /// @param warmMillis the most that a side runs before its time is level
  /// @param multiple calls come in multiples of this
  Duel(Effort effort, int rounds, double warmMillis, int multiple) {
    this.effort = effort;
    this.rounds = rounds;
    this.warmMillis = warmMillis;
    this.multiple = multiple;
  }

  /// Runs a side until it gets no faster: until the best of three spans is no more than 2 % better
  /// than the best before, or its time is over.
  Ready warm(Child child) {
    double best = Double.POSITIVE_INFINITY;
    double before = best;
    double spent = 0;
    for (int span = 1; spent < warmMillis; span++) {
      int calls = calls(best);
      double millis = child.run(calls);
      spent += millis * calls;
      best = Math.min(best, millis);
      if (span % 3 == 0) {
        if (best > 0.98 * before) {
          break;
        }
        before = best;
      }
    }
    child.rest();
    return new Ready(child, best);
  }

  /// Returns how many calls fill a round; as few as may be where a call's time is not known.
  private int calls(double millis) {
    double wanted = Double.isInfinite(millis) ? 1 : effort.roundMillis() / millis;
    return multiple * (int) Math.max(1, Math.ceil(Math.min(wanted, 1e5) / multiple));
  }

  /// Lets both run in turn.
  Times fight(Ready ours, Ready peer) {
    int oursCalls = calls(ours.millis());
    int peerCalls = calls(peer.millis());
    double[] a = new double[rounds];
    double[] b = new double[rounds];
    int done = 0;
    Pressure start = Pressure.now();
    while (done < a.length && (done < 2 || start.millis() < effort.duelMillis())) {
      a[done] = ours.child().run(oursCalls);
      ours.child().rest();
      b[done] = peer.child().run(peerCalls);
      peer.child().rest();
      done++;
    }
    return new Times(median(Arrays.copyOf(a, done)), median(Arrays.copyOf(b, done)), start.since());
  }

  static double median(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
