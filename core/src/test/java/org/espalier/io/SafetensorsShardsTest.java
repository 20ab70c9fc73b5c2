package org.espalier.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.espalier.DType;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.io.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Checkpoints in several files.
class SafetensorsShardsTest {
  private static final String INDEX = "model.safetensors.index.json";
  private static final String FIRST = "model-00001-of-00003.safetensors";
  private static final String SECOND = "model-00002-of-00003.safetensors";
  private static final String THIRD = "model-00003-of-00003.safetensors";

  @TempDir private Path folder = Path.of("");

  private Path index() {
    return folder.resolve(INDEX);
  }

  /// `a` of 8 bytes, `b` of 40, `c` of 4 and `d` of 3.
  private static SafetensorsWriter writer() {
    return new SafetensorsWriter()
        .metadata("format", "pt")
        .tensor("d", Tensor.of(new boolean[] {true, false, true}))
        .tensor("b", Tensor.of(new double[] {1, 2, 3, 4, 5}))
        .tensor("a", Tensor.of(new float[] {1.5f, -2}, 1, 2))
        .tensor("c", Tensor.of(new float[] {0.5f, 3}).to(DType.BF16));
  }

  private List<Path> write() {
    return writer().writeSharded(folder.resolve("model.safetensors"), 10);
  }

  private Set<String> files() throws IOException {
    try (var files = Files.list(folder)) {
      return Set.copyOf(files.map(file -> String.valueOf(file.getFileName())).toList());
    }
  }

  private String faultOfIndex(String text) throws IOException {
    Files.writeString(index(), text);
    var e = assertThrows(FormatException.class, () -> Safetensors.open(index()));
    return String.valueOf(e.getMessage());
  }

  @Test
  void writesShardsAndAnIndexAndReadsThemAsOne() throws IOException {
    var written = write();
    assertEquals(Set.of(FIRST, SECOND, THIRD, INDEX), files());
    assertEquals(index(), written.getLast());
    var open = Safetensors.open(index());
    assertEquals(List.of("a", "b", "c", "d"), List.copyOf(open.names()));
    assertEquals("pt", open.metadata().get("format"));
    assertTrue(open.has("c") && !open.has("e"));
    assertEquals(Shape.of(1, 2), open.shape("a"));
    assertArrayEquals(new float[] {1.5f, -2}, open.readFloats("a"));
    assertArrayEquals(new double[] {1, 2, 3, 4, 5}, open.read("b").toDoubleArray());
    assertEquals(DType.BF16, open.read("c").dtype());
    assertArrayEquals(new int[] {1, 0, 1}, open.read("d").toIntArray());
    assertThrows(FormatException.class, () -> open.read("e"));
    var json = Json.readObject(index());
    assertEquals(55, json.object("metadata").whole("total_size"));
    assertEquals(SECOND, json.object("weight_map").string("b"));
    assertEquals(Set.of("c", "d"), Safetensors.open(folder.resolve(THIRD)).names());
  }

  @Test
  void whatFitsIsOneFileAndTheOtherFormGoes() throws IOException {
    write();
    var single = folder.resolve("model.safetensors");
    assertEquals(List.of(single), writer().writeSharded(single, 55));
    assertTrue(Files.exists(single));
    assertFalse(Files.exists(index()), "an index beside the single file would be stale");
    write();
    assertFalse(Files.exists(single), "readers would prefer the stale single file");
    assertEquals(4, Safetensors.open(index()).names().size());
    assertThrows(IllegalArgumentException.class, () -> writer().writeSharded(single, 0));
  }

  @Test
  void saysWhichShardIsMissing() throws IOException {
    write();
    Files.delete(folder.resolve(SECOND));
    var e = assertThrows(FormatException.class, () -> Safetensors.open(index()));
    assertTrue(e.fault().contains("the shard " + SECOND), e.fault());
    assertTrue(e.fault().contains("holds 1 of its 4 tensors"), e.fault());
  }

