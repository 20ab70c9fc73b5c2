package org.espalier.meter;

import org.espalier.Shape;
import org.espalier.profile.Phase;
import org.jspecify.annotations.Nullable;

/// An op on its way forward or backward, or a kernel that ran outside any op; closed when it ends,
/// on the thread that began it.
///
/// What an op does inside another is the inner one's: times, operations and bytes are a frame's
/// own, and so add up.
public final class Frame implements AutoCloseable {
  private final String name;
  private final Phase phase;
  private final Shape[] shapes;
  private final @Nullable Frame parent;
  private final @Nullable Object event;
  private final long start;
  private long nanos;
  private long innerNanos;
  private long flops;
  private long bytes;
  private int kernels;
  int delegated;

  Frame(String name, Phase phase, Shape[] shapes, @Nullable Frame parent) {
    this.name = name;
    this.phase = phase;
    this.shapes = shapes;
    this.parent = parent;
    this.event = Flight.begin();
    this.start = System.nanoTime();
  }

  void kernel(long moreFlops, long moreBytes) {
    kernels++;
    flops += moreFlops;
    bytes += moreBytes;
  }

  @Override
  public void close() {
    nanos = System.nanoTime() - start;
    if (parent != null) {
      parent.innerNanos += nanos;
    }
    Meter.leave(this);
  }

  /// Returns the name of the op or kernel.
  public String name() {
    return name;
  }

  /// Returns which way the op went.
  public Phase phase() {
    return phase;
  }

  /// Returns when it began, by `System.nanoTime`.
  public long start() {
    return start;
  }

  /// Returns the nanoseconds it took without those of the frames inside it.
  public long ownNanos() {
    return nanos - innerNanos;
  }

  /// Returns the floating-point operations of its products; 0 where none are counted.
  public long flops() {
    return flops;
  }

  /// Returns the bytes that its kernels had to read and write.
  public long bytes() {
    return bytes;
  }

  /// Returns the number of its kernels.
  public int kernels() {
    return kernels;
  }

  /// Returns how many of its kernels the reference backend computed.
  public int delegated() {
    return delegated;
  }

  /// Returns the shapes of its inputs.
  String shapes() {
    StringBuilder s = new StringBuilder();
    for (Shape shape : shapes) {
      s.append(s.isEmpty() ? "" : " ").append(shape);
    }
    return s.toString();
  }

  @Nullable Frame parent() {
    return parent;
  }

  @Nullable Object event() {
    return event;
  }
}
