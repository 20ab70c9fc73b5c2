package org.espalier.cuda;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.espalier.TensorException;
import org.jspecify.annotations.Nullable;

/// The memory of a device: blocks that wait for the next tensor of their size instead of going back
/// to the driver, because `cuMemFree` waits for all work and `cuMemAlloc` is slow.
///
/// A block is handed out again at once, though kernels that use it may still be queued: the next
/// user's kernels come after them on the one stream that computes. When the driver has no memory
/// left, first the free blocks go back to it, then the garbage collector is asked for tensors that
/// nobody holds; after that the error tells the numbers. Any thread may take and give back.
///
/// What is taken while a step is recorded belongs to recorded steps until the last that uses it is
/// dropped: each of its runs writes there again. Recorded steps share it, for they run one after
/// another, and what one of them leaves there means nothing to the next.
///
/// What a block has more than its tensor hides accesses beyond the end from the tools that look for
/// them. With `-Despalier.cuda.memory=exact` each tensor has a block of its very size, which goes
/// back to the driver before the next is asked for: slow, for tests and for `compute-sanitizer`.
final class DeviceMemory implements AutoCloseable {
  /// How often the collector is given time to find tensors without holders.
  private static final int COLLECTIONS = 3;

  private static final long PAUSE_MILLIS = 20;

  /// Names how memory is had: `cached` or `exact`.
  static final String MODE = "espalier.cuda.memory";

  private static final String CACHED = "cached";
  private static final String EXACT = "exact";
  private static final int NO_CLASS = -1;

  private final String name;
  private final Context context;
  private final Stream stream;
  private final boolean exact = isExact();
  private final ArrayDeque<Block>[] free;
  private final ArrayDeque<Block> retired = new ArrayDeque<>();
  private final ArrayDeque<Block>[] recordedFree;
  private final Set<Block> blocks = new HashSet<>();
  private volatile @Nullable Set<Block> recording;
  private boolean closed;

  /// Whether there was no memory left while a step was recorded.
  private boolean wantsRoom;

  private long recordedBytes;
  private long liveBlocks;
  private long liveBytes;
  private long cachedBytes;
  private long peakBytes;
  private long hits;
  private long misses;
  private long recoveries;

  /// Makes the memory of a device.
  ///
  /// @param stream on which all blocks are used
  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of deques
  DeviceMemory(String name, Context context, Stream stream) {
    this.name = name;
    this.context = context;
    this.stream = stream;
    free = new ArrayDeque[SizeClasses.COUNT];
    recordedFree = new ArrayDeque[SizeClasses.COUNT];
    for (int i = 0; i < free.length; i++) {
      free[i] = new ArrayDeque<>(0);
      recordedFree[i] = new ArrayDeque<>(0);
    }
  }

  private static boolean isExact() {
    String mode = System.getProperty(MODE, CACHED);
    if (!mode.equals(CACHED) && !mode.equals(EXACT)) {
      throw new TensorException(
          "-D" + MODE + "=" + mode + " is unknown; it is " + CACHED + " or " + EXACT);
    }
    return mode.equals(EXACT);
  }

  /// Returns a block of at least so many bytes.
  ///
  /// @throws TensorException with the numbers when there is no memory left
  Block take(long bytes) {
    if (exact) {
      trim();
      synchronized (this) {
        misses++;
      }
      return takeNew(bytes, NO_CLASS);
    }
    Set<Block> step = context.isOwned() ? recording : null;
    Block block = take(bytes, step != null);
    if (step != null) {
      synchronized (this) {
        if (step.add(block)) {
          block.recordings++;
        }
      }
    }
    return block;
  }

  /// Returns a block that belongs to no recorded step, though one may be recorded.
  Block takeAside(long bytes) {
    return take(bytes, false);
  }

  private Block take(long bytes, boolean recorded) {
    int sizeClass = SizeClasses.of(bytes);
    Block block = takeCached(sizeClass, recorded);
    if (block == null) {
      block = takeNew(bytes, sizeClass);
    }
    return block;
  }

  private synchronized @Nullable Block takeCached(int sizeClass, boolean recorded) {
    Block own = recorded ? recordedFree[sizeClass].pollLast() : null;
    if (own != null) {
      hits++;
      recordedBytes -= own.bytes;
      countLive(own);
      return own;
    }
    Block block = free[sizeClass].pollLast();
    if (block == null) {
      misses++;
      return null;
    }
    hits++;
    cachedBytes -= block.bytes;
    countLive(block);
    return block;
  }

  private void countLive(Block block) {
    liveBlocks++;
    liveBytes += block.bytes;
    peakBytes = Math.max(peakBytes, liveBytes);
  }

