package org.espalier.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.zip.ZipFile;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.TensorException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class NpyTest {
  @TempDir private Path folder = Path.of("");

  /// What NumPy wrote for an array.
  private byte[] numpy(String name) throws IOException {
    try (var zip = new ZipFile(NumpyFiles.archive(folder, "numpy-deflated.npz").toFile());
        var stream = zip.getInputStream(Objects.requireNonNull(zip.getEntry(name + ".npy")))) {
      return stream.readAllBytes();
    }
  }

  private static Tensor read(byte[] bytes) {
    return Npy.read("x.npy", new ByteArrayInputStream(bytes));
  }

  private Tensor readFile(byte[] bytes) throws IOException {
    var file = folder.resolve("x.npy");
    Files.write(file, bytes);
    return Npy.read(file);
  }

  private byte[] written(Tensor tensor) throws IOException {
    var file = folder.resolve("written.npy");
    Npy.write(file, tensor);
    return Files.readAllBytes(file);
  }

  private static DType dtypeOf(String numpyType) {
    return switch (numpyType) {
      case "b1" -> DType.BOOL;
      case "i1", "u1", "i2", "u2", "i4" -> DType.I32;
      case "u4", "i8" -> DType.I64;
      case "f2" -> DType.F16;
      case "f4" -> DType.F32;
      case "f8" -> DType.F64;
      default -> throw new IllegalArgumentException(numpyType);
    };
  }

  @Test
  void readsWhatNumpyWroteFromFilesAndStreams() throws IOException {
    var arrays = NumpyFiles.expected().object("arrays");
    assertTrue(arrays.keys().size() > 25);
    for (var name : arrays.keys()) {
      var expected = arrays.object(name);
      for (var tensor : new Tensor[] {read(numpy(name)), readFile(numpy(name))}) {
        assertEquals(dtypeOf(expected.string("type")), tensor.dtype(), name);
        var sizes = Arrays.stream(expected.array("shape").wholes()).mapToInt(s -> (int) s);
        assertEquals(Shape.of(sizes.toArray()), tensor.shape(), name);
        var values = expected.array("values").strings();
        var reals = tensor.dtype().isFloating() ? tensor.toDoubleArray() : new double[0];
        var wholes = tensor.dtype().isFloating() ? new long[0] : tensor.toLongArray();
        for (int i = 0; i < values.size(); i++) {
          if (reals.length > 0) {
            var text = values.get(i).replace("inf", "Infinity").replace("nan", "NaN");
            assertEquals(Double.parseDouble(text), reals[i], 0, name + " " + i);
          } else {
            assertEquals(Long.parseLong(values.get(i)), wholes[i], name + " " + i);
          }
        }
      }
    }
  }

  @Test
  void writesTheBytesThatNumpyWrites() throws IOException {
    for (var name : NumpyFiles.expected().array("simple").strings()) {
      var bytes = numpy(name);
      assertArrayEquals(bytes, written(read(bytes)), name);
    }
  }

  @Test
  void refusesElementsThatNoTensorHoldsAndSaysWhatToDo() throws IOException {
    for (var name : NumpyFiles.expected().array("refused").strings()) {
      var bytes = numpy(name);
      var e = assertThrows(FormatException.class, () -> read(bytes), name);
      var hint = name.equals("record") ? "save each field" : "convert the array with astype";
      assertTrue(e.fault().contains(hint), e.fault());
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyDtypeSurvivesTheWayThroughAFile(DType dtype) throws IOException {
    var tensor = Tensor.of(new float[] {0, 1, 2.5f, -3, 0.1f, 7}, 2, 3).to(dtype);
    var back = readFile(written(tensor));
    assertEquals(dtype == DType.BF16 ? DType.F32 : dtype, back.dtype());
    assertEquals(tensor.shape(), back.shape());
    assertArrayEquals(tensor.toDoubleArray(), back.toDoubleArray());
  }

  @Test
  void writesViewsAsTheyLook() throws IOException {
    var tensor = Tensor.of(new float[] {0, 1, 2, 3, 4, 5}, 2, 3).transpose().slice(0, 1, 3);
    assertArrayEquals(new float[] {1, 4, 2, 5}, readFile(written(tensor)).toFloatArray());
    var none = Tensor.zeros(DType.F64, Device.CPU, Shape.of(0, 3));
    assertEquals(Shape.of(0, 3), readFile(written(none)).shape());
    assertEquals(Shape.SCALAR, readFile(written(Tensor.scalar(4))).shape());
  }

  @Test
  void aStreamStandsBehindTheArray() throws IOException {
    var out = new ByteArrayOutputStream();
    out.write(numpy("i4"));
    out.write(numpy("f4"));
    var stream = new ByteArrayInputStream(out.toByteArray());
    assertEquals(DType.I32, Npy.read("a", stream).dtype());
    assertEquals(DType.F32, Npy.read("b", stream).dtype());
    assertThrows(FormatException.class, () -> Npy.read("c", stream));
  }

  @Test
  void aFileIsOneArrayAndNothingElse() throws IOException {
    var bytes = numpy("i4");
    var longer = Arrays.copyOf(bytes, bytes.length + 1);
    var e = assertThrows(FormatException.class, () -> readFile(longer));
    assertTrue(e.fault().contains("takes 24 bytes, but 25 follow"), e.fault());
    assertThrows(UncheckedIOException.class, () -> Npy.read(folder.resolve("none.npy")));
  }

  @Test
  void refusesAFileCutAnywhere() throws IOException {
    var bytes = numpy("i4");
    for (int length = 0; length < bytes.length; length++) {
      var cut = Arrays.copyOf(bytes, length);
      assertThrows(FormatException.class, () -> read(cut));
      assertThrows(FormatException.class, () -> readFile(cut));
    }
  }

  private static byte[] withHeader(String text) {
    var header = text.getBytes(StandardCharsets.ISO_8859_1);
    return ByteBuffer.allocate(10 + header.length + 16)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0})
        .putShort((short) header.length)
        .put(header)
        .array();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4)} | tuple of one has a comma",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2 2)} | expected ','",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-4,)} | expected a size",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808,)} | 63 bits",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807,)} | too large",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2147483648,)} | too large",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (65536, 65536)} | too large",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1e1,)} | expected",
        "{'descr': '<f4', 'fortran_order': False, 'shape': [4]} | expected '('",
        "{'descr': '<f4', 'fortran_order': false, 'shape': (4,)} | expected True or False",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (4,)} | expected True or False",
        "{'descr': '<f4', 'fortran_order': False} | 'shape' is missing",
        "{'descr': '<f4', 'shape': (4,)} | 'fortran_order' is missing",
        "{'fortran_order': False, 'shape': (4,)} | 'descr' is missing",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (4,)} | twice",
        "{'descr': '<f4', 'fortran_order': False, 'fortran_order': False, 'shape': (4,)} | twice",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'shape': (4,)} | twice",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'x': 1} | unknown key",
        "{'descr': '<f4' 'fortran_order': False, 'shape': (4,)} | expected",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4,)} x | the end of the header",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4,) | expected",
        "{'descr': '<\\f4', 'fortran_order': False, 'shape': (4,)} | an escape",
        "{'descr': '<f4, 'fortran_order': False, 'shape': (4,)} | expected",
        "{'descr': '', 'fortran_order': False, 'shape': (4,)} | no type of element",
        "`{'descr': '|f4', 'fortran_order': False, 'shape': (4,)}` | cannot be read",
        "{'descr': '=f4', 'fortran_order': False, 'shape': (4,)} | cannot be read",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (4,)} | records",
        "{'descr': __import__('os'), 'fortran_order': False, 'shape': (4,)} | expected a string",
        "[] | expected '{'",
        "`` | expected '{'"
      })
  void refusesAHeaderThatIsNotTheOneLiteral(String header, String fault) {
    var e = assertThrows(FormatException.class, () -> read(withHeader(header)));
    assertTrue(e.fault().contains(fault), e.fault());
  }

  @Test
  void readsTheLiteralHoweverItIsSpaced() {
    var header = "{\"shape\" :(2 ,\n2,),'fortran_order':True,'descr':\"<f4\"}\n";
    assertEquals(Shape.of(2, 2), read(withHeader(header)).shape());
    var wide = withHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 4)}");
    assertEquals(6, read(wide).rank());
  }

  @Test
  void refusesOtherVersionsAndHeadersWithoutEnd() throws IOException {
    var bytes = numpy("version2");
    for (int version : new int[] {0, 4, 127}) {
      var other = bytes.clone();
      other[6] = (byte) version;
      assertThrows(FormatException.class, () -> read(other));
    }
    var huge = bytes.clone();
    ByteBuffer.wrap(huge).order(ByteOrder.LITTLE_ENDIAN).putInt(8, -1);
    var e = assertThrows(FormatException.class, () -> read(huge));
    assertTrue(e.fault().contains("claims 4294967295 bytes"), e.fault());
    var text = numpy("version3");
    text[20] = (byte) 0xFF;
    assertThrows(FormatException.class, () -> read(text));
    var axes = "1, ".repeat(65);
    var many = withHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (" + axes + ")}");
    assertThrows(FormatException.class, () -> read(many));
    var deep = Tensor.zeros(DType.F32, Device.CPU, Shape.of(new int[65]));
    assertThrows(TensorException.class, () -> Npy.write(folder.resolve("deep.npy"), deep));
  }

  @Test
  void allocatesNothingOnTheWordOfAHeader() {
    var claims = "{'descr': '<f8', 'fortran_order': False, 'shape': (2000000000,)}";
    var bytes = withHeader(claims);
    var threads =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    assertThrows(FormatException.class, () -> read(bytes));
    assertTrue(threads.getCurrentThreadAllocatedBytes() - before < 4_000_000);
  }
}
