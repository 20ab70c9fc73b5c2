package org.espalier.cuda;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import jcuda.driver.CUevent;
import jcuda.driver.JCudaDriver;
import org.espalier.spi.BoolStorage;
import org.espalier.spi.DoubleStorage;
import org.espalier.spi.FloatStorage;
import org.espalier.spi.HalfStorage;
import org.espalier.spi.HeapStorage;
import org.espalier.spi.IntStorage;
import org.espalier.spi.LongStorage;

/// Pinned host memory through which copies between the heap and a device go, in one direction.
///
/// A Java array may move while the device reads it, so it is copied here first. The memory is used
/// round and round in segments: short copies share one, long ones take several, which overlap. Each
/// has an event that tells when the device is done with it, and is written again only after that;
/// so a copy to the device returns before it has happened.
final class StagingRing implements AutoCloseable {
  private static final int SEGMENTS = 4;

  /// Large enough that the bus and not the driver's call takes the time.
  private static final int SEGMENT_BYTES = 1 << 20;

  /// Copies begin at multiples of it.
  private static final int ALIGNMENT = 16;

  private final Context context;
  private final Stream compute;
  private final Segment[] segments = new Segment[SEGMENTS];
  private int current;

  /// A part of the pinned memory.
  private static final class Segment {
    final PinnedMemory memory = new PinnedMemory(SEGMENT_BYTES);
    final CUevent done = Stream.event();
    long usedUntil;
    int used;
  }

  /// Some bytes of a segment, and where in a transfer they belong.
  private record Room(Segment segment, int begin, long offset, int bytes) {
    HostPointer pointer() {
      return segment.memory.at(begin);
    }
  }

  /// Makes a ring.
  ///
  /// @param compute the stream that waits for each copy, so that its progress is theirs
  StagingRing(Context context, Stream compute) {
    this.context = context;
    this.compute = compute;
    try (var _ = context.own()) {
      for (int i = 0; i < SEGMENTS; i++) {
        segments[i] = new Segment();
      }
    }
  }

  /// Queues a copy of the first bytes of host memory to the device; returns when it may change. The
  /// caller owns the context.
  void upload(MemorySegment from, long device, long bytes, Stream stream) {
    for (long at = 0; at < bytes; at += SEGMENT_BYTES) {
      Room room = take(at, bytes, stream);
      MemorySegment.copy(from, at, room.segment.memory.segment(), room.begin, room.bytes);
      stream.check(
          JCudaDriver.cuMemcpyHtoDAsync(
              new DevicePointer(device + at), room.pointer(), room.bytes, stream.handle()),
          "copying " + room.bytes + " bytes to the device");
      stream.submit("a copy to the device");
    }
  }

  /// Copies bytes of the device to the begin of an array, and waits for all work before and for
  /// them. The caller owns the context.
  void download(long device, HeapStorage host, long bytes) {
    MemorySegment to = segment(host);
    ArrayDeque<Room> waiting = new ArrayDeque<>();
    for (long at = 0; at < bytes; at += SEGMENT_BYTES) {
      if (waiting.size() == SEGMENTS - 1) {
        Room oldest = waiting.removeFirst();
        await(oldest.segment);
        land(oldest, to);
      }
      Room room = take(at, bytes, compute);
      compute.check(
          JCudaDriver.cuMemcpyDtoHAsync(
              room.pointer(), new DevicePointer(device + at), room.bytes, compute.handle()),
          "copying " + room.bytes + " bytes from the device");
      compute.submit("a copy from the device");
      waiting.addLast(room);
    }
    compute.synchronize();
    for (Room room : waiting) {
      land(room, to);
    }
  }

  private static void land(Room room, MemorySegment to) {
    MemorySegment.copy(room.segment.memory.segment(), room.begin, to, room.offset, room.bytes);
  }

  /// Returns pinned memory for the bytes of a transfer from `at` on, at most a segment.
  private Room take(long at, long all, Stream stream) {
    int bytes = (int) Math.min(SEGMENT_BYTES, all - at);
    Segment segment = segments[current];
    if (segment.used + bytes > SEGMENT_BYTES) {
      stream.record(segment.done);
      // The compute stream will wait for the copy, which counts as a piece of its work.
      segment.usedUntil = compute.submitted() + 1;
      current = (current + 1) % SEGMENTS;
      segment = segments[current];
      await(segment);
      segment.used = 0;
    }
    Room room = new Room(segment, segment.used, at, bytes);
    segment.used += (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return room;
  }

  private void await(Segment segment) {
    if (!compute.isDone(segment.usedUntil)) {
      compute.check(JCudaDriver.cuEventSynchronize(segment.done), "waiting for a copy");
    }
  }

  /// Returns the elements of heap memory as bytes.
  static MemorySegment segment(HeapStorage host) {
    return switch (host) {
      case FloatStorage s -> MemorySegment.ofArray(s.array());
      case DoubleStorage s -> MemorySegment.ofArray(s.array());
      case HalfStorage s -> MemorySegment.ofArray(s.array());
      case IntStorage s -> MemorySegment.ofArray(s.array());
      case LongStorage s -> MemorySegment.ofArray(s.array());
      case BoolStorage s -> MemorySegment.ofArray(s.array());
    };
  }

  @Override
  public void close() {
    try (var _ = context.own()) {
      for (Segment segment : segments) {
        Driver.check(JCudaDriver.cuEventDestroy(segment.done), "closing an event");
        segment.memory.close();
      }
    }
  }
}
