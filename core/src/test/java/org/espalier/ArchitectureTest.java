package org.espalier;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/// The arrows between the packages of core, read from its compiled classes.
@Tag("same-in-every-run")
final class ArchitectureTest {
  private static final JavaClasses CORE = new ClassFileImporter().importPath(compiled("classes"));
  private static final Set<String> OF_ALL_THREADS =
      Set.of("Memory.stats", "Profiler.start", "ThreadMXBean.getTotalThreadAllocatedBytes");

  @Test
  void readsTheClassesThatTheRulesAreAbout() {
    assertTrue(CORE.contain(TensorException.class), "no classes of core found");
  }

  @Test
  void coreKnowsNothingAboveIt() {
    check(
        noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "org.espalier.nn..",
                "org.espalier.multitask..",
                "org.espalier.cuda..",
                "org.espalier.cli..",
                "org.espalier.benchmarks.."));
  }

  /// Providers are found by the service loader, so not even the lookup names them.
  @Test
  void nothingOutsideTheCpuBackendKnowsItLeastOfAllTheReference() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("org.espalier.cpu..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.espalier.cpu.."));
  }

  @Test
  void onlyTheCpuBackendItselfDelegatesToTheReference() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages("org.espalier.reference..", "org.espalier.cpu..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.espalier.reference.."));
    check(
        noClasses()
            .that()
            .resideInAPackage("org.espalier.cpu..")
            .and()
            .haveSimpleNameNotStartingWith("Cpu")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.espalier.reference.."));
  }

  @Test
  void backendsKnowKernelsAndNeverOps() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(
                "org.espalier.cpu..", "org.espalier.reference..", "org.espalier.spi..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.espalier.op..", "org.espalier.autograd.."));
  }

  @Test
  void printsNothing() {
    check(NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS);
  }

  /// Test classes run side by side, so one that looks at the whole JVM must be alone.
  @Test
  void testsThatLookAtWhatAllThreadsDoAreIsolated() {
    classes()
        .that(describe("look at what all threads do", ArchitectureTest::looksAtAllThreads))
        .and()
        .haveSimpleNameEndingWith("Test")
        .should()
        .beAnnotatedWith(Isolated.class)
        .check(new ClassFileImporter().importPath(compiled("test-classes")));
  }

  private static boolean looksAtAllThreads(JavaClass tests) {
    return tests.getMethodCallsFromSelf().stream()
        .map(call -> call.getTargetOwner().getSimpleName() + "." + call.getName())
        .anyMatch(OF_ALL_THREADS::contains);
  }

  private static Path compiled(String folder) {
    return Path.of(System.getProperty("basedir", "."), "target", folder);
  }

  /// A package may still be empty; `readsTheClassesThatTheRulesAreAbout` sees that not all are.
  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(CORE);
  }
}
