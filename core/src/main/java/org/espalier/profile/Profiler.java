package org.espalier.profile;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.espalier.io.json.Json;
import org.espalier.meter.Frame;
import org.espalier.meter.Meter;

/// A profile by op of all that runs, on any thread, from its start to its stop.
///
/// ```java
/// try (Profiler profile = Profiler.start()) {
///   step();
///   System.out.println(profile.report());
/// }
/// ```
///
/// Each op counts for the thread that called it, whatever helpers its kernels had; an op inside
/// another counts once, in its own row, and is `forward` there also when a backward called it. So
/// the first gradient of a weight is a `MatrixProduct`; one that is added to it in the same kernel
/// belongs to the backward of `Linear`. Kernels that run outside any op, such as an optimiser's,
/// have rows of their own. While no profile runs, ops pay for one check.
public final class Profiler implements AutoCloseable {
  private final Meter.Listener listener = this::ended;
  private final Map<Key, Sums> sums = new ConcurrentHashMap<>();
  private final Set<Long> threads = ConcurrentHashMap.newKeySet();
  private final long start = System.nanoTime();
  private volatile long stop;
  private volatile boolean stopped;

  private record Key(String op, Phase phase) {}

  private static final class Sums {
    final LongAdder calls = new LongAdder();
    final LongAdder nanos = new LongAdder();
    final LongAdder flops = new LongAdder();
    final LongAdder bytes = new LongAdder();
    final LongAdder kernels = new LongAdder();
    final LongAdder delegated = new LongAdder();

    ProfileRow row(Key key) {
      return new ProfileRow(
          key.op,
          key.phase,
          calls.sum(),
          nanos.sum() / 1e9,
          flops.sum(),
          bytes.sum(),
          kernels.sum(),
          delegated.sum());
    }
  }

  private Profiler() {}

  /// Starts a profile; several may run at once.
  public static Profiler start() {
    Profiler profile = new Profiler();
    Meter.add(profile.listener);
    return profile;
  }

  /// Stops; what was seen stays. The second time does nothing.
  @Override
  public void close() {
    synchronized (this) {
      if (stopped) {
        return;
      }
      stop = System.nanoTime();
      stopped = true;
    }
    Meter.remove(listener);
  }

  private void ended(Frame frame) {
    if (frame.start() - start < 0 || stopped) {
      return; // it began before this profile, for another
    }
    threads.add(Thread.currentThread().threadId());
    Sums s = sums.computeIfAbsent(new Key(frame.name(), frame.phase()), k -> new Sums());
    s.calls.increment();
    s.nanos.add(frame.ownNanos());
    s.flops.add(frame.flops());
    s.bytes.add(frame.bytes());
    s.kernels.add(frame.kernels());
    s.delegated.add(frame.delegated());
  }

  /// Returns the seconds from start to stop, or to now.
  public double seconds() {
    return ((stopped ? stop : System.nanoTime()) - start) / 1e9;
  }

  /// Returns a row for each op and direction, the longest time first.
  public List<ProfileRow> rows() {
    List<ProfileRow> rows = new ArrayList<>();
    sums.forEach((key, s) -> rows.add(s.row(key)));
    rows.sort(
        Comparator.comparingDouble(ProfileRow::seconds)
            .reversed()
            .thenComparing(ProfileRow::op)
            .thenComparing(ProfileRow::phase));
    return rows;
  }

  /// Returns a table for people.
  public String report() {
    return ProfileTable.of(rows(), seconds(), threads.size());
  }

  /// Returns the same for programs: `seconds`, `threads`, and `rows` with the fields of
  /// [ProfileRow].
  public String json() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (ProfileRow r : rows()) {
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("op", r.op());
      row.put("phase", r.phase().label());
      row.put("calls", r.calls());
      row.put("seconds", r.seconds());
      row.put("flops", r.flops());
      row.put("bytes", r.bytes());
      row.put("kernels", r.kernels());
      row.put("delegated", r.delegated());
      rows.add(row);
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("seconds", seconds());
    all.put("threads", threads.size());
    all.put("rows", rows);
    return Json.writeIndented(all);
  }

  @Override
  public String toString() {
    return report();
  }
}
