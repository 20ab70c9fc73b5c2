package org.espalier;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The arrows between the packages of core, read from its compiled classes.
@Tag("same-in-every-run")
final class ArchitectureTest {
  private static final JavaClasses CORE =
      new ClassFileImporter()
          .importPath(Path.of(System.getProperty("basedir", "."), "target", "classes"));

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

  /// A package may still be empty; `readsTheClassesThatTheRulesAreAbout` sees that not all are.
  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(CORE);
  }
}
