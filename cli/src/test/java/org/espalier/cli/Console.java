package org.espalier.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/// Runs commands in this process and keeps what they print.
final class Console {
  final StringWriter out = new StringWriter();
  final StringWriter err = new StringWriter();

  /// Runs a command on the tiny encoder and tasks; returns the exit code.
  int run(String... arguments) {
    var o = new PrintWriter(out, true);
    var e = new PrintWriter(err, true);
    return Main.run(new DemoCommand(o, e, Tiny::encoder, Tiny::data), o, e, arguments);
  }

  /// The lines on standard error.
  java.util.List<String> errors() {
    return err.toString().lines().toList();
  }
}
