package org.espalier.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.espalier.Espalier;
import picocli.CommandLine.Command;

/// `espalier describe`.
@Command(
    name = "describe",
    description = "Prints what this machine and installation have: for bug reports.")
final class DescribeCommand implements Callable<Integer> {
  private final PrintWriter out;

  DescribeCommand(PrintWriter out) {
    this.out = out;
  }

  @Override
  public Integer call() {
    out.println(Espalier.describe());
    return 0;
  }
}
