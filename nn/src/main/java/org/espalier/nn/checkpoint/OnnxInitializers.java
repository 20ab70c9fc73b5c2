package org.espalier.nn.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.regex.Pattern;
import org.espalier.DType;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.espalier.io.FormatException;
import org.espalier.io.TensorBytes;
import org.espalier.nn.Weights;
import org.jspecify.annotations.Nullable;

/// The weights in an ONNX file that PyTorch exported, under their Hugging Face names.
///
/// An export keeps the names of embeddings, norms and biases, but stores the weight of a linear
/// layer without a name (`onnx::MatMul_787`) and transposed, `[in, out]`. Its name is that of the
/// layer whose product reads it: the node `/encoder/layer.0/attention/self/query/MatMul` gives
/// `encoder.layer.0.attention.self.query.weight`. All methods here answer in the layout of the
/// checkpoint, `[out, in]`.
///
/// ```java
/// var weights = OnnxInitializers.open(Path.of("model.onnx"));
/// float[] query = weights.floats("encoder.layer.0.attention.self.query.weight");
/// ```
///
/// Only floating-point weights are listed: `F32`, `F16` and `BF16`. [#get] keeps their dtype,
/// [#floats] widens.
public final class OnnxInitializers implements Weights {
  private static final int F32 = 1;
  private static final int F16 = 10;
  private static final int BF16 = 16;
  private static final int BLOCK = 32;

  private static final Pattern PRODUCT = Pattern.compile("/(?<module>.+)/MatMul(_[0-9]+)?");
  private static final String ANONYMOUS = "onnx::";

  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final String source;
  private final SequencedMap<String, Weight> weights = new LinkedHashMap<>();

  /// @param stored the shape in the file
  /// @param transposed whether the file has the axes the other way round
  private record Weight(int type, Shape stored, MemorySegment data, boolean transposed) {}

  private OnnxInitializers(String source, MemorySegment file) {
    this.source = source;
    var graph = OnnxGraph.parse(source, file);
    var modules = modules(graph);
    for (var initializer : graph.initializers()) {
      var weight = weight(initializer, modules.get(initializer.name()) != null);
      if (weight == null) continue;
      var name = initializer.name();
      if (weight.transposed()) {
        var named = modules.get(name) + ".weight";
        if (!weights.containsKey(named)) name = named;
      }
      if (weights.putIfAbsent(name, weight) != null) {
        throw new FormatException(source, "the initialiser \"" + name + "\" appears twice");
      }
    }
  }

