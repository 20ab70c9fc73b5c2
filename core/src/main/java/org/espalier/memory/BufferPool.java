package org.espalier.memory;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.espalier.DType;
import org.espalier.TensorException;
import org.espalier.meter.Flight;
import org.espalier.spi.BoolStorage;
import org.espalier.spi.DoubleStorage;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.HalfStorage;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.IntStorage;
import org.espalier.spi.LongStorage;
import org.jspecify.annotations.Nullable;

/// Primitive arrays that go from one tensor to the next.
///
/// A training step makes and drops the same sizes again and again; fresh arrays would have to be
/// zeroed and collected each time. An array is handed out as a [HeapStorage] that brings it back
/// when its last holder lets go. The pool keeps at most a given number of free bytes: what is
/// beyond goes to the garbage collector, the sizes that were not asked for longest first. Any
/// thread may take and give back; a request that is answered from the pool makes no object but the
/// storage.
public final class BufferPool {
  private final long maxBytes;
  private final boolean poison;
  private final HeapStorage.Recycler recycler = this::giveBack;
  private final Map<DType, Shelf[]> shelves = new EnumMap<>(DType.class);
  private final AtomicLong live = new AtomicLong();
  private final AtomicLong peak = new AtomicLong();
  private final AtomicLong pooled = new AtomicLong();
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final AtomicLong clock = new AtomicLong();

  private static final class Shared {
    static final BufferPool POOL = PoolSettings.read();
  }

  /// Makes a pool of its own.
  ///
  /// @param maxBytes the most bytes that may lie free; 0 keeps nothing
  /// @param poison whether arrays that nobody owns are filled with NaN, or the smallest integer, so
  ///   that whoever still reads them notices
  /// @throws TensorException when `maxBytes` is negative
  public BufferPool(long maxBytes, boolean poison) {
    if (maxBytes < 0) {
      throw new TensorException("a buffer pool cannot keep " + maxBytes + " bytes; use 0 or more");
    }
    this.maxBytes = maxBytes;
    this.poison = poison;
    for (DType dtype : DType.values()) {
      Shelf[] ofDtype = new Shelf[SizeClasses.COUNT];
      Arrays.setAll(ofDtype, c -> new Shelf((long) SizeClasses.length(c) * dtype.bytes()));
      shelves.put(dtype, ofDtype);
    }
  }

  /// Returns the pool of the backends on the heap. It keeps a quarter of the largest heap, or the
  /// bytes of the system property `espalier.pool.maxBytes`; `espalier.poison=true` fills free
  /// arrays with NaN.
  public static BufferPool shared() {
    return Shared.POOL;
  }

  /// Returns memory for `size` elements with undefined contents and no holder yet.
  ///
  /// @throws TensorException when `size` is negative
  /// @throws OutOfMemoryError when the heap is full, even without the free arrays kept here
  public HeapStorage take(DType dtype, int size) {
    if (size < 0) {
      throw new TensorException(
          "cannot allocate " + size + " elements; the size must be 0 or more");
    }
    int sizeClass = SizeClasses.of(size);
    Shelf shelf = shelf(dtype, sizeClass);
    shelf.lastUse = clock.incrementAndGet();
    Object array = shelf.pop();
    if (array != null) {
      pooled.addAndGet(-shelf.bytes);
      hits.increment();
    } else {
      array = create(dtype, SizeClasses.length(sizeClass));
      misses.increment();
      Flight.pool("miss", shelf.bytes, this);
    }
    long now = live.addAndGet(shelf.bytes);
    if (now > peak.get()) {
      peak.accumulateAndGet(now, Math::max);
    }
    return switch (dtype) {
      case BOOL -> new BoolStorage((byte[]) array, size, recycler);
      case I32 -> new IntStorage((int[]) array, size, recycler);
      case I64 -> new LongStorage((long[]) array, size, recycler);
      case F16, BF16 -> new HalfStorage(dtype, (short[]) array, size, recycler);
      case F32 -> new FloatStorage((float[]) array, size, recycler);
      case F64 -> new DoubleStorage((double[]) array, size, recycler);
    };
  }

