package org.espalier.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The expected bytes were written by the format's reference implementation, version 0.8.0.
class SafetensorsTest {
  private static final String NATIVE_HEADER =
      """
      {"__metadata__":{"format":"pt"},\
      "ids":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},\
      "scalar":{"dtype":"F64","shape":[],"data_offsets":[16,24]},\
      "a.bias":{"dtype":"F32","shape":[2],"data_offsets":[24,32]},\
      "b.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[32,56]},\
      "empty":{"dtype":"F32","shape":[0,4],"data_offsets":[56,56]},\
      "n":{"dtype":"I32","shape":[2],"data_offsets":[56,64]},\
      "\uD83D\uDE00\u00E9":{"dtype":"I32","shape":[1],"data_offsets":[64,68]},\
      "mask":{"dtype":"BOOL","shape":[3],"data_offsets":[68,71]}}\
      """
          + "      ";

  private static final String NATIVE_DATA =
      "0100000000000040f9ffffffffffffff0000000000000440cdcccc3d0000807f0000c03f000000c0e6b1617f"
          + "000000000000008001000000fbffffff0700000001000000010001";

  private static final String NARROW_HEADER =
      """
      {"u32":{"dtype":"U32","shape":[1],"data_offsets":[0,4]},\
      "b":{"dtype":"BF16","shape":[2],"data_offsets":[4,8]},\
      "h":{"dtype":"F16","shape":[3],"data_offsets":[8,14]},\
      "u16":{"dtype":"U16","shape":[1],"data_offsets":[14,16]},\
      "i16":{"dtype":"I16","shape":[1],"data_offsets":[16,18]},\
      "i8":{"dtype":"I8","shape":[2],"data_offsets":[18,20]},\
      "u8":{"dtype":"U8","shape":[2],"data_offsets":[20,22]},\
      "f8":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[22,23]},\
      "f4":{"dtype":"F4","shape":[2],"data_offsets":[23,24]}}\
      """;

  private static final String NARROW_DATA = "ffffffffc03f80ff003eff7b0100ffff0080807f00ff7711";

  @TempDir private Path folder;

  private static byte[] bytes(String header, String dataHex) {
    var json = header.getBytes(StandardCharsets.UTF_8);
    var data = HexFormat.of().parseHex(dataHex);
    return ByteBuffer.allocate(8 + json.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(json.length)
        .put(json)
        .put(data)
        .array();
  }

  private static Safetensors open(byte[] bytes) {
    return Safetensors.of("m.safetensors", MemorySegment.ofArray(bytes));
  }

  private static long elements(Safetensors file, String name) {
    return Objects.requireNonNull(file.entries().get(name)).elements();
  }

  private static SafetensorsWriter writerOfTheNativeFile() {
    return new SafetensorsWriter()
        .tensor("n", Tensor.of(new int[] {-5, 7}))
        .tensor(
            "b.weight", Tensor.of(new float[] {1.5f, -2, 3e38f, 0, -0.0f, Float.MIN_VALUE}, 2, 3))
        .tensor("\uD83D\uDE00\u00E9", Tensor.of(new int[] {1}))
        .tensor("mask", Tensor.of(new boolean[] {true, false, true}))
        .tensor("scalar", Tensor.of(new double[] {2.5}).reshape())
        .metadata("format", "pt")
        .tensor("empty", Tensor.of(new float[0], 0, 4))
        .tensor("ids", Tensor.of(new long[] {(1L << 62) + 1, -7}))
        .tensor("a.bias", Tensor.of(new float[] {0.1f, Float.POSITIVE_INFINITY}));
  }

  @Test
  void readsWhatTheReferenceImplementationWrote() {
    var file = open(bytes(NATIVE_HEADER, NATIVE_DATA));
    assertEquals(
        List.of("ids", "scalar", "a.bias", "b.weight", "empty", "n", "\uD83D\uDE00\u00E9", "mask"),
        List.copyOf(file.names()));
    assertEquals(Map.of("format", "pt"), file.metadata());
    assertArrayEquals(new long[] {(1L << 62) + 1, -7}, file.read("ids").toLongArray());
    assertEquals(Shape.SCALAR, file.read("scalar").shape());
    assertArrayEquals(new double[] {2.5}, file.read("scalar").toDoubleArray());
    assertArrayEquals(
        new float[] {1.5f, -2, 3e38f, 0, -0.0f, Float.MIN_VALUE},
        file.read("b.weight").toFloatArray());
    assertEquals(Shape.of(2, 3), file.read("b.weight").shape());
    assertEquals(Shape.of(0, 4), file.read("empty").shape());
    assertArrayEquals(new int[] {-5, 7}, file.read("n").toIntArray());
    assertArrayEquals(new int[] {1, 0, 1}, file.read("mask").toIntArray());
    assertEquals(DType.BOOL, file.read("mask").dtype());
    assertTrue(file.has("n"));
    assertFalse(file.has("N"));
    assertEquals(6, elements(file, "b.weight"));
  }

  @Test
  void writesTheBytesOfTheReferenceImplementation() throws IOException {
    var path = folder.resolve("m.safetensors");
    writerOfTheNativeFile().write(path);
    assertArrayEquals(bytes(NATIVE_HEADER, NATIVE_DATA), Files.readAllBytes(path));
  }

  @Test
  void readsNarrowTypesAsTheNextWiderOne() {
    var file = open(bytes(NARROW_HEADER, NARROW_DATA));
    assertArrayEquals(new float[] {1.5f, 65504, 0x1p-24f}, file.read("h").toFloatArray());
    assertArrayEquals(new float[] {1.5f, Float.NEGATIVE_INFINITY}, file.read("b").toFloatArray());
    assertArrayEquals(new long[] {4294967295L}, file.read("u32").toLongArray());
    assertArrayEquals(new int[] {65535}, file.read("u16").toIntArray());
    assertArrayEquals(new int[] {-32768}, file.read("i16").toIntArray());
    assertArrayEquals(new int[] {-128, 127}, file.read("i8").toIntArray());
    assertArrayEquals(new int[] {0, 255}, file.read("u8").toIntArray());
    assertEquals(2, elements(file, "f4"));
  }

  @Test
  void saysWhichTypesItCannotRead() {
    var file = open(bytes(NARROW_HEADER, NARROW_DATA));
    var e = assertThrows(FormatException.class, () -> file.read("f8"));
    assertEquals(
        "m.safetensors: f8: F8_E4M3 cannot be read; convert it to F32, F16 or BF16",
        e.getMessage());
    assertThrows(FormatException.class, () -> file.readFloats("u8"));
    assertThrows(FormatException.class, () -> file.read("nothing"));
  }

  @Test
  void roundTripsAModelThroughAFile() {
    long seed = 7;
    var random = new Random(seed);
    var writer = new SafetensorsWriter().metadata("seed", Long.toString(seed));
    var expected = new float[40][];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = new float[i == 3 ? 300_001 : random.nextInt(50)];
      for (int k = 0; k < expected[i].length; k++) {
        expected[i][k] = Float.intBitsToFloat(random.nextInt() & ~0x40000000);
      }
      writer.tensor("layer." + i, Tensor.of(expected[i], expected[i].length));
    }
    var path = folder.resolve("deep/model.safetensors");
    writer.write(path);
    var file = Safetensors.open(path);
    for (int i = 0; i < expected.length; i++) {
      assertArrayEquals(expected[i], file.readFloats("layer." + i), "seed " + seed);
    }
    assertEquals("7", file.metadata().get("seed"));
  }

