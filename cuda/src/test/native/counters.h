// What the device has done, counted: the contract of a training step.
#pragma once

#include <map>
#include <string>

#include "types.h"

namespace swcuda {

struct KernelCounters {
  u64 launches = 0;
  u64 blocks = 0;
  u64 loaded = 0;
  u64 stored = 0;

  void add(const KernelCounters& other);
};

struct Counters {
  u64 launches = 0;
  u64 graphLaunches = 0;
  u64 allocations = 0;
  u64 frees = 0;
  u64 hostAllocations = 0;
  u64 hostFrees = 0;
  u64 bytesToDevice = 0;
  u64 bytesToHost = 0;
  u64 bytesOnDevice = 0;
  u64 copies = 0;
  u64 fills = 0;
  /// Calls that make the host wait: synchronise, a copy that is not asynchronous, cuMemFree.
  u64 synchronisations = 0;
  /// Asynchronous copies from or to host memory that is not pinned: not asynchronous at all.
  u64 pageableCopies = 0;
  std::map<std::string, KernelCounters> kernels;
};

Counters& counters();

/// All counters as lines of "name value", and "kernel name launches blocks loaded stored".
std::string reportCounters();

}  // namespace swcuda
