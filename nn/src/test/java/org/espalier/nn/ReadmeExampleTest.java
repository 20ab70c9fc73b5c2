package org.espalier.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.nn.layer.Linear;
import org.espalier.nn.loss.Losses;
import org.espalier.nn.optim.AdamW;
import org.espalier.nn.optim.ParameterGroup;
import org.junit.jupiter.api.Test;

final class ReadmeExampleTest {
  @Test
  void theExampleOfTheReadmeLearnsItsFunction() {
    // begin: the example
    Parameters root = Parameters.random(1);
    Linear layer = new Linear(root, 2, 1);
    AdamW adamw = new AdamW(ParameterGroup.decayed(root.all(), 0.05, 0), AdamW.SparseRows.ALL);
    Tensor x = Tensor.of(new float[] {0, 0, 0, 1, 1, 0, 1, 1}, 4, 2);
    Tensor y = Tensor.of(new float[] {1, 4, 3, 6}, 4, 1); // 2 a + 3 b + 1
    for (int step = 0; step < 1000; step++) {
      try (Scope _ = Scope.open()) {
        Tensor prediction = layer.forward(Context.inference(Ragged.of(4)), x);
        Losses.meanSquaredError(prediction, y).backward();
        adamw.step(1, Double.POSITIVE_INFINITY);
      }
    }
    // end: the example
    assertArrayEquals(new float[] {2, 3}, root.get("weight").toFloatArray(), 1e-2f);
    assertArrayEquals(new float[] {1}, root.get("bias").toFloatArray(), 1e-2f);
  }

  @Test
  void theReadmeShowsThatVeryExample() throws IOException {
    Path module = Path.of(System.getProperty("basedir", "."));
    List<String> source =
        Files.readAllLines(module.resolve("src/test/java/org/espalier/nn/ReadmeExampleTest.java"));
    List<String> readme = Files.readAllLines(module.resolve("../README.md"));
    boolean inside = false;
    int compared = 0;
    for (String line : source) {
      if (line.strip().equals("// end: the example")) {
        break;
      }
      if (inside) {
        assertTrue(
            readme.contains(line.substring(Math.min(4, line.length()))), "README lacks: " + line);
        compared++;
      }
      inside |= line.strip().equals("// begin: the example");
    }
    assertFalse(compared < 10, "compared " + compared + " lines");
  }
}