  private Block takeNew(long bytes, int sizeClass) {
    try (var _ = context.own()) {
      Block block = allocate(bytes, sizeClass);
      // Recording must not wait: then there is the one attempt, and room is made before the next.
      boolean mayWait = recording == null;
      if (!mayWait && block == null) {
        wantsRoom = true;
      }
      for (int attempt = 0; mayWait && block == null && attempt <= COLLECTIONS; attempt++) {
        if (attempt > 0) {
          collect();
        }
        trim();
        block = allocate(bytes, sizeClass);
        if (block != null) {
          synchronized (this) {
            recoveries++;
          }
        }
      }
      if (block == null) {
        throw exhausted(bytes);
      }
      synchronized (this) {
        blocks.add(block);
        countLive(block);
      }
      return block;
    }
  }

  /// Returns a block from the driver, null when it has no memory left.
  private static @Nullable Block allocate(long wanted, int sizeClass) {
    DevicePointer pointer = new DevicePointer();
    long bytes = sizeClass == NO_CLASS ? Math.max(1, wanted) : SizeClasses.bytes(sizeClass);
    int result = JCudaDriver.cuMemAlloc(pointer, bytes);
    if (result == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
      return null;
    }
    Driver.check(result, "allocating " + bytes + " bytes");
    return new Block(pointer.address(), bytes, sizeClass);
  }

  /// Asks for tensors outside any scope that nobody holds: a cleaner gives their blocks back.
  private static void collect() {
    System.gc();
    try {
      Thread.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private TensorException exhausted(long bytes) {
    long[] left = new long[1];
    long[] total = new long[1];
    Driver.check(JCudaDriver.cuMemGetInfo(left, total), "asking for free memory");
    return TensorException.outOfMemory(
        String.format(
            Locale.ROOT,
            "%s has no room for %.1f MB%s: %.1f of its %.1f MB are free, tensors hold %s. Use a"
                + " smaller batch, close scopes earlier, or checkpoint activations",
            name,
            bytes / 1e6,
            recording == null ? "" : " while a step is recorded",
            left[0] / 1e6,
            total[0] / 1e6,
            stats()));
  }

  /// Takes a block back; kernels that were launched before may still be using it.
  synchronized void giveBack(Block block) {
    if (closed) {
      return; // it went with the context
    }
    liveBlocks--;
    liveBytes -= block.bytes;
    block.idleAfter = stream.submitted();
    if (block.recordings > 0) {
      recordedBytes += block.bytes;
      recordedFree[block.sizeClass].addLast(block);
    } else {
      cachedBytes += block.bytes;
      (exact ? retired : free[block.sizeClass]).addLast(block);
    }
  }

  /// Refuses to record where no block is used again, as recorded steps must.
  ///
  /// @throws TensorException with `-Despalier.cuda.memory=exact`
  void refuseRecording() {
    if (exact) {
      throw new TensorException(
          "a recorded step uses the same memory in each run; it cannot be recorded with -D"
              + MODE
              + "="
              + EXACT);
    }
  }

  /// Gives free blocks back to the driver when the last recording ran out of memory; the caller
  /// owns the context.
  void makeRoom() {
    if (wantsRoom) {
      wantsRoom = false;
      collect();
      trim();
    }
  }

  /// Begins to note what the owner of the context takes, as that of a step that is recorded.
  synchronized void beginRecording() {
    recording = new HashSet<>();
  }

  /// Returns what the recorded step uses.
  synchronized Set<Block> endRecording() {
    Set<Block> used = recording == null ? Set.of() : recording;
    recording = null;
    return used;
  }

  /// Lets go of what a recorded step used; what no other one uses is free for anybody.
  synchronized void dropRecording(Set<Block> used) {
    for (Block block : used) {
      block.recordings--;
      if (block.recordings == 0 && recordedFree[block.sizeClass].remove(block)) {
        recordedBytes -= block.bytes;
        cachedBytes += block.bytes;
        free[block.sizeClass].addLast(block);
      }
    }
  }

  /// Gives all free blocks back to the driver, once the work that uses them is done.
  void trim() {
    try (var _ = context.own()) {
      if (recording != null) {
        throw new TensorException(
            "trimming the memory of " + name + " waits, and a step is being recorded; trim before");
      }
      ArrayDeque<Block> dropped = new ArrayDeque<>();
      synchronized (this) {
        for (ArrayDeque<Block> ofClass : free) {
          dropped.addAll(ofClass);
          ofClass.clear();
        }
        dropped.addAll(retired);
        retired.clear();
        cachedBytes = 0;
      }
      free(dropped);
    }
  }

  private void free(Collection<Block> dropped) {
    if (dropped.isEmpty()) {
      return;
    }
    stream.synchronize();
    for (Block block : dropped) {
      Driver.check(JCudaDriver.cuMemFree(new DevicePointer(block.address)), "freeing a block");
    }
    synchronized (this) {
      blocks.removeAll(dropped);
    }
  }

  /// Returns what it went through so far.
  synchronized MemoryStats stats() {
    return new MemoryStats(
        liveBlocks, liveBytes, cachedBytes, recordedBytes, peakBytes, hits, misses, recoveries);
  }

  /// Gives all blocks back, those too that tensors still hold.
  @Override
  public void close() {
    try (var _ = context.own()) {
      List<Block> all;
      synchronized (this) {
        closed = true;
        all = List.copyOf(blocks);
      }
      free(all);
    }
  }
}
