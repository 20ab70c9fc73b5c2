package org.espalier.meter;

import java.util.Arrays;
import org.espalier.Shape;
import org.espalier.profile.Phase;
import org.jspecify.annotations.Nullable;

/// Measures ops while somebody listens: a profile, or a flight recording.
///
/// While nobody does, [#isOn] is all that an op pays: two reads of static fields.
public final class Meter {
  /// Hears of each op and kernel that has ended; on the thread that ran it.
  @FunctionalInterface
  public interface Listener {
    /// Called when a frame has been closed.
    void ended(Frame frame);
  }

  private static final Listener[] NOBODY = new Listener[0];
  private static final ThreadLocal<@Nullable Frame> CURRENT = new ThreadLocal<>();
  private static volatile Listener[] listeners = NOBODY;

  private Meter() {}

  /// Tells whether anybody listens.
  public static boolean isOn() {
    return listeners.length != 0 || Flight.isOn();
  }

  /// Begins an op on this thread. Ask [#isOn] first: this one measures whoever listens.
  ///
  /// @param shapes those of its inputs; the gradient of its output comes first going backward
  public static Frame enter(String name, Phase phase, Shape... shapes) {
    Frame frame = new Frame(name, phase, shapes, CURRENT.get());
    CURRENT.set(frame);
    return frame;
  }

  /// Counts a kernel that the reference backend computes in place of another.
  public static void delegated() {
    if (isOn()) {
      Frame frame = CURRENT.get();
      if (frame != null) {
        frame.delegated++;
      }
    }
  }

  /// Tells a listener of every op from now on.
  public static synchronized void add(Listener listener) {
    Listener[] all = Arrays.copyOf(listeners, listeners.length + 1);
    all[all.length - 1] = listener;
    listeners = all;
  }

  /// Tells a listener nothing any more.
  public static synchronized void remove(Listener listener) {
    listeners = Arrays.stream(listeners).filter(l -> !l.equals(listener)).toArray(Listener[]::new);
  }

  static @Nullable Frame current() {
    return CURRENT.get();
  }

  static void leave(Frame frame) {
    if (frame.parent() == null) {
      CURRENT.remove();
    } else {
      CURRENT.set(frame.parent());
    }
    for (Listener l : listeners) {
      l.ended(frame);
    }
    Flight.op(frame);
  }
}
