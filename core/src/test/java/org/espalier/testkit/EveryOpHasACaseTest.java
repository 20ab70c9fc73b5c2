package org.espalier.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.espalier.Tensor;
import org.espalier.op.Op;
import org.junit.jupiter.api.Test;

class EveryOpHasACaseTest {
  @Test
  void everyOpHasACase() throws Exception {
    Set<String> ops = ops();
    assertTrue(ops.contains("Softmax") && ops.size() > 30, "the scan found only " + ops);
    assertTrue(ops.contains("Einsum"), "the scan found no composition: " + ops);
    Set<String> covered =
        OpCases.all().stream().map(c -> c.op().getSimpleName()).collect(Collectors.toSet());
    System.out.printf("%d cases of %d ops and compositions%n", OpCases.all().size(), ops.size());
    ops.removeAll(covered);
    assertEquals(Set.of(), ops, "ops without a case in OpCases");
  }

  @Test
  void noTwoCasesHaveOneName() {
    Set<String> names = new TreeSet<>();
    OpCases.all().forEach(c -> assertTrue(names.add(c.toString()), "a second case: " + c));
  }

  /// The classes that implement `Op`, and those that compose ops: public and final, with a public
  /// static `apply` that returns a tensor.
  private static Set<String> ops() throws Exception {
    Path folder =
        Path.of(Objects.requireNonNull(Op.class.getResource("Op.class")).toURI()).getParent();
    Set<String> ops = new TreeSet<>();
    try (var files = Files.list(Objects.requireNonNull(folder))) {
      for (Path file : files.toList()) {
        String name = Objects.requireNonNull(file.getFileName()).toString();
        if (name.endsWith(".class") && !name.contains("-")) {
          Class<?> type =
              Class.forName(
                  "org.espalier.op." + name.substring(0, name.length() - ".class".length()));
          if (isOp(type) || composesOps(type)) {
            ops.add(type.getSimpleName());
          }
        }
      }
    }
    return ops;
  }

  private static boolean isOp(Class<?> type) {
    return Op.class.isAssignableFrom(type) && !type.isInterface();
  }

  private static boolean composesOps(Class<?> type) {
    int wanted = Modifier.PUBLIC | Modifier.FINAL;
    return (type.getModifiers() & wanted) == wanted
        && Arrays.stream(type.getDeclaredMethods())
            .anyMatch(m ->
                m.getName().equals("apply")
                    && Modifier.isPublic(m.getModifiers())
                    && Modifier.isStatic(m.getModifiers())
                    && m.getReturnType() == Tensor.class);
  }
}
