package org.espalier.io;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import org.espalier.DType;
import org.espalier.Device;
import org.espalier.Scope;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.espalier.engine.Backends;
import org.espalier.engine.Handles;
import org.espalier.spi.BoolStorage;
import org.espalier.spi.DoubleStorage;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.HalfStorage;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.IntStorage;
import org.espalier.spi.Layout;
import org.espalier.spi.LongStorage;
import org.espalier.spi.View;

/// The elements of tensors in files: how those of each type become a tensor, and back.
final class Elements {
  /// Elements that are taken from a stream at a time.
  private static final int CHUNK = 1 << 13;

  /// Bytes of a mapped file from which its pages are worth giving back.
  private static final int LEAST_UNLOADED = 1 << 16;

  /// Elements for which there is room from the start, whatever a header claims.
  private static final int FIRST = 1 << 16;

  private Elements() {}

  /// Reads all elements of a tensor from memory, usually that of a mapped file: the one copy is the
  /// one to the heap.
  ///
  /// @param dtype what `type` is read as
  static Tensor read(
      MemorySegment bytes, SafetensorsType type, ByteOrder order, DType dtype, Shape shape) {
    var storage = (HeapStorage) Backends.of(Device.CPU).allocate(dtype, shape.elements());
    decode(bytes, type, order, storage.rawArray(), 0, shape.elements());
    unload(bytes);
    return Handles.wrap(new View(storage, Layout.contiguous(shape)), Device.CPU);
  }

  /// Gives the pages of a mapped file back that have been read: they would count as this process's
  /// memory for as long as the file is open, a second copy of every weight of a model. Whoever
  /// reads them again finds them in the system's cache.
  static void unload(MemorySegment bytes) {
    if (bytes.isMapped() && bytes.byteSize() >= LEAST_UNLOADED) {
      bytes.unload();
    }
  }

  /// Reads all elements of a tensor from a stream, and no byte more. Memory grows with what has
  /// arrived, so that a short stream behind a large claim costs little.
  ///
  /// @throws FormatException when the stream ends before
  static Tensor read(
      String source,
      InputStream stream,
      SafetensorsType type,
      ByteOrder order,
      DType dtype,
      Shape shape)
      throws IOException {
    int elements = shape.elements();
    int size = type.bits() / 8;
    var array = array(dtype, Math.min(elements, FIRST));
    int room = Math.min(elements, FIRST);
    var buffer = new byte[Math.min(elements, CHUNK) * size];
    for (int at = 0; at < elements; ) {
      int count = Math.min(CHUNK, elements - at);
      int got = stream.readNBytes(buffer, 0, count * size);
      if (got < count * size) {
        throw new FormatException(
            source,
            "cut short: shape %s takes %d bytes, but they end after %d"
                .formatted(shape, (long) elements * size, (long) at * size + got));
      }
      if (at + count > room) {
        room = (int) Math.min(elements, 2L * room);
        array = grown(array, room);
      }
      decode(MemorySegment.ofArray(buffer), type, order, array, at, count);
      at += count;
    }
    return wrapped(array, dtype, shape);
  }

