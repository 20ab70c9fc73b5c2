package org.espalier;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.espalier.autograd.Autograd;
import org.espalier.op.Attention;
import org.espalier.op.Concat;
import org.espalier.op.CrossEntropy;
import org.espalier.op.Dropout;
import org.espalier.op.Embedding;
import org.espalier.op.IndexAdd;
import org.espalier.op.LayerNorm;
import org.espalier.op.SegmentMean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/// What a user is told who asks for something that cannot be: which op it was, what it was given,
/// and what to try.
final class ErrorMessagesTest {
  private static final Tensor MATRIX = Tensor.zeros(2, 3);
  private static final Tensor OTHER = Tensor.zeros(4, 5);
  private static final Tensor VECTOR = Tensor.zeros(3);
  private static final Tensor SCALAR = Tensor.scalar(1);
  private static final Tensor INTS = Tensor.of(new int[] {0, 7}, 2);
  private static final Tensor DOUBLES = Tensor.of(new double[6], 2, 3);

  /// A wrong call, and the words that its message cannot do without.
  private record Wrong(Executable call, List<String> words) {}

  private static Wrong wrong(Executable call, String... words) {
    return new Wrong(call, List.of(words));
  }

  private static List<Wrong> elementwise() {
    return List.of(
        wrong(() -> MATRIX.add(OTHER), "Add", "[2, 3]", "[4, 5]", "equal or 1"),
        wrong(() -> MATRIX.mul(OTHER), "Mul", "[2, 3]", "[4, 5]", "equal or 1"),
        wrong(() -> MATRIX.less(OTHER), "LESS", "[2, 3]", "[4, 5]", "equal or 1"),
        wrong(() -> MATRIX.where(MATRIX, MATRIX), "where", "BOOL", "F32", "[2, 3]", "equalTo"),
        wrong(
            () -> MATRIX.less(MATRIX).where(OTHER, SCALAR),
            "Where",
            "[2, 3]",
            "[4, 5]",
            "equal or 1"),
        wrong(() -> INTS.exp(), "EXP", "I32", "to(DType.F32)"),
        wrong(() -> INTS.gelu(), "Gelu", "I32", "to(DType.F32)"),
        wrong(() -> MATRIX.addInPlace(OTHER), "addInPlace", "[2, 3]", "[4, 5]", "new tensor"),
        wrong(() -> MATRIX.copyInPlace(OTHER), "copyInPlace", "[2, 3]", "[4, 5]", "new tensor"));
  }

  private static List<Wrong> products() {
    return List.of(
        wrong(() -> MATRIX.matmul(OTHER), "matmul", "[2, 3]", "[4, 5]", "[..., k, n]"),
        wrong(
            () -> Tensor.zeros(2, 2, 3).matmul(Tensor.zeros(5, 3, 4)),
            "matmul",
            "[2, 2, 3]",
            "[5, 3, 4]",
            "equal or 1"),
        wrong(() -> MATRIX.linear(OTHER, null), "linear", "[2, 3] F32", "[4, 5] F32", "[out, in]"),
        wrong(() -> MATRIX.linear(DOUBLES, null), "linear", "F32", "F64", "one dtype"),
        wrong(
            () -> new Attention(2, 2, 1, false, 0, 0, 0).apply(MATRIX, OTHER, OTHER, INTS, INTS),
            "attention",
            "[2, 3]",
            "[4, 5]",
            "F32",
            "2 heads",
            "[queries, heads * headDim]"));
  }

