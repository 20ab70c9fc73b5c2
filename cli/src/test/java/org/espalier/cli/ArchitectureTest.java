package org.espalier.cli;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// The arrows from cli downwards, read from its compiled classes.
final class ArchitectureTest {
  private static final JavaClasses CLI =
      new ClassFileImporter()
          .importPath(Path.of(System.getProperty("basedir", "."), "target", "classes"));

  @Test
  void readsTheClassesThatTheRulesAreAbout() {
    assertFalse(
        CLI.that(resideInAPackage("org.espalier.cli..")).isEmpty(), "no classes of cli found");
  }

  @Test
  void seesTensorsAndNotTheirBackends() {
    check(
        noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "org.espalier.cpu..", "org.espalier.reference..", "org.espalier.cuda.."));
  }

  private static void check(ArchRule rule) {
    rule.allowEmptyShould(true).check(CLI);
  }
}
