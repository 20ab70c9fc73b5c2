package org.espalier.cli;

import java.io.Console;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// Tells how far a phase is: a bar where standard error is a terminal, else a line every few
/// seconds.
final class ProgressLine implements AutoCloseable {
  private static final long NANOS_BETWEEN_LINES = 5_000_000_000L;
  private static final long MINUTE = 60;

  /// How to tell.
  enum Style {
    /// A bar that moves.
    BAR,
    /// Plain lines.
    LINES,
    /// Not at all.
    NONE;

    /// The style that fits where standard error goes.
    static Style fitting() {
      return isTerminal() ? BAR : LINES;
    }

    private static boolean isTerminal() {
      Path error = Path.of("/proc/self/fd/2");
      try {
        if (Files.isSymbolicLink(error)) {
          return Files.readSymbolicLink(error).toString().matches("/dev/(pts/|tty).*");
        }
      } catch (java.io.IOException e) {
        return false;
      }
      return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
    }
  }

  private final String phase;
  private final int total;
  private final PrintWriter err;
  private final boolean lines;
  private final @Nullable ProgressBar bar;
  private final long start = System.nanoTime();
  private long lastLine = start;
  private int done;

  private ProgressLine(Style style, String phase, int total, PrintWriter err) {
    this.phase = phase;
    this.total = total;
    this.err = err;
    this.lines = style == Style.LINES;
    this.bar =
        style == Style.BAR
            ? new ProgressBarBuilder()
                .setTaskName(phase)
                .setInitialMax(total)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(200)
                .setConsumer(new ConsoleProgressBarConsumer(System.err))
                .build()
            : null;
  }

  /// Starts telling about a phase of so many steps or batches.
  static ProgressLine open(Style style, String phase, int total, PrintWriter err) {
    return new ProgressLine(style, phase, total, err);
  }

  /// Tells that one more is done; trainings side by side share a line.
  ///
  /// @param brief what a bar has room for
  /// @param details what a line has
  synchronized void step(String brief, String details) {
    done++;
    if (bar != null) {
      bar.setExtraMessage(brief).stepTo(done);
    } else if (lines) {
      long now = System.nanoTime();
      if (now - lastLine >= NANOS_BETWEEN_LINES) {
        lastLine = now;
        err.println(line(phase, done, total, details, (now - start) / 1e9));
        err.flush();
      }
    }
  }

  /// A plain line.
  static String line(String phase, int done, int total, String details, double seconds) {
    long left = Math.round(done == 0 ? 0 : seconds / done * (total - done));
    return String.format(
        Locale.ROOT,
        "%-12s %5d of %d (%d %%)  %s%s%d:%02d left",
        phase,
        done,
        total,
        total == 0 ? 100 : 100L * done / total,
        details,
        details.isEmpty() ? "" : "  ",
        left / MINUTE,
        left % MINUTE);
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
