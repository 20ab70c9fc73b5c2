package org.espalier.testkit;

import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/// Runs the cases of some ops without a test framework, in a JVM of its own: for tests that change
/// the tree and want to know whether anybody notices.
///
/// Prints the number of cases that ran, or the first that failed. The exit code is 0, 1 when a case
/// failed, 2 when there was none.
public final class OpCaseMain {
  private OpCaseMain() {}

  /// Runs the cases of the ops with these simple names.
  public static void main(String[] ops) throws Throwable {
    var reference = new ReferenceOpCaseTest();
    var cpu = new CpuOpCaseTest();
    List<Supplier<Stream<DynamicTest>>> suites =
        List.of(
            cpu::agreesWithTheReferenceInDouble,
            cpu::sameBitsInAnyLayout,
            reference::gradientsAreTheSlopes,
            reference::gradientsOfGradientsAreTheirSlopes,
            reference::sameBitsInAnyLayout);
    Set<String> wanted = Set.of(ops);
    int ran = 0;
    for (var suite : suites) {
      for (DynamicTest test : suite.get().toList()) {
        if (wanted.contains(test.getDisplayName().split(":", 2)[0])) {
          try {
            test.getExecutable().execute();
          } catch (Exception | LinkageError | AssertionError e) {
            System.out.println("caught by " + test.getDisplayName() + ": " + e.getMessage());
            System.exit(1);
          }
          ran++;
        }
      }
    }
    System.out.println(ran + " cases passed");
    System.exit(ran == 0 ? 2 : 0);
  }
}