  /// Hands all free arrays to the garbage collector.
  public void trim() {
    long before = pooled.get();
    for (Shelf[] ofDtype : shelves.values()) {
      for (Shelf shelf : ofDtype) {
        while (drop(shelf)) {}
      }
    }
    Flight.pool("trim", before - pooled.get(), this);
  }

  /// Returns the bytes of the array that a request takes.
  public static long bytes(DType dtype, int size) {
    return (long) SizeClasses.length(SizeClasses.of(size)) * dtype.bytes();
  }

  /// Lets the peak begin again at what is live now.
  public void resetPeak() {
    peak.set(live.get());
  }

  /// Returns what the pool has done so far; a snapshot of counters that other threads may be
  /// moving.
  public PoolStats stats() {
    return new PoolStats(live.get(), pooled.get(), peak.get(), hits.sum(), misses.sum());
  }

  private Object create(DType dtype, int length) {
    Object array;
    try {
      array = newArray(dtype, length);
    } catch (OutOfMemoryError full) {
      trim();
      array = newArray(dtype, length);
    }
    if (poison) {
      spoil(array);
    }
    return array;
  }

  private static Object newArray(DType dtype, int length) {
    return switch (dtype) {
      case BOOL -> new byte[length];
      case I32 -> new int[length];
      case I64 -> new long[length];
      case F16, BF16 -> new short[length];
      case F32 -> new float[length];
      case F64 -> new double[length];
    };
  }

  private void giveBack(Object array) {
    Shelf shelf =
        switch (array) {
          case byte[] a -> shelf(DType.BOOL, SizeClasses.of(a.length));
          case int[] a -> shelf(DType.I32, SizeClasses.of(a.length));
          case long[] a -> shelf(DType.I64, SizeClasses.of(a.length));
          case short[] a -> shelf(DType.F16, SizeClasses.of(a.length));
          case float[] a -> shelf(DType.F32, SizeClasses.of(a.length));
          case double[] a -> shelf(DType.F64, SizeClasses.of(a.length));
          default -> throw new TensorException("not an array of a tensor: " + array.getClass());
        };
    if (poison) {
      shelf.refuse(array);
      spoil(array);
    }
    live.addAndGet(-shelf.bytes);
    if (shelf.bytes > maxBytes) {
      return;
    }
    shelf.lastUse = clock.incrementAndGet();
    long now = pooled.addAndGet(shelf.bytes);
    shelf.push(array);
    while (now > maxBytes && dropOldest()) {
      now = pooled.get();
    }
  }

  private Shelf shelf(DType dtype, int sizeClass) {
    // F16 and BF16 share their arrays.
    DType stored = dtype == DType.BF16 ? DType.F16 : dtype;
    return Objects.requireNonNull(shelves.get(stored))[sizeClass];
  }

  /// Drops an array of the size that was not used for longest; false when there is none at all.
  private boolean dropOldest() {
    while (true) {
      Shelf oldest = null;
      for (Shelf[] ofDtype : shelves.values()) {
        for (Shelf shelf : ofDtype) {
          if (!shelf.isEmpty() && (oldest == null || shelf.lastUse < oldest.lastUse)) {
            oldest = shelf;
          }
        }
      }
      if (oldest == null || drop(oldest)) {
        return oldest != null;
      }
    }
  }

  private boolean drop(Shelf shelf) {
    @Nullable Object array = shelf.pop();
    if (array == null) {
      return false;
    }
    pooled.addAndGet(-shelf.bytes);
    return true;
  }

  private static void spoil(Object array) {
    switch (array) {
      case byte[] a -> Arrays.fill(a, Byte.MIN_VALUE);
      case int[] a -> Arrays.fill(a, Integer.MIN_VALUE);
      case long[] a -> Arrays.fill(a, Long.MIN_VALUE);
      case short[] a -> Arrays.fill(a, (short) -1);
      case float[] a -> Arrays.fill(a, Float.NaN);
      case double[] a -> Arrays.fill(a, Double.NaN);
      default -> throw new TensorException("not an array of a tensor: " + array.getClass());
    }
  }
}
