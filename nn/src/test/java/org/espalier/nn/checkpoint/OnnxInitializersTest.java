package org.espalier.nn.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.TensorException;
import org.espalier.io.FormatException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxInitializersTest {
  /// A linear layer of 2 inputs and 3 outputs, an `int64` constant and a half-precision vector,
  /// written by ONNX's own Python library (1.23): its bias as `float_data`, all else as `raw_data`.
  private static final byte[] FILE =
      Base64.getDecoder()
          .decode(
              """
              CA4SAXQ60AIKPQoBeAoOb25ueDo6TWF0TXVsXzcSAXkaHS9lbmNvZGVyL2xheWVyLjAvZGVuc2UvTWF0TXVs\
              IgZNYXRNdWwKQwoaZW5jb2Rlci5sYXllci4wLmRlbnNlLmJpYXMKAXkSAXoaGi9lbmNvZGVyL2xheWVyLjAv\
              ZGVuc2UvQWRkIgNBZGQSBG1haW4qLggDEAEiDAAAAD8AAMA/AAAAwEIaZW5jb2Rlci5sYXllci4wLmRlbnNl\
              LmJpYXMqMAgCCAMQAUIOb25ueDo6TWF0TXVsXzdKGAAAAAAAAIA/AAAAQAAAQEAAAIBAAACgQComCAEIAhAH\
              Qgxwb3NpdGlvbl9pZHNKEAEAAAAAAAAAAgAAAAAAAAAqEAgCEApCBGhhbGZKBAA+//taEwoBeBIOCgwIARII\
              CgIIAQoCCAJiEwoBehIOCgwIARIICgIIAQoCCANCAhAc\
              """);

  private static final String WEIGHT = "encoder.layer.0.dense.weight";
  private static final String BIAS = "encoder.layer.0.dense.bias";

  /// Writes protobuf fields.
  private static final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Message varint(long value) {
      long rest = value;
      while ((rest & ~0x7FL) != 0) {
        out.write((int) ((rest & 0x7F) | 0x80));
        rest >>>= 7;
      }
      out.write((int) rest);
      return this;
    }

    Message whole(int field, long value) {
      return varint((long) field << 3).varint(value);
    }

    Message bytes(int field, byte[] bytes) {
      varint(((long) field << 3) | 2).varint(bytes.length);
      out.writeBytes(bytes);
      return this;
    }

    Message text(int field, String text) {
      return bytes(field, text.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message message) {
      return bytes(field, message.out.toByteArray());
    }

    byte[] model() {
      return new Message().message(7, this).out.toByteArray();
    }
  }

  private static Message tensor(String name, long... sizes) {
    var tensor = new Message();
    for (long size : sizes) tensor.whole(1, size);
    return tensor.whole(2, 1).text(8, name);
  }

  private static Message product(String name, String weight) {
    return new Message().text(1, "x").text(1, weight).text(3, name).text(4, "MatMul");
  }

  private static OnnxInitializers open(byte[] bytes) {
    return OnnxInitializers.of("m.onnx", MemorySegment.ofArray(bytes));
  }

  private static String faultOf(byte[] bytes) {
    var e = assertThrows(FormatException.class, () -> open(bytes));
    assertEquals("m.onnx", e.source());
    return e.fault();
  }

  @Test
  void readsWhatTheReferenceImplementationWrote() {
    var weights = open(FILE);
    assertEquals(List.of(BIAS, WEIGHT, "half"), List.copyOf(weights.names()));
    assertArrayEquals(new float[] {0.5f, 1.5f, -2}, weights.floats(BIAS));
    assertArrayEquals(new float[] {1.5f, -65504}, weights.floats("half"));
    assertEquals(DType.F16, weights.get("half").dtype());
    assertArrayEquals(new float[] {1.5f, -65504}, weights.get("half").toFloatArray());
    assertEquals(11, weights.parameters());
    assertFalse(weights.isTransposed(BIAS));
  }

  @Test
  void namesAnonymousWeightsAfterTheirLayerAndSwapsTheirAxes() {
    var weights = open(FILE);
    assertTrue(weights.isTransposed(WEIGHT));
    assertEquals(Shape.of(3, 2), weights.shape(WEIGHT));
    assertArrayEquals(new float[] {0, 3, 1, 4, 2, 5}, weights.floats(WEIGHT));
    assertEquals(Shape.of(3, 2), weights.get(WEIGHT).shape());
    assertArrayEquals(new float[] {0, 3, 1, 4, 2, 5}, weights.get(WEIGHT).toFloatArray());
  }

  @Test
  void keepsWeightsOf16BitsAndSwapsTheirAxes() {
    var raw =
        new byte[] {0x80 - 256, 0x3F, 0, 0x40, 0x40, 0x40, 0x80 - 256, 0x40, 0, 0, 0x40, 0x3F};
    var tensor =
        new Message().whole(1, 2).whole(1, 3).whole(2, 16).text(8, "onnx::MatMul_1").bytes(9, raw);
    var graph = new Message().message(1, product("/a/MatMul", "onnx::MatMul_1")).message(5, tensor);
    var weight = open(graph.model()).get("a.weight");
    assertEquals(DType.BF16, weight.dtype());
    assertEquals(Shape.of(3, 2), weight.shape());
    assertArrayEquals(new float[] {1, 4, 2, 0, 3, 0.75f}, weight.toFloatArray());
    assertArrayEquals(weight.toFloatArray(), open(graph.model()).floats("a.weight"));
  }

  @Test
  void swapsAxesOfAnySize() {
    int rows = 67;
    int columns = 35;
    var raw = new byte[rows * columns * 4];
    for (int i = 0; i < rows * columns; i++) {
      int bits = Float.floatToIntBits(i);
      for (int k = 0; k < 4; k++) raw[4 * i + k] = (byte) (bits >> (8 * k));
    }
    var graph =
        new Message()
            .message(5, tensor("onnx::MatMul_1", rows, columns).bytes(9, raw))
            .message(1, product("/a/b/MatMul", "onnx::MatMul_1"));
    var values = open(graph.model()).floats("a.b.weight");
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        assertEquals(row * columns + column, values[column * rows + row]);
      }
    }
  }

  @Test
  void keepsNamesThatNoLayerExplains() {
    var graph =
        new Message()
            .message(1, product("/a/MatMul", "onnx::MatMul_1"))
            .message(1, product("/a/MatMul_1", "onnx::MatMul_2"))
            .message(1, product("/b/Gemm", "onnx::MatMul_3"))
            .message(1, product("/c/MatMul", "named.weight"))
            .message(5, tensor("onnx::MatMul_1", 1, 1).bytes(9, new byte[4]))
            .message(5, tensor("onnx::MatMul_2", 1, 1).bytes(9, new byte[4]))
            .message(5, tensor("onnx::MatMul_3", 1, 1).bytes(9, new byte[4]))
            .message(5, tensor("named.weight", 1, 1).bytes(9, new byte[4]))
            .message(5, tensor("empty", 0));
    var weights = open(graph.model());
    assertEquals(
        List.of("a.weight", "onnx::MatMul_2", "onnx::MatMul_3", "named.weight", "empty"),
        List.copyOf(weights.names()));
    assertFalse(weights.isTransposed("named.weight"));
    assertEquals(0, weights.floats("empty").length);
  }

  @Test
  void acceptsPackedSizes() {
    var tensor = new Message().bytes(1, new byte[] {1, 2}).whole(2, 16).text(8, "x");
    tensor.bytes(9, new byte[] {(byte) 0xC0, 0x3F, (byte) 0x80, (byte) 0xFF});
    var weights = open(new Message().message(5, tensor).model());
    assertEquals(Shape.of(1, 2), weights.shape("x"));
    assertArrayEquals(new float[] {1.5f, Float.NEGATIVE_INFINITY}, weights.floats("x"));
  }

  @Test
  void refusesAFileCutInsideItsGraph() {
    for (int length = 0; length < FILE.length; length++) {
      var cut = Arrays.copyOf(FILE, length);
      if (length == FILE.length - 4) continue; // behind the graph and before the next field
      assertTrue(faultOf(cut).startsWith("not an ONNX file"), () -> "cut at " + cut.length);
    }
  }

  @Test
  void neverFailsOtherwiseOnDamagedFiles() {
    long seed = 31337;
    var random = new Random(seed);
    int readable = 0;
    for (int i = 0; i < 2_000; i++) {
      var bytes = FILE.clone();
      for (int k = random.nextInt(3); k >= 0; k--) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      }
      try {
        var weights = open(bytes);
        for (var name : weights.names()) weights.floats(name);
        readable++;
      } catch (FormatException e) {
        assertEquals("m.onnx", e.source(), "seed " + seed + " round " + i);
      }
    }
    assertTrue(readable > 100, "readable: " + readable);
  }

  @Test
  void refusesLengthsBeyondTheFileAndNumbersBeyond64Bits() {
    assertTrue(
        faultOf(new Message().varint((7 << 3) | 2).varint(1L << 40).out.toByteArray())
            .contains("a field of 1099511627776 bytes where 0 are left"));
    assertTrue(
        faultOf(new Message().varint((7 << 3) | 2).varint(-1).out.toByteArray())
            .contains("18446744073709551615 bytes"));
    var endless = new byte[20];
    Arrays.fill(endless, (byte) 0xFF);
    assertTrue(faultOf(endless).contains("more than 64 bits"));
    assertTrue(faultOf(new byte[] {0, 1}).contains("field number"));
    assertTrue(faultOf(new byte[] {15}).contains("unknown wire type 7"));
    assertTrue(faultOf(new byte[] {9, 1, 2, 3}).contains("cut short"));
    assertTrue(faultOf(new Message().whole(7, 1).out.toByteArray()).contains("wire type 0"));
    assertTrue(faultOf(new byte[0]).contains("it has no graph"));
  }

  @Test
  void refusesTensorsThatContradictThemselves() {
    assertTrue(
        faultOf(new Message().message(5, tensor("x", 2).bytes(9, new byte[4])).model())
            .contains("x: 4 bytes of data, but the shape [2] takes 8"));
    assertTrue(
        faultOf(new Message().message(5, tensor("x", -1).bytes(9, new byte[4])).model())
            .contains("impossible shape [-1]"));
    assertTrue(
        faultOf(new Message().message(5, tensor("x", 1L << 40).bytes(9, new byte[4])).model())
            .contains("impossible shape"));
    assertTrue(
        faultOf(new Message().message(5, tensor("x", 1 << 20, 1 << 20)).model())
            .contains("impossible shape"));
    var twice = tensor("x", 1).bytes(9, new byte[4]).bytes(4, new byte[4]);
    assertTrue(faultOf(new Message().message(5, twice).model()).contains("several parts"));
    var external = tensor("x", 1).whole(14, 1);
    assertTrue(faultOf(new Message().message(5, external).model()).contains("another file"));
    var one = tensor("x", 1).bytes(9, new byte[4]);
    assertTrue(
        faultOf(new Message().message(5, one).message(5, one).model()).contains("appears twice"));
    var latin1 = new Message().bytes(8, new byte[] {(byte) 0xE9});
    assertTrue(faultOf(new Message().message(5, latin1).model()).contains("not UTF-8"));
  }

  @Test
  void namesAWeightThatIsNotThere() {
    var weights = open(FILE);
    var e = assertThrows(TensorException.class, () -> weights.get("pooler.weight"));
    assertEquals("m.onnx has no weight \"pooler.weight\" among its 3", e.getMessage());
  }

  @Test
  void opensFilesAndStreams(@TempDir Path folder) throws IOException {
    var path = folder.resolve("m.onnx");
    Files.write(path, FILE);
    assertEquals(11, OnnxInitializers.open(path).parameters());
    assertEquals(11, OnnxInitializers.read("stream", new ByteArrayInputStream(FILE)).parameters());
    var missing = folder.resolve("none.onnx");
    assertThrows(UncheckedIOException.class, () -> OnnxInitializers.open(missing));
    var open = OnnxInitializers.open(path);
    Files.write(path, new byte[0]);
    assertThrows(FormatException.class, () -> open.floats(WEIGHT));
  }

  @Test
  void sizesComeFromTheWeightsAndHeadsThatShareTheirColumns() {
    var graph = new Message();
    for (var size :
        java.util.Map.of(
                "embeddings.word_embeddings.weight", 11,
                "embeddings.position_embeddings.weight", 16,
                "embeddings.token_type_embeddings.weight", 2,
                "encoder.layer.0.intermediate.dense.weight", 20)
            .entrySet()) {
      var table = tensor(size.getKey(), size.getValue(), 12);
      graph.message(5, table.bytes(9, new byte[4 * 12 * size.getValue()]));
    }
    var weights = open(graph.model());
    var config = BertSizes.of(weights, 4);
    assertEquals(3, config.heads());
    assertEquals(12, config.hiddenSize());
    assertEquals(20, config.intermediateSize());
    for (int wrong : new int[] {0, -4, 5, 24}) {
      var e = assertThrows(IllegalArgumentException.class, () -> BertSizes.of(weights, wrong));
      assertTrue(
          String.valueOf(e.getMessage()).contains("heads of " + wrong + " columns"),
          e.getMessage());
    }
  }
}