  /// Decodes `count` elements from the start of `bytes` into `array` from `at` on.
  static void decode(
      MemorySegment bytes, SafetensorsType type, ByteOrder order, Object array, int at, int count) {
    var shorts = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(order);
    var ints = ValueLayout.JAVA_INT_UNALIGNED.withOrder(order);
    switch (type) {
      case BOOL -> {
        var y = (byte[]) array;
        for (int i = 0; i < count; i++) {
          y[at + i] = (byte) (bytes.get(ValueLayout.JAVA_BYTE, i) == 0 ? 0 : 1);
        }
      }
      case U8 -> {
        var y = (int[]) array;
        for (int i = 0; i < count; i++) y[at + i] = bytes.get(ValueLayout.JAVA_BYTE, i) & 0xFF;
      }
      case I8 -> {
        var y = (int[]) array;
        for (int i = 0; i < count; i++) y[at + i] = bytes.get(ValueLayout.JAVA_BYTE, i);
      }
      case U16 -> {
        var y = (int[]) array;
        for (int i = 0; i < count; i++) y[at + i] = bytes.get(shorts, 2L * i) & 0xFFFF;
      }
      case I16 -> {
        var y = (int[]) array;
        for (int i = 0; i < count; i++) y[at + i] = bytes.get(shorts, 2L * i);
      }
      case U32 -> {
        var y = (long[]) array;
        for (int i = 0; i < count; i++) {
          y[at + i] = Integer.toUnsignedLong(bytes.get(ints, 4L * i));
        }
      }
      case F16, BF16 -> MemorySegment.copy(bytes, shorts, 0, array, at, count);
      case I32 -> MemorySegment.copy(bytes, ints, 0, array, at, count);
      case F32 ->
          MemorySegment.copy(
              bytes, ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(order), 0, array, at, count);
      case F64 ->
          MemorySegment.copy(
              bytes, ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(order), 0, array, at, count);
      case I64 ->
          MemorySegment.copy(
              bytes, ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order), 0, array, at, count);
      case F4, F6_E2M3, F6_E3M2, F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ, C64, U64 ->
          throw new IllegalArgumentException(type + " is not read");
    }
  }

  private static Object array(DType dtype, int size) {
    return switch (dtype) {
      case BOOL -> new byte[size];
      case I32 -> new int[size];
      case I64 -> new long[size];
      case F16, BF16 -> new short[size];
      case F32 -> new float[size];
      case F64 -> new double[size];
    };
  }

  private static Object grown(Object array, int size) {
    return switch (array) {
      case byte[] a -> Arrays.copyOf(a, size);
      case short[] a -> Arrays.copyOf(a, size);
      case int[] a -> Arrays.copyOf(a, size);
      case long[] a -> Arrays.copyOf(a, size);
      case float[] a -> Arrays.copyOf(a, size);
      case double[] a -> Arrays.copyOf(a, size);
      default -> throw new IllegalArgumentException(array.getClass().getName());
    };
  }

  @SuppressWarnings("SuspiciousSystemArraycopy") // both are the array of the one dtype
  private static Tensor wrapped(Object array, DType dtype, Shape shape) {
    var storage = (HeapStorage) Backends.of(Device.CPU).allocate(dtype, shape.elements());
    System.arraycopy(array, 0, storage.rawArray(), 0, shape.elements());
    return Handles.wrap(new View(storage, Layout.contiguous(shape)), Device.CPU);
  }

  /// Writes the elements of a tensor, little-endian, in row-major order: slices of its own memory
  /// when that has this order, otherwise of one copy.
  ///
  /// @param buffer empty, of some kilobytes; it is empty again afterwards
  static void write(WritableByteChannel channel, ByteBuffer buffer, Tensor tensor)
      throws IOException {
    buffer.order(ByteOrder.LITTLE_ENDIAN);
    try (var _ = Scope.open()) {
      var ordered = Handles.view(tensor.detach().to(Device.CPU).contiguous());
      int size = tensor.dtype().bytes();
      int end = ordered.offset() + ordered.elements();
      for (int from = ordered.offset(); from < end; ) {
        int count = Math.min(end - from, buffer.remaining() / size);
        put(buffer, ordered.heap(), from, count);
        buffer.position(buffer.position() + count * size);
        drain(channel, buffer);
        from += count;
      }
    }
  }

  /// Puts elements behind the buffer's position, which stays.
  private static void put(ByteBuffer buffer, HeapStorage storage, int from, int count) {
    switch (storage) {
      case FloatStorage floats -> buffer.asFloatBuffer().put(floats.array(), from, count);
      case DoubleStorage doubles -> buffer.asDoubleBuffer().put(doubles.array(), from, count);
      case HalfStorage halves -> buffer.asShortBuffer().put(halves.array(), from, count);
      case IntStorage ints -> buffer.asIntBuffer().put(ints.array(), from, count);
      case LongStorage longs -> buffer.asLongBuffer().put(longs.array(), from, count);
      case BoolStorage bools -> buffer.slice().put(bools.array(), from, count);
    }
  }

  /// Writes what is in the buffer, and empties it.
  static void drain(WritableByteChannel channel, ByteBuffer buffer) throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) channel.write(buffer);
    buffer.clear();
  }
}
