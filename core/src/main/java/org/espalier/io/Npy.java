package org.espalier.io;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;

/// One array in NumPy's format `.npy`, versions 1.0 to 3.0.
///
/// ```java
/// Npy.write(Path.of("x.npy"), Tensor.of(new float[] {1, 2, 3}));
/// Tensor x = Npy.read(Path.of("x.npy")); // np.load reads the same file
/// ```
///
/// Booleans and `i4`, `i8`, `f2`, `f4`, `f8` are read as they are, `i1`, `u1`, `i2`, `u2` as `I32`,
/// `u4` as `I64`; in either order of bytes, and of axes (the tensor is row-major). Others, and
/// above all pickled objects, are refused. Written are the bytes that NumPy writes; `BF16`, which
/// NumPy does not know, is written as `f4`, which holds every value of it.
public final class Npy {
  private static final int BUFFER = 1 << 16;

  private Npy() {}

  /// Reads a file.
  ///
  /// @throws FormatException when it is not exactly one array that a tensor can hold
  /// @throws UncheckedIOException when it cannot be read
  public static Tensor read(Path file) {
    var source = file.toString();
    try (var channel = FileChannel.open(file, StandardOpenOption.READ);
        var arena = Arena.ofShared()) {
      var header = NpyHeader.read(source, Channels.newInputStream(channel));
      long left = channel.size() - header.length();
      if (left != header.dataBytes()) {
        throw new FormatException(
            source,
            "the shape %s of %s takes %d bytes, but %d follow the header"
                .formatted(header.shape(), header.type(), header.dataBytes(), left));
      }
      var bytes = channel.map(FileChannel.MapMode.READ_ONLY, header.length(), left, arena);
      try {
        var stored =
            Elements.read(
                bytes, header.type(), header.order(), header.dtype(), storedShape(header));
        return rowMajor(header, stored);
      } catch (InternalError e) { // mapped memory without a file behind it
        throw new FormatException(source, "the file changed while it was read; read it again", e);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + AtomicFile.describe(e), e);
    }
  }

  /// Reads the next array of a stream, which then stands behind it and stays open; `source` names
  /// it in errors.
  ///
  /// @throws FormatException when the stream does not go on with an array that a tensor can hold
  /// @throws UncheckedIOException when it cannot be read
  public static Tensor read(String source, InputStream stream) {
    try {
      return next(source, stream);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + source + ": " + AtomicFile.describe(e), e);
    }
  }

  static Tensor next(String source, InputStream stream) throws IOException {
    var header = NpyHeader.read(source, stream);
    var stored =
        Elements.read(
            source, stream, header.type(), header.order(), header.dtype(), storedShape(header));
    return rowMajor(header, stored);
  }

  /// The shape in which elements follow each other: column-major is row-major with the axes turned
  /// round.
  private static Shape storedShape(NpyHeader header) {
    return header.columnMajor() ? reversed(header.shape()) : header.shape();
  }

  private static Shape reversed(Shape shape) {
    var sizes = new int[shape.rank()];
    for (int i = 0; i < sizes.length; i++) sizes[i] = shape.size(sizes.length - 1 - i);
    return Shape.of(sizes);
  }

  private static Tensor rowMajor(NpyHeader header, Tensor stored) {
    if (!header.columnMajor() || stored.rank() < 2) return stored;
    var axes = new int[stored.rank()];
    for (int i = 0; i < axes.length; i++) axes[i] = axes.length - 1 - i;
    return stored.permute(axes).contiguous();
  }

  /// Writes a file, which replaces an older one in one step ([AtomicFile]).
  ///
  /// @throws UncheckedIOException when the disk refuses; an older file is then intact
  public static void write(Path file, Tensor tensor) {
    AtomicFile.write(file, channel -> write(channel, tensor));
  }

  static void write(WritableByteChannel channel, Tensor tensor) throws IOException {
    var buffer = ByteBuffer.allocate(BUFFER);
    var header = ByteBuffer.wrap(NpyHeader.write(tensor.dtype(), tensor.shape()));
    while (header.hasRemaining()) channel.write(header);
    var storable = tensor.dtype() == DType.BF16 ? tensor.detach().to(DType.F32) : tensor;
    Elements.write(channel, buffer, storable);
  }
}