  @Test
  void refusesATensorInAnotherShardThanTheIndexSays() throws IOException {
    write();
    var text = Files.readString(index());
    var moved = text.replace("\"a\": \"" + FIRST, "\"a\": \"" + SECOND);
    var found = faultOfIndex(moved.replace("\"b\": \"" + SECOND, "\"b\": \"" + FIRST));
    assertTrue(found.contains("which the index places in"), found);
    found = faultOfIndex(text.replace("\"d\": \"" + THIRD, "\"e\": \"" + THIRD));
    assertTrue(found.contains("holds d, which the index does not name"), found);
    found = faultOfIndex(text.replace("\"d\":", "\"e\": \"" + FIRST + "\", \"d\":"));
    assertTrue(found.contains(FIRST + " has no tensor e"), found);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../secret.safetensors",
        "/etc/passwd",
        "sub/model.safetensors",
        "..",
        ".",
        "",
        "c:\\\\model.safetensors",
        "C:model.safetensors",
        "a\\u0000b"
      })
  void refusesAnIndexThatNamesFilesElsewhere(String name) throws IOException {
    Files.createDirectories(folder.resolve("sub"));
    writer().write(folder.resolve("sub").resolve("model.safetensors"));
    var found = faultOfIndex("{\"weight_map\": {\"a\": \"" + name + "\"}}");
    assertTrue(found.contains("does not lie beside the index"), found);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{}",
        "{\"weight_map\": {}}",
        "{\"weight_map\": []}",
        "{\"weight_map\": {\"a\": 1}}",
        "{\"weight_map\": {\"a\": \"x\", \"a\": \"x\"}}",
        "{\"weight_map\": {\"a\": \"no such file\"}}",
      })
  void refusesAnIndexThatIsNone(String text) throws IOException {
    var found = faultOfIndex(text);
    assertTrue(found.contains(INDEX), found);
  }

  @Test
  void refusesADamagedShard() throws IOException {
    write();
    var bytes = Files.readAllBytes(folder.resolve(THIRD));
    Files.write(folder.resolve(THIRD), java.util.Arrays.copyOf(bytes, bytes.length - 1));
    var e = assertThrows(FormatException.class, () -> Safetensors.open(index()));
    assertTrue(e.source().endsWith(THIRD), e.source());
  }

  @Test
  void theOldCheckpointStaysWholeUntilTheNewOneIs() throws IOException {
    write();
    var single = folder.resolve("model.safetensors");
    Tensor closed;
    try (var _ = Scope.open()) {
      closed = Tensor.zeros(3);
    }
    var broken = writer().tensor("e", closed); // cannot be read any more
    for (long most : new long[] {1000, 9}) { // one file; four shards
      assertThrows(RuntimeException.class, () -> broken.writeSharded(single, most));
      assertEquals(4, Safetensors.open(index()).names().size(), "shards of " + most);
    }
    assertThrows(RuntimeException.class, () -> broken.writeSharded(single, 20));
    assertFalse(Files.exists(index()), "as many shards as before would mix with the old ones");
  }

  @Test
  void shardsOfALongerSeriesGoOnceTheNewIndexIsThere() throws IOException {
    write();
    var mine = folder.resolve("model-00009-of-00009.safetensors");
    Files.writeString(mine, "not named by the index");
    var single = folder.resolve("model.safetensors");
    writer().writeSharded(single, 50);
    assertEquals(
        Set.of(
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            INDEX,
            "model-00009-of-00009.safetensors"),
        files());
    assertEquals(4, Safetensors.open(index()).names().size());
    writer().writeSharded(single, 1000);
    assertEquals(Set.of("model.safetensors", "model-00009-of-00009.safetensors"), files());
  }

  @Test
  void deletesNothingThatAnIndexNamesOutsideItsSeries() throws IOException {
    Files.writeString(folder.resolve("thesis.tex"), "years of work");
    Files.writeString(folder.resolve("other-00001-of-00002.safetensors"), "x");
    Files.writeString(
        index(),
        "{\"weight_map\": {\"a\": \"thesis.tex\", \"b\": \"other-00001-of-00002.safetensors\","
            + " \"c\": \"../model-00001-of-00002.safetensors\", \"d\": 1}}");
    writer().writeSharded(folder.resolve("model.safetensors"), 1000);
    assertEquals(
        Set.of("model.safetensors", "thesis.tex", "other-00001-of-00002.safetensors"), files());
    Files.writeString(index(), "{no index");
    writer().writeSharded(folder.resolve("model.safetensors"), 1000);
    assertFalse(Files.exists(index()));
  }
}
