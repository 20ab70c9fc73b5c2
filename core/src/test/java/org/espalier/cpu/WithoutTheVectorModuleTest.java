package org.espalier.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.espalier.testkit.OpCaseMain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Who forgets the flag gets right answers, and is told once.
@EnabledIfSystemProperty(
    named = "espalier.run",
    matches = "absent",
    disabledReason = "starts a JVM on the class path of this one")
class WithoutTheVectorModuleTest {
  @Test
  void oneWarningNamesTheFlag() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Duser.language=en",
                "-cp",
                System.getProperty("java.class.path"),
                OpCaseMain.class.getName(),
                "Linear,Softmax",
                "")
            .redirectErrorStream(true)
            .start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), printed);
    assertTrue(printed.contains("cases passed"), printed);
    List<String> warnings = printed.lines().filter(line -> line.contains("WARNING")).toList();
    assertEquals(1, warnings.size(), printed);
    assertTrue(warnings.getFirst().contains("--add-modules jdk.incubator.vector"), printed);
  }
}
