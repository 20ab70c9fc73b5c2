package org.espalier.multitask;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The arrows from multitask downwards, read from its compiled classes.
@Tag("same-in-every-run")
final class ArchitectureTest {
  private static final JavaClasses MULTITASK =
      new ClassFileImporter()
          .importPath(Path.of(System.getProperty("basedir", "."), "target", "classes"));

  @Test
  void readsTheClassesThatTheRulesAreAbout() {
    assertFalse(
        MULTITASK.that(resideInAPackage("org.espalier.multitask..")).isEmpty(),
        "no classes of multitask found");
  }

  @Test
  void multitaskKnowsNothingAboveIt() {
    check(
        noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "org.espalier.cuda..", "org.espalier.cli..", "org.espalier.benchmarks.."));
  }

  @Test
  void seesTensorsAndNotTheirBackends() {
    check(
        noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "org.espalier.cpu..", "org.espalier.reference..", "org.espalier.spi.."));
  }

  @Test
  void printsNothing() {
    check(NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS);
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(MULTITASK);
  }
}
