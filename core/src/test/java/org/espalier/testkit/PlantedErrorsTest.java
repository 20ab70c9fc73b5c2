package org.espalier.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// Do the op cases notice a wrong kernel? Errors of the kinds that people make (a sign, one too
/// few, a wrong stride) are planted into the kernels one at a time, and each must be caught.
@DisabledIfSystemProperty(
    named = "espalier.coverage",
    matches = ".*",
    disabledReason = "starts JVMs of its own, of which a coverage agent would see nothing")
class PlantedErrorsTest {
  private static final String CPU = "core/src/main/java/org/espalier/cpu/";
  private static final String REFERENCE = "core/src/main/java/org/espalier/reference/";

  /// What is right in a source, what is put in its place, and the op whose cases should notice.
  private record Planted(String file, String right, String wrong, String op) {}

  private static final List<Planted> ERRORS =
      List.of(
          new Planted(
              CPU + "VectorElements.java",
              "fromArray(F, x, xo + i).sub(fromArray(F, y, yo + i))",
              "fromArray(F, x, xo + i).add(fromArray(F, y, yo + i))",
              "Sub"),
          new Planted(
              CPU + "VectorElements.java",
              "ScalarElements.rows(kernel, x, xo + full, y, yo + full, z, zo + full, n - full)",
              "ScalarElements.rows(kernel, x, xo + full, y, yo + full, z, zo + full, n - full - 1)",
              "Mul"),
          new Planted(
              CPU + "VectorFunctions.java",
              "p.mul(z).fma(a, a), a.lt(TANH_SMALL)",
              "p.mul(z).fma(a, a.neg()), a.lt(TANH_SMALL)",
              "Tanh"),
          new Planted(CPU + "Unary.java", "row[q] = x[i + q * sx];", "row[q] = x[i + q];", "Exp"),
          new Planted(
              CPU + "Binary.java", "float b = y[yo + i * sy];", "float b = y[yo + i];", "Add"),
          new Planted(
              CPU + "StridedLoop.java",
              "int move = wraps ? 1 - sizes[axis] : 1;",
              "int move = wraps ? -sizes[axis] : 1;",
              "Mul"),
          new Planted(
              CPU + "Reductions.java",
              "(r + 1) % BLOCK == 0 || r + 1 == rows",
              "(r + 1) % BLOCK == 0 || r + 2 == rows",
              "Sum"),
          new Planted(
              CPU + "Reductions.java",
              "row[j] = x[at + plan.reduced.at(j)];",
              "row[j] = x[at + j];",
              "Max"),
          new Planted(
              CPU + "SoftmaxRows.java",
              "int at = yo + r * n;\n            float sum",
              "int at = yo + r * (n - 1);\n            float sum",
              "Softmax"),
          new Planted(
              CPU + "SoftmaxRows.java",
              "ScalarMath.log(sum));\n          }",
              "-ScalarMath.log(sum));\n          }",
              "LogSoftmax"),
          new Planted(
              CPU + "NormRows.java",
              "k.weightedSum(dy, a, w, wo, n) / n",
              "-k.weightedSum(dy, a, w, wo, n) / n",
              "LayerNorm"),
          new Planted(
              CPU + "NormRows.java",
              "float s = rstd[ro + r];",
              "float s = rstd[ro + r / 2];",
              "LayerNorm"),
          new Planted(
              CPU + "LossRows.java",
              "dx[at + target] -= keep * g;",
              "dx[at + target] += keep * g;",
              "CrossEntropy"),
          new Planted(
              CPU + "LossRows.java",
              "k.sum(scratch, 0, classes) / classes",
              "k.sum(scratch, 0, classes - 1) / classes",
              "CrossEntropy"),
          new Planted(
              CPU + "AttentionForward.java",
              "shift + ScalarMath.log(sum)",
              "shift - ScalarMath.log(sum)",
              "Attention"),
          new Planted(
              CPU + "AttentionForward.java",
              "vOffset + keyRow * ldv + kvColumn",
              "vOffset + keyRow * ldk + kvColumn",
              "Attention"),
          new Planted(
              CPU + "IndexedRows.java",
              "move(x, xo + index[io + i * apart] * from, y, yo + i * to, width);",
              "move(x, xo + index[io + i] * to, y, yo + i * to, width);",
              "Rows"),
          new Planted(
              CPU + "RowTables.java",
              "Rows.KERNELS.scale(y, at, y, at, width, 1f / (end - first));",
              "Rows.KERNELS.scale(y, at, y, at, width, 1f / (end - first + 1));",
              "SegmentMean"),
          new Planted(
              CPU + "GemmPacking.java",
              "transpose(kernels, columns, depth, b, bOffset + j * ldb, ldb, pack, to, width);",
              "transpose(kernels, columns, depth, b, bOffset + j, ldb, pack, to, width);",
              "Linear"),
          new Planted(
              CPU + "GemmPanels.java",
              "System.arraycopy(tile, r * width, c, cOffset + (i + r) * ldc, columns);",
              "System.arraycopy(tile, r * width, c, cOffset + (i + r) * ldc, columns - 1);",
              "MatrixProduct"),
          new Planted(
              CPU + "VectorDropout.java",
              "int full = (n & ~31) >> 1;",
              "int full = (n & ~15) >> 1;",
              "Dropout"),
          new Planted(
              REFERENCE + "Cells.java",
              "place += rest % sizes[axis] * strides[axis];",
              "place += rest % sizes[axis] * axis;",
              "Add"));

  @Test
  void everyPlantedErrorIsCaught(@TempDir Path folder) throws Exception {
    assertTrue(ERRORS.size() >= 20);
    List<Callable<String>> jobs = new ArrayList<>();
    for (int i = 0; i < ERRORS.size(); i++) {
      Planted error = ERRORS.get(i);
      Path own = Files.createDirectory(folder.resolve("error" + i));
      jobs.add(() -> verdict(error, own));
    }
    List<String> missed = new ArrayList<>();
    try (var pool = Executors.newFixedThreadPool(2)) {
      for (Future<String> verdict : pool.invokeAll(jobs)) {
        if (!verdict.get().isEmpty()) {
          missed.add(verdict.get());
        }
      }
    }
    assertEquals(List.of(), missed);
  }

  /// Returns an empty text when the error was caught, or what happened instead.
  private static String verdict(Planted error, Path folder) throws Exception {
    PatchedTree tree = new PatchedTree(folder);
    String source = tree.source(error.file);
    int at = source.indexOf(error.right);
    if (at < 0 || source.indexOf(error.right, at + 1) >= 0) {
      return error.file + " does not have this once: " + error.right;
    }
    tree.write(error.file, source.replace(error.right, error.wrong));
    String complaints = tree.compile();
    if (!complaints.isEmpty()) {
      return error.wrong + " does not compile: " + complaints;
    }
    PatchedTree.Outcome outcome = tree.runCases(Set.of(error.op));
    return outcome.code() == 1
        ? ""
        : error.file + ": " + error.wrong + " was not caught: " + outcome.output();
  }
}
