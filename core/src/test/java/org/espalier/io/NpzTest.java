package org.espalier.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.espalier.DType;
import org.espalier.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NpzTest {
  @TempDir private Path folder = Path.of("");

  @ParameterizedTest
  @ValueSource(strings = {"numpy-stored.npz", "numpy-deflated.npz"})
  void readsWhatNumpyWrote(String name) {
    try (var archive = Npz.open(NumpyFiles.archive(folder, name))) {
      assertTrue(archive.has("fortran"));
      assertFalse(archive.has("readme"));
      assertFalse(archive.has("readme.txt"));
      assertEquals(24, archive.read("fortran").elements());
      assertArrayEquals(new long[] {0, 1, 2, 3, 4, 5}, archive.read("fortran.big").toLongArray());
      assertThrows(FormatException.class, () -> archive.read("object"));
      assertThrows(FormatException.class, () -> archive.read("nothing"));
      var names = NumpyFiles.expected().object("arrays").keys();
      for (var array : archive.names()) {
        if (names.contains(array)) archive.read(array);
      }
    }
  }

  private static Map<String, Tensor> arrays() {
    var arrays = new LinkedHashMap<String, Tensor>();
    arrays.put("x", Tensor.of(new float[] {1, 2, 3, 4}, 2, 2));
    arrays.put("labels", Tensor.of(new int[] {3, 1}));
    arrays.put("folder/large", Tensor.zeros(300, 300));
    arrays.put("half", Tensor.of(new float[] {1, 2}).to(DType.BF16));
    return arrays;
  }

  @Test
  void writesWhatItReadsStoredAndDeflated() throws IOException {
    var stored = folder.resolve("stored.npz");
    var deflated = folder.resolve("deflated.npz");
    Npz.write(stored, arrays());
    Npz.writeCompressed(deflated, arrays());
    assertTrue(Files.size(stored) > 360_000);
    assertTrue(Files.size(deflated) < 10_000);
    for (var file : List.of(stored, deflated)) {
      try (var archive = Npz.open(file)) {
        assertEquals(List.of("x", "labels", "folder/large", "half"), List.copyOf(archive.names()));
        assertArrayEquals(new float[] {1, 2, 3, 4}, archive.read("x").toFloatArray());
        assertEquals(DType.I32, archive.read("labels").dtype());
        assertEquals(90_000, archive.read("folder/large").elements());
        assertEquals(DType.F32, archive.read("half").dtype());
      }
    }
    var again = folder.resolve("again.npz");
    Npz.write(again, arrays());
    assertArrayEquals(Files.readAllBytes(stored), Files.readAllBytes(again));
    var nameless = Map.of("", Tensor.scalar(1));
    assertThrows(IllegalArgumentException.class, () -> Npz.write(again, nameless));
  }

  @Test
  void aClosedArchiveReadsNothing() {
    var file = folder.resolve("a.npz");
    Npz.write(file, arrays());
    var archive = Npz.open(file);
    archive.close();
    assertThrows(UncheckedIOException.class, () -> archive.read("x"));
  }

  private Path zipped(Map<String, byte[]> members) throws IOException {
    var file = folder.resolve("made.npz");
    try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (var member : members.entrySet()) {
        zip.putNextEntry(new ZipEntry(member.getKey()));
        zip.write(member.getValue());
        zip.closeEntry();
      }
    }
    return file;
  }

  /// A megabyte of zeros behind a header that asks for sixteen of them, in a kilobyte: nothing but
  /// the sixteen is unpacked, and the rest is refused.
  @Test
  void unpacksNoMoreThanTheHeaderClaims() throws IOException {
    var npy = folder.resolve("x.npy");
    Npy.write(npy, Tensor.zeros(16));
    var start = Files.readAllBytes(npy);
    var bomb = java.util.Arrays.copyOf(start, 100 << 20);
    var file = zipped(Map.of("bomb.npy", bomb));
    assertTrue(Files.size(file) < 200_000);
    var threads =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    try (var archive = Npz.open(file)) {
      long before = threads.getCurrentThreadAllocatedBytes();
      var e = assertThrows(FormatException.class, () -> archive.read("bomb"));
      assertEquals("more follows the array", e.fault());
      assertTrue(threads.getCurrentThreadAllocatedBytes() - before < 4_000_000);
    }
  }

  @Test
  void seesDamage() throws IOException {
    var file = folder.resolve("damaged.npz");
    Npz.write(file, Map.of("x", Tensor.of(new float[] {1, 2, 3, 4})));
    var bytes = Files.readAllBytes(file);
    var text = new String(bytes, StandardCharsets.ISO_8859_1);
    bytes[text.indexOf("shape") + 80] ^= 1; // in the data
    Files.write(file, bytes);
    try (var archive = Npz.open(file)) {
      var e = assertThrows(FormatException.class, () -> archive.read("x"));
      assertTrue(e.fault().contains("checksum") || e.fault().contains("header"), e.fault());
    }
    Files.writeString(file, "no zip");
    assertThrows(FormatException.class, () -> Npz.open(file));
    assertThrows(UncheckedIOException.class, () -> Npz.open(folder.resolve("none.npz")));
  }

  /// The order of `Map.of` and of a hash map is that of the machine or of the day.
  @Test
  void aMapWithoutAnOrderIsWrittenByName() throws IOException {
    var names = List.of("e", "a", "d", "c", "b", "h", "g", "f");
    var hashed = new HashMap<String, Tensor>();
    var ordered = new LinkedHashMap<String, Tensor>();
    for (var name : names) {
      hashed.put(name.repeat(9), Tensor.scalar(1));
      ordered.put(name.repeat(9), Tensor.scalar(1));
    }
    var file = folder.resolve("a.npz");
    Npz.write(file, hashed);
    try (var archive = Npz.open(file)) {
      assertEquals(hashed.keySet().stream().sorted().toList(), List.copyOf(archive.names()));
    }
    Npz.write(file, ordered);
    try (var archive = Npz.open(file)) {
      assertEquals(List.copyOf(ordered.keySet()), List.copyOf(archive.names()));
    }
  }
}
