package org.espalier.benchmarks;

import java.util.List;
import org.espalier.Scope;
import org.espalier.Tensor;

/// The shape of a matrix product, written `MxKxN`, or `B*MxKxN` for a batch of them.
///
/// @param batch how many
/// @param m rows of the left operand and the result
/// @param k columns of the left operand, rows of the right
/// @param n columns of the right operand and the result
public record ProductShape(int batch, int m, int k, int n) {
  /// The shapes that are measured; those in batches are attention's of 8 sequences of 128 tokens
  /// with 12 heads of 32 and 64: queries by keys, and weights by values.
  public static final List<String> ALL =
      List.of(
          "1024x1024x1024",
          "4096x768x768",
          "2048x3072x768",
          "2048x768x3072",
          "128x384x384",
          "512x384x1536",
          "96*128x32x128",
          "96*128x128x32",
          "96*128x64x128",
          "96*128x128x64");

  /// Which operand lies transposed in memory.
  public enum Form {
    /// Neither.
    NN,
    /// The right one: `[n, k]`, as a layer's weight does.
    NT,
    /// The left one: `[k, m]`, as in the gradient of a weight.
    TN
  }

  /// Reads a shape.
  public static ProductShape parse(String text) {
    int star = text.indexOf('*');
    String[] sizes = text.substring(star + 1).split("x", -1);
    return new ProductShape(
        star < 0 ? 1 : Integer.parseInt(text.substring(0, star)),
        Integer.parseInt(sizes[0]),
        Integer.parseInt(sizes[1]),
        Integer.parseInt(sizes[2]));
  }

  /// Returns its operations in 10^9, two for each multiply-add.
  public double gigaflops() {
    return 2.0 * batch * m * k * n / 1e9;
  }

  /// Returns the left operand as it lies in memory: `[batch, m, k]`, or `[batch, k, m]`.
  public float[] left() {
    return Fill.numbers(1, batch, m, k).toFloatArray();
  }

  /// Returns the right operand as it lies in memory: `[batch, k, n]`, or `[batch, n, k]`.
  public float[] right() {
    return Fill.numbers(2, batch, k, n).toFloatArray();
  }

  private Tensor operand(float[] values, int rows, int columns, boolean transposed) {
    int[] sizes = transposed ? new int[] {columns, rows} : new int[] {rows, columns};
    Tensor t = batch == 1 ? Tensor.of(values, sizes) : Tensor.of(values, batch, sizes[0], sizes[1]);
    return transposed ? t.transpose() : t;
  }

  /// Returns the operands as a user of the engine has them: what lies transposed is a view.
  public Tensor[] operands(Form form) {
    return new Tensor[] {
      operand(left(), m, k, form == Form.TN), operand(right(), k, n, form == Form.NT)
    };
  }

  /// Multiplies; the result is closed.
  static Tensor multiply(Tensor[] operands) {
    try (Scope _ = Scope.open()) {
      return operands[0].matmul(operands[1]);
    }
  }
}
