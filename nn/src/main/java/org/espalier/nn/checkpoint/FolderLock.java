package org.espalier.nn.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.FileLockInterruptionException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The right to replace a folder, which one thread of one process has at a time: `.name.lock`
/// beside the folder, locked by the operating system. A process that dies lets go.
final class FolderLock implements AutoCloseable {
  /// An operating system's lock belongs to a process, and goes when the process closes any channel
  /// of the file: so the threads of this one come one by one.
  private static final ReentrantLock THREADS = new ReentrantLock();

  /// The one byte that is locked, far behind the few that are written and read.
  private static final long BYTE = Long.MAX_VALUE - 1;

  private final Path file;
  private final FileChannel channel;
  private final @Nullable FileLock lock;

  private FolderLock(Path file, FileChannel channel, @Nullable FileLock lock) {
    this.file = file;
    this.channel = channel;
    this.lock = lock;
  }

  /// Waits until nobody else replaces the folder.
  ///
  /// @throws IOException when the file of the lock cannot be made
  static FolderLock of(Path folder) throws IOException {
    var file = folder.resolveSibling("." + folder.getFileName() + ".lock");
    THREADS.lock();
    boolean taken = false;
    try {
      while (true) {
        var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
          var lock = lock(channel);
          if (lock == null || isAt(file, channel)) {
            taken = true;
            return new FolderLock(file, channel, lock);
          }
        } finally {
          if (!taken) channel.close();
        }
      }
    } finally {
      if (!taken) THREADS.unlock();
    }
  }

  /// Null on the few file systems that know no locks.
  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.lock(BYTE, 1, false);
    } catch (FileLockInterruptionException e) {
      throw e;
    } catch (IOException _) {
      return null;
    }
  }

  /// Whether the locked file is the one of that name: whoever had the lock before may have deleted
  /// it, and a third process have made a new one.
  private static boolean isAt(Path file, FileChannel channel) throws IOException {
    var token = UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII);
    channel.write(ByteBuffer.wrap(token), 0);
    try {
      return Arrays.equals(token, Files.readAllBytes(file));
    } catch (NoSuchFileException _) {
      return false;
    }
  }

  /// Whether the operating system keeps others out.
  boolean isHeld() {
    return lock != null;
  }

  @Override
  public void close() throws IOException {
    try {
      if (isHeld()) Files.deleteIfExists(file);
    } finally {
      try {
        channel.close();
      } finally {
        THREADS.unlock();
      }
    }
  }
}
