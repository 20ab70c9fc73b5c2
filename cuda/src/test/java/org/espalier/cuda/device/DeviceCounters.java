package org.espalier.cuda.device;

import java.util.LinkedHashMap;
import java.util.Map;

/// What the device has done since its counters were last set to zero.
///
/// @param launches kernels and matrix products the host has launched one by one
/// @param graphLaunches launches of whole graphs
/// @param allocations calls that gave memory of the device
/// @param frees calls that took it back
/// @param liveAllocations allocations not yet freed, whenever they were made
/// @param liveBytes the bytes of those
/// @param hostAllocations calls that gave pinned memory of the host
/// @param liveHostAllocations pinned memory not yet freed or unregistered
/// @param bytesToDevice bytes copied from the host
/// @param bytesToHost bytes copied to the host
/// @param bytesOnDevice bytes copied within the device
/// @param copies copies of any kind that have run
/// @param fills fills that have run
/// @param synchronisations calls that make the host wait: synchronise, a copy that is not
///   asynchronous, `cuMemFree`
/// @param pageableCopies asynchronous copies of memory that is not pinned, which are not
///   asynchronous
/// @param kernels by name, what has run (in a graph or alone)
public record DeviceCounters(
    long launches,
    long graphLaunches,
    long allocations,
    long frees,
    long liveAllocations,
    long liveBytes,
    long hostAllocations,
    long liveHostAllocations,
    long bytesToDevice,
    long bytesToHost,
    long bytesOnDevice,
    long copies,
    long fills,
    long synchronisations,
    long pageableCopies,
    Map<String, KernelCounters> kernels) {

  /// What one kernel has done.
  ///
  /// @param launches how often it ran
  /// @param blocks blocks in all
  /// @param bytesLoaded bytes its threads read from global memory
  /// @param bytesStored bytes they wrote there; an atomic update counts on both sides
  public record KernelCounters(long launches, long blocks, long bytesLoaded, long bytesStored) {
    static final KernelCounters NONE = new KernelCounters(0, 0, 0, 0);
  }

  /// The counters of a kernel; all zero when it has not run.
  public KernelCounters kernel(String name) {
    return kernels.getOrDefault(name, KernelCounters.NONE);
  }

  /// Reads the device's report: lines of a name and a number, and `kernel` with a name and four.
  static DeviceCounters parse(String report) {
    var values = new LinkedHashMap<String, Long>();
    var kernels = new LinkedHashMap<String, KernelCounters>();
    report
        .lines()
        .map(line -> line.split(" ", -1))
        .forEach(word -> {
          if (word[0].equals("kernel")) {
            kernels.put(
                word[1],
                new KernelCounters(
                    Long.parseLong(word[2]),
                    Long.parseLong(word[3]),
                    Long.parseLong(word[4]),
                    Long.parseLong(word[5])));
          } else {
            values.put(word[0], Long.parseLong(word[1]));
          }
        });
    return new DeviceCounters(
        value(values, "launches"),
        value(values, "graphLaunches"),
        value(values, "allocations"),
        value(values, "frees"),
        value(values, "liveAllocations"),
        value(values, "liveBytes"),
        value(values, "hostAllocations"),
        value(values, "liveHostAllocations"),
        value(values, "bytesToDevice"),
        value(values, "bytesToHost"),
        value(values, "bytesOnDevice"),
        value(values, "copies"),
        value(values, "fills"),
        value(values, "synchronisations"),
        value(values, "pageableCopies"),
        Map.copyOf(kernels));
  }

  private static long value(Map<String, Long> values, String name) {
    Long found = values.get(name);
    if (found == null) {
      throw new IllegalStateException("The device's report has no " + name);
    }
    return found;
  }
}
