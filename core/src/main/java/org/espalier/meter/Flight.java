package org.espalier.meter;

import jdk.jfr.FlightRecorder;
import org.espalier.memory.BufferPool;
import org.jspecify.annotations.Nullable;

/// The flight recorder (JFR), where this Java has it.
///
/// The module `jdk.jfr` may be missing; nothing here loads a class of it then. The recorder's own
/// start is what is asked for, so that a program which never records never starts its machinery.
public final class Flight {
  private static final boolean PRESENT = ModuleLayer.boot().findModule("jdk.jfr").isPresent();

  private Flight() {}

  static boolean isOn() {
    return isRecorderUp() && FlightEvents.wantsOps();
  }

  private static boolean isRecorderUp() {
    return PRESENT && FlightRecorder.isInitialized();
  }

  /// Begins the event of an op; null when no recording wants it.
  static @Nullable Object begin() {
    return isOn() ? FlightEvents.beginOp() : null;
  }

  /// Ends the event of an op.
  static void op(Frame frame) {
    Object event = frame.event();
    if (event != null) {
      FlightEvents.endOp(event, frame);
    }
  }

  /// Records that the buffer pool did something.
  ///
  /// @param what `miss`: made a new array; `trim`: gave free ones to the garbage collector
  /// @param bytes of the arrays
  public static void pool(String what, long bytes, BufferPool pool) {
    if (isRecorderUp()) {
      FlightEvents.pool(what, bytes, pool);
    }
  }

  /// Begins the event of a training step; null when no recording wants it.
  public static @Nullable Object beginStep() {
    return isRecorderUp() ? FlightEvents.beginStep() : null;
  }

  /// Ends what [#beginStep] returned.
  public static void endStep(Object event, long number, String task, double loss, long tokens) {
    FlightEvents.endStep(event, number, task, loss, tokens);
  }
}
