package org.espalier.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.concurrent.ThreadLocalRandom;

/// Writes a file so that a reader, at any moment and after any crash, sees the old content or the
/// new one, and never a part of it.
///
/// The bytes go to a temporary file in the same folder, reach the disk (`fsync`), and then take the
/// place of the target in one atomic move. A process that is killed leaves at worst a stray
/// `.name.*.tmp` beside an intact target. A target that is a symbolic link stays one: the file it
/// leads to is replaced. A new file has the permissions of the one it replaces, where the file
/// system has such.
///
/// ```java
/// AtomicFile.write(path, channel -> channel.write(ByteBuffer.wrap(bytes)));
/// ```
public final class AtomicFile {
  /// As many as Linux follows.
  private static final int MOST_LINKS = 40;

  private AtomicFile() {}

  /// What goes into the file.
  @FunctionalInterface
  public interface Content {
    /// Writes everything to the channel, which stands at position 0.
    void writeTo(FileChannel channel) throws IOException;
  }

  /// Replaces `target` by `content`, creating the folder it lies in when that is missing.
  ///
  /// @throws UncheckedIOException when the disk refuses; the target is then as it was
  public static void write(Path target, Content content) {
    var absolute = followed(target);
    var folder = absolute.getParent();
    var name = absolute.getFileName();
    if (folder == null || name == null) {
      throw new UncheckedIOException(
          "cannot write to " + target + ": expected the path of a file",
          new IOException("not the path of a file"));
    }
    var suffix = Long.toHexString(ThreadLocalRandom.current().nextLong());
    var temporary = folder.resolve("." + name + "." + suffix + ".tmp");
    try {
      Files.createDirectories(folder);
      try {
        try (var channel =
            FileChannel.open(temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)) {
          copyPermissions(absolute, temporary); // before the content, which may be a secret
          content.writeTo(channel);
          channel.force(true);
        }
        move(temporary, absolute);
      } finally {
        Files.deleteIfExists(temporary);
      }
      syncFolder(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + target + ": " + describe(e), e);
    }
  }

  /// What the disk said; the exceptions of `java.nio.file` carry only a path as their message.
  static String describe(IOException e) {
    var kind = e.getClass().getSimpleName().replace("Exception", "");
    return kind.equals("IO") ? String.valueOf(e.getMessage()) : kind + " (" + e.getMessage() + ")";
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException _) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /// The file that a chain of symbolic links leads to, whether it is there or not.
  private static Path followed(Path target) {
    var path = target.toAbsolutePath();
    try {
      for (int links = 0; Files.isSymbolicLink(path); links++) {
        if (links == MOST_LINKS) throw new IOException("symbolic links that lead in a circle");
        path = path.resolveSibling(Files.readSymbolicLink(path));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + target + ": " + describe(e), e);
    }
    return path;
  }

  private static void copyPermissions(Path from, Path to) throws IOException {
    var old = Files.getFileAttributeView(from, PosixFileAttributeView.class);
    var fresh = Files.getFileAttributeView(to, PosixFileAttributeView.class);
    if (old == null || fresh == null || !Files.exists(from)) return;
    fresh.setPermissions(old.readAttributes().permissions());
  }

  /// Makes the names in a folder durable: what was created in it, moved or deleted. Some systems
  /// cannot open a folder: there the file system's own journal has to do.
  public static void syncFolder(Path folder) {
    try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException _) {
      return;
    }
  }
}
