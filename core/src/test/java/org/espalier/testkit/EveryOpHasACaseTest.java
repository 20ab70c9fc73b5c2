package org.espalier.testkit;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.conditions.ArchConditions.be;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.espalier.Tensor;
import org.espalier.op.Op;
import org.junit.jupiter.api.Test;

/// The rule that keeps the op-case table complete, read from the compiled classes.
class EveryOpHasACaseTest {
  private static final JavaClasses OPS =
      new ClassFileImporter()
          .importPath(
              Path.of(System.getProperty("basedir", "."), "target", "classes", "org/espalier/op"));

  /// Implements `Op`.
  private static final DescribedPredicate<JavaClass> AN_OP =
      describe("an op", c -> c.isAssignableTo(Op.class) && !c.isInterface());

  /// Is public and final, with a public static `apply` that returns a tensor.
  private static final DescribedPredicate<JavaClass> A_COMPOSITION =
      describe(
          "a composition of ops",
          c ->
              c.getModifiers().containsAll(Set.of(JavaModifier.PUBLIC, JavaModifier.FINAL))
                  && c.getMethods().stream()
                      .anyMatch(m ->
                          m.getName().equals("apply")
                              && m.getModifiers()
                                  .containsAll(Set.of(JavaModifier.PUBLIC, JavaModifier.STATIC))
                              && m.getRawReturnType().isEquivalentTo(Tensor.class)));

  @Test
  void everyOpHasACase() {
    rule(cases()).check(OPS);
    System.out.printf(
        "%d cases of %d ops and compositions%n",
        OpCases.all().size(), OPS.that(AN_OP.or(A_COMPOSITION)).size());
  }

  @Test
  void theRuleSeesAnOpAndACompositionWithoutACase() {
    for (String name : new String[] {"Softmax", "Einsum"}) {
      Set<String> allButOne = cases();
      assertTrue(allButOne.remove(name), name);
      var e = assertThrows(AssertionError.class, () -> rule(allButOne).check(OPS));
      assertTrue(
          String.valueOf(e.getMessage()).contains("org.espalier.op." + name + ">"), e::getMessage);
    }
  }

  @Test
  void noTwoCasesHaveOneName() {
    Set<String> names = new TreeSet<>();
    OpCases.all().forEach(c -> assertTrue(names.add(c.toString()), "a second case: " + c));
  }

  private static ArchRule rule(Set<String> withACase) {
    return classes()
        .that(AN_OP.or(A_COMPOSITION))
        .should(be(describe("in the table OpCases", c -> withACase.contains(c.getSimpleName()))));
  }

  private static Set<String> cases() {
    return OpCases.all().stream()
        .map(c -> c.op().getSimpleName())
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
