package org.espalier.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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

  @Test
  void writesThroughASymbolicLink() throws IOException {
    var real = folder.resolve("disk/state.bin");
    Files.createDirectories(real.resolveSibling(""));
    var link = folder.resolve("state.bin");
    var second = folder.resolve("second.bin");
    Files.createSymbolicLink(link, Path.of("disk", "state.bin"));
    Files.createSymbolicLink(second, link);
    for (var content : List.of("the first, where the link leads nowhere yet", "the second")) {
      AtomicFile.write(second, channel -> text(channel, content));
      assertTrue(Files.isSymbolicLink(link) && Files.isSymbolicLink(second));
      assertFalse(Files.isSymbolicLink(real));
      assertEquals(content, Files.readString(real));
    }
    var loop = folder.resolve("loop");
    Files.createSymbolicLink(loop, loop);
    assertThrows(
        UncheckedIOException.class, () -> AtomicFile.write(loop, channel -> text(channel, "x")));
  }

  @Test
  void keepsThePermissionsOfTheOldFileFromTheFirstByteOn() throws IOException {
    var file = folder.resolve("secret.bin");
    Files.writeString(file, "old");
    for (var mode : List.of("rw-------", "rw-rw-r--")) {
      var permissions = PosixFilePermissions.fromString(mode);
      Files.setPosixFilePermissions(file, permissions);
      AtomicFile.write(
          file,
          channel -> {
            text(channel, "new");
            for (var name : files()) {
              assertEquals(permissions, Files.getPosixFilePermissions(folder.resolve(name)), name);
            }
          });
      assertEquals(permissions, Files.getPosixFilePermissions(file));
    }
  }
}
