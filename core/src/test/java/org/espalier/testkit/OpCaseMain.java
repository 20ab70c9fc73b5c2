package org.espalier.testkit;

import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/// Runs the cases of some ops without a test framework, in a JVM of its own: for tests that change
/// the tree and want to know whether anybody notices.
///
/// Prints the number of checks that passed, or the first that failed. The exit code is 0, 1 when a
/// check failed, 2 when there was none.
public final class OpCaseMain {
  private OpCaseMain() {}

  /// Runs cases.
  ///
  /// @param arguments the simple names of the ops, and the names of the tables that have them (see
  ///   [OpCases#of]), each joined by commas
  public static void main(String[] arguments) throws Throwable {
    List<OpCase> cases = OpCases.of(names(arguments[0]), names(arguments[1]));
    var reference =
        new ReferenceOpCaseTest() {
          @Override
          protected List<OpCase> cases() {
            return cases;
          }
        };
    var cpu =
        new CpuOpCaseTest() {
          @Override
          protected List<OpCase> cases() {
            return cases;
          }
        };
    List<DynamicTest> checks =
        Stream.of(
                cpu.agreesWithTheReferenceInDouble(),
                cpu.sameBitsInAnyLayout(),
                reference.gradientsAreTheSlopes(),
                reference.gradientsOfGradientsAreTheirSlopes(),
                reference.sameBitsInAnyLayout())
            .flatMap(s -> s)
            .toList();
    for (DynamicTest check : checks) {
      try {
        check.getExecutable().execute();
      } catch (Exception | LinkageError | AssertionError e) {
        System.out.println("caught by " + check.getDisplayName() + ": " + e.getMessage());
        System.exit(1);
      }
    }
    System.out.println(checks.size() + " cases passed");
    System.exit(checks.isEmpty() ? 2 : 0);
  }

  private static Set<String> names(String joined) {
    return joined.isEmpty() ? Set.of() : Set.of(joined.split(",", -1));
  }
}
