package org.espalier.testkit;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.espalier.DType;
import org.espalier.Scope;
import org.espalier.Tensor;
import org.espalier.io.Npy;
import org.espalier.io.Npz;
import org.espalier.io.Safetensors;
import org.espalier.io.SafetensorsWriter;
import org.espalier.io.json.Json;

/// The kinds of files that core reads, ready to be damaged.
public final class FuzzedFiles {
  private static final String JSON =
      """
      {"a": [1, -2.5e3, true, null, "b\\n\\ud83d\\ude00"], "nested": {"x": {"y": [[]]}}, "é": ""}
      """;

  private final Path folder;

  private FuzzedFiles(Path folder) {
    this.folder = folder;
  }

  /// Returns all of them.
  ///
  /// @param folder an empty one, for the files that are read from disk
  public static List<Fuzz.Format> all(Path folder) {
    FuzzedFiles files = new FuzzedFiles(folder);
    try {
      return List.of(
          json(),
          files.safetensors(),
          files.index(),
          files.npy(),
          files.npyFile(),
          files.npz(),
          files.zippedNpy());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Fuzz.Format json() {
    return new Fuzz.Format(
        "JSON",
        List.of(JSON.getBytes(StandardCharsets.UTF_8)),
        false,
        bytes -> Json.write(Json.parse("fuzz", bytes)),
        Fuzz.Repair.NONE);
  }

  private static SafetensorsWriter writer() {
    return new SafetensorsWriter()
        .metadata("format", "pt")
        .tensor("a", Tensor.of(new float[] {1, 2, 3, 4}, 2, 2))
        .tensor("b", Tensor.of(new long[] {5}))
        .tensor("c", Tensor.of(new float[] {1, 2}).to(DType.BF16))
        .tensor("d", Tensor.of(new boolean[] {true}));
  }

  private Fuzz.Format safetensors() throws IOException {
    Path file = folder.resolve("valid.safetensors");
    writer().write(file);
    return new Fuzz.Format(
        "safetensors",
        List.of(Files.readAllBytes(file)),
        false,
        bytes -> readAll(Safetensors.of("fuzz", MemorySegment.ofArray(bytes))),
        FuzzedFiles::lengthOfHeader);
  }

  private static void readAll(Safetensors file) {
    try (Scope _ = Scope.open()) {
      file.names().forEach(file::read);
    }
  }

  /// Sets the length of the header to where the last brace is, and drops no data.
  private static byte[] lengthOfHeader(byte[] bytes) {
    if (bytes.length < 8) {
      return bytes;
    }
    int end = bytes.length - 1;
    while (end > 8 && bytes[end] != '}' && bytes[end] != ' ') {
      end--;
    }
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0, Math.max(0, end + 1 - 8));
    return bytes;
  }

  private Fuzz.Format index() throws IOException {
    writer().writeSharded(folder.resolve("shards.safetensors"), 20);
    Path index = folder.resolve("shards.safetensors.index.json");
    return new Fuzz.Format(
        "sharded index",
        List.of(Files.readAllBytes(index)),
        true,
        bytes -> {
          Files.write(index, bytes);
          readAll(Safetensors.open(index));
        },
        Fuzz.Repair.NONE);
  }

  private List<byte[]> arrays() throws IOException {
    Path file = folder.resolve("valid.npy");
    Npy.write(file, Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
    byte[] floats = Files.readAllBytes(file);
    String header = "{'descr':'>i2','fortran_order':True,'shape':(3,2)}";
    byte[] second =
        ByteBuffer.allocate(12 + header.length() + 12)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(floats, 0, 6)
            .put((byte) 2)
            .put((byte) 0)
            .putInt(header.length())
            .put(header.getBytes(StandardCharsets.UTF_8))
            .array();
    return List.of(floats, second);
  }

  private Fuzz.Format npy() throws IOException {
    return new Fuzz.Format(
        "npy stream",
        arrays(),
        false,
        bytes -> {
          try (Scope _ = Scope.open()) {
            Npy.read("fuzz", new ByteArrayInputStream(bytes));
          }
        },
        FuzzedFiles::lengthOfNpy);
  }

  private Fuzz.Format npyFile() throws IOException {
    Path file = folder.resolve("fuzz.npy");
    return new Fuzz.Format(
        "npy file",
        arrays(),
        true,
        bytes -> {
          Files.write(file, bytes);
          try (Scope _ = Scope.open()) {
            Npy.read(file);
          }
        },
        FuzzedFiles::lengthOfNpy);
  }

  /// Sets the length of a header to where its last brace is.
  private static byte[] lengthOfNpy(byte[] bytes) {
    int end = bytes.length - 1;
    while (end > 12 && bytes[end] != '}') {
      end--;
    }
    if (end <= 12 || bytes[6] == 2) {
      return bytes;
    }
    byte[] whole = Arrays.copyOf(bytes, bytes.length);
    ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).putShort(8, (short) (end + 1 - 10));
    return whole;
  }

  private Fuzz.Format npz() throws IOException {
    Path file = folder.resolve("fuzz.npz");
    var arrays = new LinkedHashMap<String, Tensor>();
    arrays.put("a", Tensor.of(new float[] {1, 2, 3}));
    arrays.put("b", Tensor.of(new int[] {4}));
    Npz.write(file, arrays);
    byte[] stored = Files.readAllBytes(file);
    Npz.writeCompressed(file, arrays);
    return new Fuzz.Format(
        "npz",
        List.of(stored, Files.readAllBytes(file)),
        true,
        bytes -> readArchive(file, bytes),
        Fuzz.Repair.NONE);
  }

  /// Damaged arrays in archives without a fault.
  private Fuzz.Format zippedNpy() throws IOException {
    Path file = folder.resolve("zipped.npz");
    return new Fuzz.Format(
        "npy in npz",
        arrays(),
        true,
        bytes -> {
          var zipped = new ByteArrayOutputStream();
          try (var zip = new ZipOutputStream(zipped)) {
            zip.putNextEntry(new ZipEntry("a.npy"));
            zip.write(bytes);
          }
          readArchive(file, zipped.toByteArray());
        },
        FuzzedFiles::lengthOfNpy);
  }

  private static void readArchive(Path file, byte[] bytes) throws IOException {
    Files.write(file, bytes);
    try (Npz archive = Npz.open(file);
        Scope _ = Scope.open()) {
      archive.names().forEach(archive::read);
    }
  }
}
