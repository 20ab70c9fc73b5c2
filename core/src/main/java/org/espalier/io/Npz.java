package org.espalier.io;

import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.espalier.Tensor;

/// Named arrays in NumPy's format `.npz`: a zip archive of [Npy] files, stored or deflated.
///
/// ```java
/// Npz.write(Path.of("data.npz"), Map.of("x", x, "labels", labels)); // np.load("data.npz")["x"]
/// try (var archive = Npz.open(Path.of("data.npz"))) {
///   Tensor x = archive.read("x");
/// }
/// ```
///
/// An array is unpacked when it is read, as far as its own header says and no farther, and its
/// checksum is compared. Members that are no arrays are passed over. Several threads may read.
public final class Npz implements AutoCloseable {
  private static final String ENDING = ".npy";

  /// What NumPy gives as the time of every member; the archive depends on the arrays alone.
  private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  private final String source;
  private final ZipFile zip;
  private final SequencedMap<String, ZipEntry> members = new LinkedHashMap<>();

  private Npz(String source, ZipFile zip) {
    this.source = source;
    this.zip = zip;
    zip.stream()
        .forEach(member -> {
          var name = member.getName();
          if (!name.endsWith(ENDING)) return;
          if (members.putIfAbsent(name.substring(0, name.length() - ENDING.length()), member)
              != null) {
            throw new FormatException(source, "there are two members " + name);
          }
        });
  }

  /// Opens an archive, which stays open until [#close].
  ///
  /// @throws FormatException when it is no zip archive, or has two members of one name
  /// @throws UncheckedIOException when it cannot be read
  public static Npz open(Path file) {
    try {
      var zip = new ZipFile(file.toFile());
      try {
        return new Npz(file.toString(), zip);
      } catch (RuntimeException e) {
        zip.close();
        throw e;
      }
    } catch (ZipException | EOFException e) { // the second when an end is noted beyond the end
      throw new FormatException(file.toString(), "not a zip archive: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open " + file + ": " + AtomicFile.describe(e), e);
    }
  }

  /// The names of the arrays, in the order of the archive.
  public SequencedSet<String> names() {
    return Collections.unmodifiableSequencedMap(members).sequencedKeySet();
  }

  /// Whether there is an array of this name.
  public boolean has(String name) {
    return members.containsKey(name);
  }

  /// Reads an array.
  ///
  /// @throws FormatException when there is none of this name, it is damaged, or no tensor can hold
  ///   it
  /// @throws UncheckedIOException when the archive cannot be read or is closed
  public Tensor read(String name) {
    var member = members.get(name);
    if (member == null) {
      throw new FormatException(
          source, "there is no array \"%s\" among its %d".formatted(name, members.size()));
    }
    var place = source + "!" + member.getName();
    var sum = new CRC32();
    try (var stream = zip.getInputStream(member);
        var checked = new CheckedInputStream(stream, sum)) {
      var tensor = Npy.next(place, checked);
      if (checked.read() >= 0) throw new FormatException(place, "more follows the array");
      if (sum.getValue() != member.getCrc()) {
        throw new FormatException(place, "damaged: its checksum is not that of the archive");
      }
      return tensor;
    } catch (ZipException | EOFException e) {
      throw new FormatException(place, "damaged: " + e.getMessage(), e);
    } catch (IllegalStateException e) {
      throw new UncheckedIOException(new IOException(source + " is closed", e));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + place + ": " + AtomicFile.describe(e), e);
    }
  }

  /// Closes the archive.
  @Override
  public void close() {
    try {
      zip.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + source, e);
    }
  }

  /// Writes arrays without compression, as `np.savez` does: weights hardly shrink. The archive
  /// replaces an older one in one step ([AtomicFile]).
  ///
  /// @param arrays by name; written in the order of a [SequencedMap], those of another map by name
  ///   in ascending order, so that the archive depends on them alone
  /// @throws IllegalArgumentException when a name is empty
  /// @throws UncheckedIOException when the disk refuses; an older file is then intact
  public static void write(Path file, Map<String, Tensor> arrays) {
    write(file, arrays, false);
  }

  /// Writes arrays deflated, as `np.savez_compressed` does; see [#write].
  public static void writeCompressed(Path file, Map<String, Tensor> arrays) {
    write(file, arrays, true);
  }

  private static void write(Path file, Map<String, Tensor> arrays, boolean deflated) {
    for (var name : arrays.keySet()) {
      if (name.isEmpty()) throw new IllegalArgumentException("an array without a name");
    }
    var ordered = arrays instanceof SequencedMap<String, Tensor> ? arrays : new TreeMap<>(arrays);
    AtomicFile.write(
        file,
        channel -> {
          var zip =
              new ZipOutputStream(new BufferedOutputStream(Channels.newOutputStream(channel)));
          for (var array : ordered.entrySet()) {
            var member = new ZipEntry(array.getKey() + ENDING);
            member.setTimeLocal(TIME);
            if (!deflated) measure(member, array.getValue());
            zip.putNextEntry(member);
            Npy.write(Channels.newChannel(zip), array.getValue());
            zip.closeEntry();
          }
          zip.finish();
          zip.flush();
        });
  }

  /// What is stored as it is announces its length and checksum before it comes.
  private static void measure(ZipEntry member, Tensor array) throws IOException {
    var counted = new CountedOutput();
    var summed = new CheckedOutputStream(counted, new CRC32());
    Npy.write(Channels.newChannel(summed), array);
    member.setMethod(ZipEntry.STORED);
    member.setSize(counted.bytes);
    member.setCompressedSize(counted.bytes);
    member.setCrc(summed.getChecksum().getValue());
  }

  private static final class CountedOutput extends OutputStream {
    private long bytes;

    @Override
    public void write(int b) {
      bytes++;
    }

    @Override
    public void write(byte[] b, int off, int len) {
      bytes += len;
    }
  }
}
