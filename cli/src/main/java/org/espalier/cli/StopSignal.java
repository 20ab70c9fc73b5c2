package org.espalier.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// The wish to stop, from Ctrl-C to the training loop: the step under way is finished, what there
/// is gets saved, and only then the process ends.
final class StopSignal implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  private final AtomicBoolean requested = new AtomicBoolean();
  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook =
      new Thread(
          () -> {
            request();
            awaitFinish();
          },
          "espalier-stop");

  /// What ends a phase in the middle.
  static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Stopped() {
      super("stopped");
    }
  }

  /// A signal that Ctrl-C (or a termination signal) sets until it is closed.
  static StopSignal onInterrupt() {
    StopSignal signal = new StopSignal();
    Runtime.getRuntime().addShutdownHook(signal.hook);
    return signal;
  }

  /// Asks to stop.
  void request() {
    requested.set(true);
  }

  /// Whether somebody asked.
  boolean isRequested() {
    return requested.get();
  }

  /// Ends the phase when somebody asked.
  ///
  /// @throws Stopped then
  void check() {
    if (isRequested()) {
      throw new Stopped();
    }
  }

  private void awaitFinish() {
    try {
      finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Says that everything is saved: the process may end.
  @Override
  public void close() {
    finished.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending already: that is what the hook was for.
      return;
    }
  }
}