  private static List<Wrong> shapes() {
    return List.of(
        wrong(() -> MATRIX.reshape(4, 2), "reshape", "[2, 3]", "[4, 2]", "6 elements"),
        wrong(() -> MATRIX.permute(0, 0), "permute", "[0, 0]", "[2, 3]", "twice"),
        wrong(() -> MATRIX.permute(0), "permute", "[0]", "[2, 3]", "once"),
        wrong(() -> VECTOR.transpose(), "transpose", "[3]", "two axes"),
        wrong(() -> MATRIX.slice(1, 2, 5), "slice", "[2, 5)", "[2, 3]", "0 to 3"),
        wrong(() -> MATRIX.slice(2, 0, 1), "axis 2", "[2, 3]", "-2 to 1"),
        wrong(() -> MATRIX.expand(Shape.of(4, 3)), "expand", "[2, 3]", "[4, 3]", "size 1"),
        wrong(
            () -> Concat.apply(0, MATRIX, OTHER),
            "concat",
            "[2, 3] F32",
            "[4, 5] F32",
            "all other axes"),
        wrong(() -> MATRIX.sum(0, 0), "axis 0", "twice", "[2, 3]"),
        wrong(() -> SCALAR.argMax(0), "axis 0", "[]", "no axes"),
        wrong(() -> MATRIX.item(), "item()", "[2, 3]", "6"));
  }

  private static List<Wrong> rows() {
    return List.of(
        wrong(() -> SCALAR.softmax(), "Softmax", "[]", "at least 1"),
        wrong(
            () -> LayerNorm.apply(MATRIX, OTHER, VECTOR, 1e-5),
            "layerNorm",
            "[2, 3] F32",
            "[4, 5]",
            "[..., dim]"),
        wrong(
            () -> CrossEntropy.apply(MATRIX, VECTOR, -100, 0),
            "crossEntropy",
            "[2, 3] F32",
            "[3] F32",
            "I64 [rows]"),
        wrong(
            () -> CrossEntropy.apply(MATRIX, INTS, -100, 0),
            "cross-entropy",
            "target 7",
            "3 classes"),
        wrong(() -> CrossEntropy.apply(MATRIX, INTS, -100, 1), "crossEntropy", "1.0", "[0, 1)"),
        wrong(() -> Dropout.apply(MATRIX, 1.5, 0, 0), "dropout", "1.5", "[0, 1]"),
        wrong(() -> Embedding.apply(MATRIX, VECTOR), "Embedding", "F32 [3]", "I32"),
        wrong(() -> Embedding.apply(MATRIX, INTS), "gather", "7", "2"),
        wrong(() -> IndexAdd.apply(VECTOR, INTS, 4), "IndexAdd", "[3]", "[2]", "one index each"),
        wrong(() -> SegmentMean.apply(VECTOR, INTS), "segmentMean", "[3]", "[rows, dim]"));
  }

  private static List<Wrong> gradients() {
    Tensor leaf = Tensor.zeros(2, 3).requireGrad();
    Tensor stranger = Tensor.zeros(4).requireGrad();
    Tensor closed;
    try (Scope _ = Scope.open()) {
      closed = Tensor.zeros(2, 3);
    }
    return List.of(
        wrong(() -> leaf.mul(2).backward(), "[2, 3]", "sum()", "outputGradients"),
        wrong(() -> MATRIX.sum().backward(), "no history", "[]", "noGrad"),
        wrong(
            () -> Autograd.of(leaf.sum()).gradients(stranger),
            "[4]",
            "zerosForUnused",
            "influence"),
        wrong(() -> INTS.requireGrad(), "gradients", "I32", "floating"),
        wrong(() -> leaf.addInPlace(MATRIX), "addInPlace", "noGrad"),
        wrong(() -> closed.neg(), "[2, 3]", "closed", "scope.keep"),
        wrong(() -> Tensor.of(new float[5], 2, 3), "5 values", "[2, 3]", "6 elements"));
  }

  @Test
  void nameTheOpWhatItWasGivenAndWhatToTry() {
    List<Executable> checks = new ArrayList<>();
    for (List<Wrong> some : List.of(elementwise(), products(), shapes(), rows(), gradients())) {
      for (Wrong w : some) {
        checks.add(() -> {
          String message = String.valueOf(assertThrows(TensorException.class, w.call).getMessage());
          for (String word : w.words) {
            assertTrue(message.contains(word), "'" + word + "' is not in: " + message);
          }
        });
      }
    }
    assertAll(checks);
  }
}