  @Test
  void overwritesAFileThatIsStillMapped() {
    var path = folder.resolve("m.safetensors");
    new SafetensorsWriter().tensor("x", Tensor.of(new float[] {1, 2, 3})).write(path);
    var old = Safetensors.open(path);
    new SafetensorsWriter().tensor("x", Tensor.of(new float[] {4})).write(path);
    assertArrayEquals(new float[] {1, 2, 3}, old.readFloats("x"));
    assertArrayEquals(new float[] {4}, Safetensors.open(path).readFloats("x"));
  }

  @Test
  void saysSoWhenTheFileIsCutWhileItIsOpen() throws IOException {
    var path = folder.resolve("m.safetensors");
    new SafetensorsWriter().tensor("x", Tensor.of(new float[100_000])).write(path);
    var open = Safetensors.open(path);
    Files.write(path, new byte[10]);
    var e = assertThrows(FormatException.class, () -> open.readFloats("x"));
    assertTrue(
        String.valueOf(e.getMessage()).contains("changed while it was open"), e.getMessage());
  }

  @Test
  void writesAFileWithoutTensors() {
    var path = folder.resolve("m.safetensors");
    new SafetensorsWriter().write(path);
    assertTrue(Safetensors.open(path).names().isEmpty());
  }

  @Test
  void refusesNamesThatCannotBeWritten() {
    var x = Tensor.of(new float[] {1});
    var writer = new SafetensorsWriter().tensor("x", x);
    assertThrows(IllegalArgumentException.class, () -> writer.tensor("x", x));
    assertThrows(IllegalArgumentException.class, () -> writer.tensor("__metadata__", x));
    assertThrows(IllegalArgumentException.class, () -> writer.tensor("a\uD800", x));
    assertThrows(IllegalArgumentException.class, () -> writer.metadata("k", "\uDC00"));
  }

  @Test
  void namesAMissingFile() {
    var path = folder.resolve("none.safetensors");
    var e = assertThrows(UncheckedIOException.class, () -> Safetensors.open(path));
    assertTrue(String.valueOf(e.getMessage()).contains("NoSuchFile"));
  }

  @Test
  void readingLeavesNoPagesOfTheFileInMemory() throws IOException {
    Path maps = Path.of("/proc/self/smaps");
    assumeTrue(Files.isReadable(maps), "only Linux tells what is resident of a file");
    Path path = folder.resolve("large.safetensors");
    Tensor large = Tensor.ones(1 << 20);
    new SafetensorsWriter().tensor("large", large).tensor("small", Tensor.ones(3)).write(path);
    var file = Safetensors.open(path);
    for (int round = 0; round < 2; round++) { // what was given back is read again
      assertEquals(large.elements(), file.read("large").sum().item());
      assertEquals(1, file.readFloats("large")[12345]);
    }
    int kilobytes = 0;
    int mappings = 0;
    boolean ofFile = false;
    for (String line : Files.readAllLines(maps)) {
      if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
        ofFile = line.endsWith(path.toString());
        mappings += ofFile ? 1 : 0;
      } else if (ofFile && line.startsWith("Rss:")) {
        kilobytes += Integer.parseInt(line.replaceAll("[^0-9]", ""));
      }
    }
    assertEquals(1, mappings);
    assertTrue(kilobytes < 256, kilobytes + " kB of 4 MB");
    assertEquals(3, file.read("small").sum().item());
  }
}