  /// Opens a file, which is mapped into memory and touched as weights are read.
  ///
  /// @throws FormatException when it is no ONNX file, or keeps its weights in other files
  /// @throws UncheckedIOException when it cannot be read
  public static OnnxInitializers open(Path file) {
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      var mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
      return of(file.toString(), mapped);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open " + file + ": " + e, e);
    }
  }

  /// Reads a stream of less than 2 GiB to its end and leaves it open; `source` names it in errors.
  ///
  /// @throws FormatException when it is no ONNX file, or keeps its weights in other files
  public static OnnxInitializers read(String source, InputStream stream) {
    try {
      return of(source, MemorySegment.ofArray(stream.readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + source + ": " + e, e);
    }
  }

  /// Reads bytes that are in memory already; `source` names them in errors.
  public static OnnxInitializers of(String source, MemorySegment bytes) {
    return new OnnxInitializers(source, bytes);
  }

  /// By the name of an anonymous initialiser: the module of the first product that reads it.
  private static Map<String, String> modules(OnnxGraph graph) {
    var modules = new HashMap<String, String>();
    for (var node : graph.nodes()) {
      if (!node.operation().equals("MatMul") || node.inputs().size() != 2) continue;
      var weight = node.inputs().get(1);
      var module = PRODUCT.matcher(node.name());
      if (weight.startsWith(ANONYMOUS) && module.matches()) {
        modules.putIfAbsent(weight, module.group("module").replace('/', '.'));
      }
    }
    return modules;
  }

  private @Nullable Weight weight(OnnxGraph.Initializer initializer, boolean anonymous) {
    int type = initializer.type();
    if (type != F32 && type != F16 && type != BF16) return null;
    var name = initializer.name();
    if (initializer.external()) {
      throw new FormatException(
          source, name + ": its data are in another file; export the model as one file");
    }
    var shape = shape(name, initializer);
    var data = initializer.data();
    long expected = (long) shape.elements() * (type == F32 ? Float.BYTES : Short.BYTES);
    if (data == null) data = MemorySegment.NULL;
    if (data.byteSize() != expected) {
      throw new FormatException(
          source,
          "%s: %d bytes of data, but the shape %s takes %d"
              .formatted(name, data.byteSize(), shape, expected));
    }
    return new Weight(type, shape, data, anonymous && shape.rank() == 2);
  }

  private Shape shape(String name, OnnxGraph.Initializer initializer) {
    var sizes = initializer.sizes();
    try {
      return Shape.of(sizes.stream().mapToInt(Math::toIntExact).toArray());
    } catch (ArithmeticException | TensorException e) {
      throw new FormatException(source, name + ": the impossible shape " + sizes, e);
    }
  }

  /// The names of the weights, in the order of the file.
  @Override
  public SequencedSet<String> names() {
    return Collections.unmodifiableSequencedMap(weights).sequencedKeySet();
  }

  /// The shape of a weight, as in the checkpoint: `[out, in]` for a linear layer.
  public Shape shape(String name) {
    var weight = find(name);
    var stored = weight.stored();
    return weight.transposed() ? Shape.of(stored.size(1), stored.size(0)) : stored;
  }

  /// Whether the file stores a weight with its two axes swapped.
  public boolean isTransposed(String name) {
    return find(name).transposed();
  }

  /// How many numbers all weights have together.
  public long parameters() {
    return weights.values().stream().mapToLong(weight -> weight.stored().elements()).sum();
  }

  /// The elements of a weight in the layout of the checkpoint, row-major.
  public float[] floats(String name) {
    var weight = find(name);
    float[] stored;
    try {
      stored = stored(weight);
    } catch (InternalError e) {
      throw changed(e);
    }
    return weight.transposed()
        ? transpose(stored, weight.stored().size(0), weight.stored().size(1))
        : stored;
  }

  /// Returns a weight in the layout of the checkpoint and the dtype of the file.
  ///
  /// @throws TensorException when there is none of this name
  @Override
  public Tensor get(String name) {
    var weight = find(name);
    var dtype =
        switch (weight.type()) {
          case F16 -> DType.F16;
          case BF16 -> DType.BF16;
          default -> DType.F32;
        };
    try (var scope = Scope.open()) { // gives back what a transposed weight is read into
      var stored = TensorBytes.read(weight.data(), ByteOrder.LITTLE_ENDIAN, dtype, weight.stored());
      return scope.keep(weight.transposed() ? stored.transpose().contiguous() : stored);
    } catch (InternalError e) {
      throw changed(e);
    }
  }

  /// A tensor is read from the file whenever it is asked for.
  @Override
  public boolean readsAnew() {
    return true;
  }

  /// A fault while touching mapped memory: there is no file behind it any more.
  private FormatException changed(InternalError e) {
    return new FormatException(source, "the file changed while it was open; open it again", e);
  }

  private static float[] stored(Weight weight) {
    var values = new float[weight.stored().elements()];
    var data = weight.data();
    switch (weight.type()) {
      case F16 -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = Float.float16ToFloat(data.get(SHORT, 2L * i));
        }
      }
      case BF16 -> {
        for (int i = 0; i < values.length; i++) {
          values[i] = Float.intBitsToFloat(data.get(SHORT, 2L * i) << 16);
        }
      }
      default -> MemorySegment.copy(data, FLOAT, 0, values, 0, values.length);
    }
    return values;
  }

  /// Swaps the axes in square blocks, whose rows and columns both stay in the cache.
  private static float[] transpose(float[] values, int rows, int columns) {
    var swapped = new float[values.length];
    for (int rowBlock = 0; rowBlock < rows; rowBlock += BLOCK) {
      int rowEnd = Math.min(rows, rowBlock + BLOCK);
      for (int block = 0; block < columns; block += BLOCK) {
        int end = Math.min(columns, block + BLOCK);
        for (int row = rowBlock; row < rowEnd; row++) {
          for (int column = block; column < end; column++) {
            swapped[column * rows + row] = values[row * columns + column];
          }
        }
      }
    }
    return swapped;
  }

  private Weight find(String name) {
    var weight = weights.get(name);
    if (weight != null) return weight;
    throw new TensorException(
        "%s has no weight \"%s\" among its %d".formatted(source, name, weights.size()));
  }
}
