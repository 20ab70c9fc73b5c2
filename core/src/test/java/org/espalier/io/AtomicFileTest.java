package org.espalier.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir private Path folder;

  private static void text(FileChannel channel, String text) throws IOException {
    var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) channel.write(bytes);
  }

  private List<String> files() throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  @Test
  void replacesTheFileAndLeavesNothingElse() throws IOException {
    var file = folder.resolve("state.bin");
    AtomicFile.write(file, channel -> text(channel, "a longer first content"));
    AtomicFile.write(file, channel -> text(channel, "second"));
    assertEquals("second", Files.readString(file));
    assertEquals(List.of("state.bin"), files());
  }

  @Test
  void keepsTheOldFileWhenWritingFails() throws IOException {
    var file = folder.resolve("state.bin");
    Files.writeString(file, "old");
    var e =
        assertThrows(
            UncheckedIOException.class,
            () ->
                AtomicFile.write(
                    file,
                    channel -> {
                      text(channel, "half");
                      throw new IOException("disk full");
                    }));
    assertEquals("cannot write " + file + ": disk full", e.getMessage());
    assertThrows(
        IllegalStateException.class,
        () ->
            AtomicFile.write(
                file,
                channel -> {
                  throw new IllegalStateException("half way");
                }));
    assertEquals("old", Files.readString(file));
    assertEquals(List.of("state.bin"), files());
  }

  @Test
  void showsReadersTheOldFileUntilTheMove() throws IOException {
    var file = folder.resolve("state.bin");
    Files.writeString(file, "old");
    AtomicFile.write(
        file,
        channel -> {
          text(channel, "new");
          channel.force(true);
          assertEquals("old", Files.readString(file));
        });
    assertEquals("new", Files.readString(file));
  }

  @Test
  void createsMissingFolders() throws IOException {
    var file = folder.resolve("a/b/state.bin");
    AtomicFile.write(file, channel -> text(channel, "x"));
    assertEquals("x", Files.readString(file));
  }

  @Test
  void refusesAFolderAsTarget() throws IOException {
    var parent = folder.resolve("taken");
    var target = Files.createDirectories(parent.resolve("inside"));
    assertThrows(
        UncheckedIOException.class, () -> AtomicFile.write(parent, channel -> text(channel, "x")));
    assertTrue(Files.isDirectory(target));
    var root = Path.of("/");
    assertThrows(
        UncheckedIOException.class, () -> AtomicFile.write(root, channel -> text(channel, "x")));
  }
}
