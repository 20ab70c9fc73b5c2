package org.espalier.multitask.diagnostics;

import java.util.List;
import java.util.function.DoubleUnaryOperator;

/// What the inner products of many batches' gradients say about the tasks.
///
/// Off the diagonal: the cosine of the tasks' *expected* gradients, estimated without the bias of
/// batch noise, `mean <g_ib, g_jc> / sqrt(S_i S_j)` with `S_i = mean over b != c of <g_ib, g_ic>`.
/// On the diagonal: the cosine of two batches of the same task, `mean over b != c of cos(g_ib,
/// g_ic)`: how much signal one batch has. Standard errors are by the jackknife over batches (Tukey
/// 1958; Efron 1982).
public final class CosineMatrix {
  private final List<String> tasks;
  private final double[][] cosine;
  private final double[][] error;
  private final double[][] raw;
  private final double[] norm;

  private CosineMatrix(
      List<String> tasks, double[][] cosine, double[][] error, double[][] raw, double[] norm) {
    this.tasks = List.copyOf(tasks);
    this.cosine = cosine;
    this.error = error;
    this.raw = raw;
    this.norm = norm;
  }

  /// Returns the matrix of tasks with `batches` batches each.
  ///
  /// @param gram inner products; batch `b` of task `i` is row `i * batches + b`
  /// @throws IllegalArgumentException when the size of `gram` does not fit
  public static CosineMatrix of(List<String> tasks, double[][] gram, int batches) {
    int n = tasks.size();
    if (gram.length != n * batches || batches < 2) {
      throw new IllegalArgumentException(
          "a Gram matrix of "
              + gram.length
              + " rows does not fit "
              + n
              + " tasks of "
              + batches
              + " batches");
    }
    double[][] cosine = new double[n][n];
    double[][] error = new double[n][n];
    double[][] raw = new double[n][n];
    double[] norm = new double[n];
    for (int i = 0; i < n; i++) {
      norm[i] = Math.sqrt(Math.max(0, inner(gram, i, i, batches, -1)));
      for (int j = 0; j < n; j++) {
        int a = i;
        int b = j;
        DoubleUnaryOperator statistic =
            without ->
                a == b
                    ? meanCosine(gram, a, b, batches, (int) without)
                    : corrected(gram, a, b, batches, (int) without);
        raw[i][j] = meanCosine(gram, i, j, batches, -1);
        cosine[i][j] = statistic.applyAsDouble(-1);
        error[i][j] = jackknife(statistic, batches);
      }
    }
    return new CosineMatrix(tasks, cosine, error, raw, norm);
  }

  private static double jackknife(DoubleUnaryOperator statistic, int batches) {
    double[] left = new double[batches];
    double mean = 0;
    for (int b = 0; b < batches; b++) {
      left[b] = statistic.applyAsDouble(b);
      mean += left[b] / batches;
    }
    double sum = 0;
    for (double x : left) {
      sum += (x - mean) * (x - mean);
    }
    return Math.sqrt(sum * (batches - 1) / batches);
  }

  /// Mean inner product over pairs of different batches, one batch left out.
  private static double inner(double[][] gram, int i, int j, int batches, int without) {
    double sum = 0;
    int n = 0;
    for (int b = 0; b < batches; b++) {
      for (int c = 0; c < batches; c++) {
        if (b != without && c != without && (i != j || b != c)) {
          sum += gram[i * batches + b][j * batches + c];
          n++;
        }
      }
    }
    return sum / n;
  }

  private static double corrected(double[][] gram, int i, int j, int batches, int without) {
    double a = inner(gram, i, i, batches, without);
    double b = inner(gram, j, j, batches, without);
    return a > 0 && b > 0 ? inner(gram, i, j, batches, without) / Math.sqrt(a * b) : Double.NaN;
  }

  private static double meanCosine(double[][] gram, int i, int j, int batches, int without) {
    double sum = 0;
    int n = 0;
    for (int b = 0; b < batches; b++) {
      for (int c = 0; c < batches; c++) {
        int p = i * batches + b;
        int q = j * batches + c;
        if (b != without && c != without && p != q) {
          double length = Math.sqrt(gram[p][p] * gram[q][q]);
          sum += length > 0 ? gram[p][q] / length : 0;
          n++;
        }
      }
    }
    return sum / n;
  }

  /// Returns the tasks, in the order of rows.
  public List<String> tasks() {
    return tasks;
  }

  /// Returns the noise-corrected cosine of two tasks, or for `i == j` the cosine of two batches of
  /// that task; NaN when a task's batches have no gradient in common.
  public double cosine(int i, int j) {
    return cosine[i][j];
  }

  /// Returns the standard error of [#cosine].
  public double standardError(int i, int j) {
    return error[i][j];
  }

  /// Returns the mean cosine of single batches, which noise pulls towards 0.
  public double rawCosine(int i, int j) {
    return raw[i][j];
  }

  /// Returns the estimated length of a task's expected gradient; 0 when noise hides it.
  public double norm(int i) {
    return norm[i];
  }

  /// Tells whether the cosine is at least two standard errors from 0 (and the signal of both tasks
  /// is, too).
  public boolean isDistinguishable(int i, int j) {
    boolean self =
        Math.abs(cosine[i][i]) >= 2 * error[i][i] && Math.abs(cosine[j][j]) >= 2 * error[j][j];
    return self && Math.abs(cosine[i][j]) >= 2 * error[i][j];
  }
}
