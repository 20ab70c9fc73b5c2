package org.espalier.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import org.espalier.DType;
import org.espalier.Shape;
import org.espalier.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ElementsTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static byte[] written(Tensor tensor, int room) throws IOException {
    var out = new ByteArrayOutputStream();
    Elements.write(Channels.newChannel(out), ByteBuffer.allocate(room), tensor);
    return out.toByteArray();
  }

  private static Tensor counting(DType dtype) {
    return Tensor.of(new float[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 3, 4).to(dtype);
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void writesAnyLayoutInRowMajorOrderWhateverFitsTheBuffer(DType dtype) throws IOException {
    var x = counting(dtype);
    for (var view :
        new Tensor[] {x, x.transpose(), x.slice(0, 1, 3), x.slice(1, 1, 3), x.slice(0, 1, 1)}) {
      for (int room : new int[] {8, 24, 1 << 16}) {
        var bytes = MemorySegment.ofArray(written(view, room));
        var read = TensorBytes.read(bytes, ByteOrder.LITTLE_ENDIAN, dtype, view.shape());
        assertArrayEquals(view.toDoubleArray(), read.toDoubleArray());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F16", "BF16"})
  void keepsEveryBitOfHalves(DType dtype) throws IOException {
    var bits = new short[1 << 16]; // all there are, signalling NaNs among them
    for (int i = 0; i < bits.length; i++) bits[i] = (short) i;
    var expected = ByteBuffer.allocate(2 * bits.length).order(ByteOrder.LITTLE_ENDIAN);
    expected.asShortBuffer().put(bits);
    assertArrayEquals(expected.array(), written(Tensor.of(dtype, bits), 1 << 10));
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void copiesNothingThatLiesInOrder(DType dtype) throws IOException {
    var large = Tensor.zeros(1 << 20).to(dtype);
    var channel = Channels.newChannel(OutputStream.nullOutputStream());
    var buffer = ByteBuffer.allocate(1 << 16);
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      Elements.write(channel, buffer, large);
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    assertTrue(least < 300_000, dtype + " allocated " + least);
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void bytesThatAreNotTheShapesAreRefused(DType dtype) {
    var bytes = MemorySegment.ofArray(new byte[6 * dtype.bytes() + 1]);
    var e =
        assertThrows(
            IllegalArgumentException.class,
            () -> TensorBytes.read(bytes, ByteOrder.LITTLE_ENDIAN, dtype, Shape.of(2, 3)));
    assertTrue(String.valueOf(e.getMessage()).contains("[2, 3]"), e.getMessage());
    var fits = bytes.asSlice(0, 6L * dtype.bytes());
    assertEquals(
        Shape.of(2, 3),
        TensorBytes.read(fits, ByteOrder.BIG_ENDIAN, dtype, Shape.of(2, 3)).shape());
  }

  @Test
  void readsBytesWithOneCopy() {
    var bytes = MemorySegment.ofArray(new byte[4 << 20]);
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      TensorBytes.read(bytes, ByteOrder.LITTLE_ENDIAN, DType.F32, Shape.of(1 << 20));
      least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
    }
    assertTrue(least < 5 << 20, "allocated " + least);
  }
}
