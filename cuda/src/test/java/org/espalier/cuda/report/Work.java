package org.espalier.cuda.report;

import java.util.List;
import java.util.function.Function;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.autograd.Autograd;
import org.espalier.op.Attention;
import org.espalier.op.CrossEntropy;
import org.espalier.op.Dropout;
import org.espalier.op.Gelu;
import org.espalier.op.LayerNorm;
import org.espalier.op.RmsNorm;
import org.espalier.op.Rotary;
import org.espalier.op.RotaryTable;
import org.espalier.op.SegmentMean;

/// An op at a size that a model has, and the fewest bytes that its passes can move: each input read
/// once, each output written once.
///
/// @param name the op
/// @param sizes in words
/// @param op on the inputs
/// @param inputs on the device
/// @param kernels how the names of its kernels begin, forward
/// @param forward the fewest 32-bit words
/// @param kernelsBackward the same, backward
/// @param backward the fewest 32-bit words; 0 when the gradient is the forward kernel again
record Work(
    String name,
    String sizes,
    Function<Tensor[], Tensor> op,
    List<Tensor> inputs,
    List<String> kernels,
    long forward,
    List<String> kernelsBackward,
    long backward) {

  private static final int ROWS = 128;
  private static final int COLUMNS = 768;
  private static final long ALL = (long) ROWS * COLUMNS;
  private static final String MATRIX = ROWS + " rows of " + COLUMNS;

  /// Returns the fused ops, and an elementwise one beside them.
  static List<Work> all(Device device) {
    return List.of(
        addition(device),
        softmax(device),
        layerNorm(device),
        rmsNorm(device),
        gelu(device),
        dropout(device),
        crossEntropy(device),
        segmentMean(device),
        rotary(device),
        attention(device, "attention", "attention"));
  }

  /// Returns attention on tensor cores, for a device that multiplies in `medium`.
  static Work roundedAttention(Device device) {
    return attention(device, "attention in BF16", "attention_bf16");
  }

  private static Tensor reals(Device device, int... sizes) {
    Tensor x = Tensor.full(DType.F32, device, Shape.of(sizes), 0.5);
    return x.requireGrad();
  }

  private static Tensor ints(Device device, int count, IntUnaryOperator f) {
    return Tensor.of(IntStream.range(0, count).map(f).toArray()).to(device);
  }

  private static Work addition(Device device) {
    List<Tensor> in = List.of(reals(device, ROWS, COLUMNS), reals(device, ROWS, COLUMNS));
    return new Work(
        "addition", MATRIX, x -> x[0].add(x[1]), in, List.of("add_f32"), 3 * ALL, List.of(), 0);
  }

  private static Work softmax(Device device) {
    List<Tensor> in = List.of(reals(device, ROWS, COLUMNS));
    return new Work(
        "softmax",
        MATRIX,
        x -> x[0].softmax(),
        in,
        List.of("softmax_"),
        2 * ALL,
        List.of("softmax_backward"),
        3 * ALL);
  }

  private static Work layerNorm(Device device) {
    List<Tensor> in =
        List.of(reals(device, ROWS, COLUMNS), reals(device, COLUMNS), reals(device, COLUMNS));
    return new Work(
        "layer norm",
        MATRIX,
        x -> LayerNorm.apply(x[0], x[1], x[2], 1e-5),
        in,
        List.of("layer_norm"),
        2 * ALL + 2 * COLUMNS + 2 * ROWS,
        List.of("layer_norm_backward", "add_blocks"),
        3 * ALL + 3 * COLUMNS + 2 * ROWS);
  }

  private static Work rmsNorm(Device device) {
    List<Tensor> in = List.of(reals(device, ROWS, COLUMNS), reals(device, COLUMNS));
    return new Work(
        "RMS norm",
        MATRIX,
        x -> RmsNorm.apply(x[0], x[1], 1e-6),
        in,
        List.of("rms_norm"),
        2 * ALL + COLUMNS + ROWS,
        List.of("rms_norm_backward", "add_blocks"),
        3 * ALL + 2 * COLUMNS + ROWS);
  }

  private static Work gelu(Device device) {
    List<Tensor> in = List.of(reals(device, ROWS, COLUMNS));
    return new Work(
        "GELU",
        MATRIX,
        x -> Autograd.apply(new Gelu(false), x[0]),
        in,
        List.of("gelu"),
        2 * ALL,
        List.of("gelu_backward"),
        3 * ALL);
  }

  private static Work dropout(Device device) {
    List<Tensor> in = List.of(reals(device, ROWS, COLUMNS));
    return new Work(
        "dropout",
        MATRIX,
        x -> Dropout.apply(x[0], 0.1, 3, 1),
        in,
        List.of("dropout"),
        2 * ALL,
        List.of("dropout"),
        2 * ALL);
  }

  private static Work crossEntropy(Device device) {
    int rows = 8;
    int classes = 30522;
    List<Tensor> in = List.of(reals(device, rows, classes), ints(device, rows, i -> i));
    return new Work(
        "cross-entropy",
        rows + " rows of " + classes,
        x -> CrossEntropy.apply(x[0], x[1], CrossEntropy.IGNORE, 0),
        in,
        List.of("cross_entropy"),
        (long) rows * classes + 4L * rows,
        List.of("cross_entropy_backward"),
        2L * rows * classes + 4L * rows);
  }

  private static Work segmentMean(Device device) {
    List<Tensor> in = List.of(reals(device, ROWS, COLUMNS), ints(device, 5, i -> i * ROWS / 4));
    long least = ALL + 4 * COLUMNS + 5;
    return new Work(
        "segment mean",
        MATRIX + " in 4 segments",
        x -> SegmentMean.apply(x[0], x[1]),
        in,
        List.of("segment_mean"),
        least,
        List.of("segment_mean_backward"),
        least);
  }

  private static Work rotary(Device device) {
    RotaryTable table = RotaryTable.of(64, 64, 10000, DType.F32, device);
    List<Tensor> in = List.of(reals(device, ROWS, COLUMNS), ints(device, ROWS, i -> i % 64));
    long least = 2 * ALL + ROWS + 64 * 64;
    return new Work(
        "rotary",
        MATRIX + ", heads of 64",
        x -> Rotary.apply(x[0], x[1], table, false),
        in,
        List.of("rotary"),
        least,
        List.of("rotary"),
        least);
  }

  private static Work attention(Device device, String name, String kernels) {
    int heads = 1;
    int dim = 64;
    int rows = 256;
    List<Tensor> in =
        List.of(
            reals(device, rows, heads * dim),
            reals(device, rows, heads * dim),
            reals(device, rows, heads * dim),
            ints(device, 3, i -> i * rows / 2));
    var attention = new Attention(heads, heads, 0.125, false, 0.1, 3, 1);
    long matrix = (long) rows * heads * dim;
    return new Work(
        name,
        "2 sequences of 128, a head of 64",
        x -> attention.apply(x[0], x[1], x[2], x[3], x[3]),
        in,
        List.of(kernels + "_forward"),
        4 * matrix + (long) rows * heads + 3,
        List.of(kernels + "_backward"),
        8 * matrix + (long) rows * heads + 3);
  }
}
