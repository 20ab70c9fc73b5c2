package org.espalier.nn.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.espalier.io.AtomicFile;
import org.jspecify.annotations.Nullable;

/// Replaces a folder of files so that after a crash at any moment the old one or the new one is
/// there, whole.
///
/// No file system exchanges two folders in one portable step, so there are two: the old folder
/// becomes `.name.*.old`, then the new one, complete as `.name.*.tmp`, takes its name. A crash
/// between them leaves no folder of that name; [#restore] then gives the old one its name back, on
/// the next reading or writing. What else a crash leaves behind, the next writing deletes.
final class AtomicFolder {
  private final Path target;

  /// @param target the folder, which a symbolic link may lead to
  AtomicFolder(Path target) {
    this.target = followed(target.toAbsolutePath().normalize());
  }

  private static Path followed(Path target) {
    try {
      return target.toRealPath();
    } catch (IOException _) {
      return target; // not there yet
    }
  }

  /// Fills a new folder, or leaves the old one.
  @FunctionalInterface
  interface Content {
    /// Writes files, and no folders, into an empty folder.
    ///
    /// @param folder where to write
    /// @param old the folder that this one will replace, perhaps not there
    void writeTo(Path folder, Path old) throws IOException;
  }

  /// Writes the folder.
  ///
  /// @throws IOException when the disk refuses; an older folder is then as it was
  void write(Content content) throws IOException {
    write(content, _ -> {});
  }

  /// Writes the folder, and tells before each step what it will be.
  void write(Content content, Consumer<String> before) throws IOException {
    var parent = target.getParent();
    if (parent == null) throw new IOException("the root of a disk cannot be replaced");
    Files.createDirectories(parent);
    try (var lock = FolderLock.of(target)) {
      restoreLocked();
      if (lock.isHeld()) siblings("tmp|old").forEach(AtomicFolder::deleteStale);
      var suffix = Long.toHexString(ThreadLocalRandom.current().nextLong());
      var temporary = sibling(suffix, "tmp");
      before.accept("write");
      Files.createDirectory(temporary);
      try {
        content.writeTo(temporary, target);
        AtomicFile.syncFolder(temporary);
        replace(temporary, sibling(suffix, "old"), before);
      } finally {
        delete(temporary);
      }
      before.accept("unlock");
    }
  }

  private void replace(Path temporary, Path old, Consumer<String> before) throws IOException {
    boolean replaces = Files.exists(target);
    before.accept("move the old away");
    if (replaces) Files.move(target, old);
    try {
      before.accept("move the new in");
      Files.move(temporary, target);
    } catch (IOException | RuntimeException e) {
      if (replaces) Files.move(old, target);
      throw e;
    }
    before.accept("make it durable");
    AtomicFile.syncFolder(temporary.resolveSibling(""));
    before.accept("delete the old");
    if (replaces) deleteStale(old);
  }

  /// Gives the old folder its name back when a crash left none of that name. Waits for a process
  /// that is between the two steps right now.
  ///
  /// @return whether there is a folder now
  /// @throws IOException when the disk refuses
  boolean restore() throws IOException {
    if (Files.exists(target)) return true;
    if (siblings("old").isEmpty()) return Files.exists(target); // or it came just now
    try (var _ = FolderLock.of(target)) {
      restoreLocked();
    }
    return Files.exists(target);
  }

  private void restoreLocked() throws IOException {
    if (Files.exists(target)) return;
    var newest =
        siblings("old").stream()
            .max(Comparator.comparingLong((Path old) -> old.toFile().lastModified()));
    if (newest.isEmpty()) return;
    Files.move(newest.get(), target);
    AtomicFile.syncFolder(target.resolveSibling(""));
  }

  /// What tells a folder from one that took its name later; null when it is not there.
  static @Nullable Object identity(Path folder) {
    try {
      var attributes = Files.readAttributes(folder, BasicFileAttributes.class);
      // a number may be given to another folder again, but not with the same time of birth
      return List.of(String.valueOf(attributes.fileKey()), attributes.creationTime());
    } catch (IOException _) {
      return null;
    }
  }

  private Path sibling(String suffix, String ending) {
    return target.resolveSibling("." + target.getFileName() + "." + suffix + "." + ending);
  }

  /// The folders that writing this one left behind, or is making right now.
  private List<Path> siblings(String endings) throws IOException {
    var ours =
        Pattern.compile(
            Pattern.quote("." + target.getFileName() + ".") + "[0-9a-f]{1,16}\\.(" + endings + ")");
    var found = new ArrayList<Path>();
    var parent = target.getParent();
    if (parent == null || !Files.isDirectory(parent)) return found;
    try (var files = Files.newDirectoryStream(parent, "." + "*")) {
      for (var file : files) {
        if (ours.matcher(String.valueOf(file.getFileName())).matches() && Files.isDirectory(file)) {
          found.add(file);
        }
      }
    }
    return found;
  }

  /// Deletes what is of no use any more; what cannot be deleted now is the next writing's.
  private static void deleteStale(Path folder) {
    try {
      delete(folder);
    } catch (IOException _) {
      return;
    }
  }

  /// Deletes a folder of files, if it is there.
  private static void delete(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) return;
    try (var files = Files.newDirectoryStream(folder)) {
      for (var file : files) Files.delete(file);
    }
    Files.delete(folder);
  }
}
