package org.espalier.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.espalier.testkit.Fuzz;
import org.espalier.testkit.FuzzedFiles;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// Thousands of damaged files of each kind; `FuzzReport` in nn tries more.
class FuzzTest {
  private static final long SEED = 20260;
  private static final int MUTATIONS = 2000;

  @TempDir private Path folder = Path.of("");

  @TestFactory
  Stream<DynamicTest> damagedFilesEndInAnExceptionOfOurs() {
    return FuzzedFiles.all(folder).stream()
        .map(format -> dynamicTest(format.name(), () -> damage(format)));
  }

  private static void damage(Fuzz.Format format) {
    int mutations = format.fromDisk() ? MUTATIONS / 4 : MUTATIONS;
    var report = Fuzz.run(format, SEED, mutations);
    assertTrue(report.tried() > mutations, report.line());
    int refused = report.outcomes().getOrDefault("FormatException", 0);
    assertTrue(refused > mutations / 2, report.line());
    assertTrue(report.outcomes().getOrDefault("read", 0) > 0, report.line());
  }

  /// The watch itself: whatever else a reader does with a file is an error.
  @Test
  void noticesReadersThatFailOtherwise() {
    var valid = List.of(new byte[20]);
    for (Fuzz.Reader bad :
        List.<Fuzz.Reader>of(
            bytes -> index(bytes, 19),
            bytes -> recurse(bytes.length < 20 ? Integer.MAX_VALUE : 1),
            bytes -> allocate(bytes.length < 20 ? 70 << 20 : 1),
            bytes -> {
              if (bytes.length < 20) throw new FormatException("x", "a".repeat(3000));
            })) {
      var format = new Fuzz.Format("bad", valid, false, bad, Fuzz.Repair.NONE);
      assertThrows(AssertionError.class, () -> Fuzz.run(format, SEED, 10));
    }
  }

  private static void index(byte[] bytes, int at) {
    assertEquals(bytes[at], bytes[at]);
  }

  private static int recurse(int depth) {
    return depth == 0 ? 0 : 1 + recurse(depth - 1);
  }

  private static void allocate(int size) {
    assertEquals(size, new byte[size].length);
  }
}
