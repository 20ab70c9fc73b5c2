package org.espalier.cuda;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/// The backend knows the interface for backends, JCuda, and nothing else.
class CudaArchitectureTest {
  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("/fast/test/"))
          .importUrl(CudaProvider.class.getProtectionDomain().getCodeSource().getLocation());

  @Test
  void theBackendStandsOnTheInterfaceAlone() {
    classes()
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java..",
            "jcuda..",
            "org.espalier",
            "org.espalier.spi",
            "org.espalier.random",
            "org.espalier.cuda",
            "org.jspecify..")
        .check(MAIN);
  }
}
