package org.espalier.cuda;

import java.util.HashMap;
import java.util.Map;
import jcuda.driver.JCudaDriver;
import org.espalier.DType;
import org.espalier.spi.HalfStorage;
import org.espalier.spi.View;

/// Moving elements: copies, conversions, filling, choosing: `copy.cu`.
final class Copies {
  private static final int TILE = 32;
  private static final int TILE_ROWS = 8;

  /// The most blocks along the second and third axis of a grid.
  private static final int MOST_BLOCKS = 65535;

  private final CudaDevice device;
  private final Map<String, Kernel> kernels = new HashMap<>();

  /// Names the kernels of a device.
  Copies(CudaDevice device) {
    this.device = device;
  }

  /// `out = x` in the dtype of `out`.
  void copy(View x, View out) {
    int n = out.elements();
    if (n == 0) {
      return;
    }
    if (x.dtype() == out.dtype()) {
      move(x, out, n);
      return;
    }
    kernel("convert_" + DTypes.suffix(x.dtype()) + "_" + DTypes.suffix(out.dtype()))
        .each(n)
        .struct(Axes.of(x, out).members())
        .i32(n)
        .view(x)
        .view(out)
        .run();
  }

  private void move(View x, View out, int n) {
    if (x.isContiguous() && out.isContiguous()) {
      copyBytes(x, out);
      return;
    }
    Axes axes = Axes.of(x, out);
    if (isTranspose(axes)) {
      transpose(axes, x, out);
      return;
    }
    kernel("move_" + bits(x)).each(n).struct(axes.members()).i32(n).view(x).view(out).run();
  }

  private void copyBytes(View x, View out) {
    long bytes = (long) x.elements() * x.dtype().bytes();
    long from = CudaStorage.address(x, device);
    long to = CudaStorage.address(out, device);
    if (from == to) {
      return;
    }
    try (var _ = device.context().own()) {
      Stream stream = device.stream();
      stream.check(
          JCudaDriver.cuMemcpyDtoDAsync(
              new DevicePointer(to), new DevicePointer(from), bytes, stream.handle()),
          "copying " + bytes + " bytes on the device");
      stream.submit("a copy on the device");
    }
  }

  /// Tells whether rows of the one are columns of the other, maybe in a batch, and long enough for
  /// tiles.
  private static boolean isTranspose(Axes axes) {
    return axes.rank() >= 2
        && axes.rank() <= 3
        && axes.stride(1, 0) == 1
        && axes.stride(0, 1) == 1
        && axes.size(0) >= TILE_ROWS
        && axes.size(1) >= TILE_ROWS
        && (axes.rank() == 2 || axes.size(2) <= MOST_BLOCKS)
        && axes.size(0) <= (long) MOST_BLOCKS * TILE;
  }

  private void transpose(Axes axes, View x, View out) {
    int rows = axes.size(0);
    int columns = axes.size(1);
    boolean batch = axes.rank() == 3;
    kernel("transpose_" + bits(x))
        .grid(
            (columns + TILE - 1) / TILE,
            (rows + TILE - 1) / TILE,
            batch ? axes.size(2) : 1,
            TILE,
            TILE_ROWS,
            1)
        .i32(rows)
        .i32(columns)
        .i64(axes.stride(0, 0))
        .i64(batch ? axes.stride(0, 2) : 0)
        .i64(axes.stride(1, 1))
        .i64(batch ? axes.stride(1, 2) : 0)
        .view(x)
        .view(out)
        .run();
  }

  /// Sets every element.
  void fill(View out, double value) {
    int n = out.elements();
    if (n == 0) {
      return;
    }
    long pattern = pattern(out.dtype(), value);
    if (out.isContiguous() && isOneByteRepeated(pattern, out.dtype().bytes())) {
      clear(out, (byte) pattern);
      return;
    }
    kernel("fill_" + bits(out))
        .each(n)
        .struct(Axes.of(out).members())
        .i32(n)
        .i64(pattern)
        .view(out)
        .run();
  }

  private static boolean isOneByteRepeated(long pattern, int bytes) {
    long first = pattern & 0xff;
    for (int i = 1; i < bytes; i++) {
      if ((pattern >>> (Byte.SIZE * i) & 0xff) != first) {
        return false;
      }
    }
    return true;
  }

  private void clear(View out, byte value) {
    long bytes = (long) out.elements() * out.dtype().bytes();
    long to = CudaStorage.address(out, device);
    try (var _ = device.context().own()) {
      Stream stream = device.stream();
      stream.check(
          JCudaDriver.cuMemsetD8Async(new DevicePointer(to), value, bytes, stream.handle()),
          "setting " + bytes + " bytes");
      stream.submit("setting memory");
    }
  }

  /// Returns the bits of a number in a dtype, rounded as heap memory rounds it.
  private static long pattern(DType dtype, double value) {
    return switch (dtype) {
      case BOOL -> value != 0 ? 1 : 0;
      case I32 -> (int) value;
      case I64 -> (long) value;
      case F32 -> Float.floatToRawIntBits((float) value);
      case F64 -> Double.doubleToRawLongBits(value);
      case F16, BF16 -> {
        short[] bits = new short[1];
        new HalfStorage(dtype, bits, 1, null).setDouble(0, value);
        yield bits[0];
      }
    };
  }

  /// `out = condition ? a : b`.
  void select(View condition, View a, View b, View out) {
    int n = out.elements();
    if (n == 0) {
      return;
    }
    if (a.dtype() != out.dtype() || b.dtype() != out.dtype()) {
      throw DTypes.none("select of " + a.dtype() + " and " + b.dtype(), out.dtype());
    }
    kernel("select_" + bits(out))
        .each(n)
        .struct(Axes.of(condition, a, b, out).members())
        .i32(n)
        .view(condition)
        .view(a)
        .view(b)
        .view(out)
        .run();
  }

  private static int bits(View view) {
    return view.dtype().bytes() * Byte.SIZE;
  }

  private synchronized Kernel kernel(String name) {
    return kernels.computeIfAbsent(name, k -> device.kernel("copy", k));
  }
}
