package org.espalier.nn;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.stream.Stream;
import org.espalier.testkit.Fuzz;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Thousands of damaged tokenizers and ONNX files; [FuzzReport] tries more.
class FuzzTest {
  private static final long SEED = 20261;
  private static final int MUTATIONS = 2000;

  @TestFactory
  Stream<DynamicTest> damagedFilesEndInAnExceptionOfOurs() {
    return FuzzedModels.all().stream()
        .map(format -> dynamicTest(format.name(), () -> damage(format)));
  }

  private static void damage(Fuzz.Format format) {
    var report = Fuzz.run(format, SEED, MUTATIONS);
    int refused = report.outcomes().getOrDefault("FormatException", 0);
    assertTrue(refused > MUTATIONS / 10, report.line());
    assertTrue(report.outcomes().getOrDefault("read", 0) > 0, report.line());
  }
}
