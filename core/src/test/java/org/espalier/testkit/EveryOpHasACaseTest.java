package org.espalier.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.espalier.op.Op;
import org.junit.jupiter.api.Test;

class EveryOpHasACaseTest {
  @Test
  void everyOpHasACase() throws Exception {
    Set<String> ops = ops();
    assertTrue(ops.contains("Softmax") && ops.size() > 30, "the scan found only " + ops);
    Set<String> covered =
        OpCases.all().stream().map(c -> c.op().getSimpleName()).collect(Collectors.toSet());
    ops.removeAll(covered);
    assertEquals(Set.of(), ops, "ops without a case in OpCases");
  }

  @Test
  void noTwoCasesHaveOneName() {
    Set<String> names = new TreeSet<>();
    OpCases.all().forEach(c -> assertTrue(names.add(c.toString()), "a second case: " + c));
  }

  /// The classes beside `Op` that implement it.
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
          if (type != Op.class && Op.class.isAssignableFrom(type)) {
            ops.add(type.getSimpleName());
          }
        }
      }
    }
    return ops;
  }
}
