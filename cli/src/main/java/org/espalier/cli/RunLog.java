package org.espalier.cli;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.espalier.io.json.Json;
import org.espalier.multitask.train.StepReport;

/// The log of a run: a JSON object a line, each with the `event` that it tells of. What a step line
/// holds depends on the seed and the settings alone, not on the clock.
final class RunLog implements AutoCloseable {
  private static final int LINES_BETWEEN_FLUSHES = 20;

  private final Path file;
  private final Writer writer;
  private int lines;

  /// Starts the log; an older one is replaced.
  ///
  /// @throws UncheckedIOException when it cannot be written
  RunLog(Path file) {
    this.file = file;
    try {
      this.writer = Files.newBufferedWriter(file);
    } catch (IOException e) {
      throw fault(e);
    }
  }

  private RunLog(Path file, StringWriter memory) {
    this.file = file;
    this.writer = memory;
  }

  /// A log of something that runs beside others: its lines wait in memory for [#append], so that
  /// the order in the file does not depend on who was faster.
  RunLog part() {
    return new RunLog(file, new StringWriter());
  }

  /// Writes the lines of a [#part].
  void append(RunLog part) {
    try {
      writer.write(part.writer.toString());
    } catch (IOException e) {
      throw fault(e);
    }
    flush();
  }

  /// Where it is.
  Path file() {
    return file;
  }

  private UncheckedIOException fault(IOException e) {
    return new UncheckedIOException("cannot write the log " + file + ": " + e, e);
  }

  /// Notes an event.
  void event(String event, Map<String, ?> details) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("event", event);
    line.putAll(details);
    write(line);
    flush();
  }

  /// Notes a step of training; the numbers read back to the same bits.
  void step(String phase, StepReport r) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("event", "step");
    line.put("phase", phase);
    line.put("step", r.step());
    line.put("task", r.task());
    line.put("loss", number(r.loss()));
    line.put("tokens", r.tokens());
    line.put("norm", number(r.gradientNorm()));
    line.put("rate", number(r.rateFactor()));
    write(line);
    if (++lines % LINES_BETWEEN_FLUSHES == 0) {
      flush();
    }
  }

  /// A number as JSON can say it: text for NaN and the infinities.
  static Object number(double value) {
    return Double.isFinite(value) ? value : (Object) Double.toString(value);
  }

  private void write(Map<String, Object> line) {
    try {
      writer.write(Json.write(line));
      writer.write('\n');
    } catch (IOException e) {
      throw fault(e);
    }
  }

  private void flush() {
    try {
      writer.flush();
    } catch (IOException e) {
      throw fault(e);
    }
  }

  @Override
  public void close() {
    try {
      writer.close();
    } catch (IOException e) {
      throw fault(e);
    }
  }
}
