#include "counters.h"

#include "fault.h"
#include "memory.h"

namespace swcuda {

void KernelCounters::add(const KernelCounters& other) {
  launches += other.launches;
  blocks += other.blocks;
  loaded += other.loaded;
  stored += other.stored;
}

Counters& counters() {
  static Counters current;
  return current;
}

std::string reportCounters() {
  const Counters& c = counters();
  std::string text;
  auto line = [&](const char* name, u64 value) { text += std::string(name) + " " + std::to_string(value) + "\n"; };
  line("launches", c.launches);
  line("graphLaunches", c.graphLaunches);
  line("allocations", c.allocations);
  line("frees", c.frees);
  line("hostAllocations", c.hostAllocations);
  line("hostFrees", c.hostFrees);
  line("bytesToDevice", c.bytesToDevice);
  line("bytesToHost", c.bytesToHost);
  line("bytesOnDevice", c.bytesOnDevice);
  line("copies", c.copies);
  line("fills", c.fills);
  line("synchronisations", c.synchronisations);
  line("pageableCopies", c.pageableCopies);
  u64 live = 0;
  u64 bytes = 0;
  for (const Memory* memory : Memory::all()) {
    live += memory->liveAllocations();
    bytes += memory->liveBytes();
  }
  line("liveAllocations", live);
  line("liveBytes", bytes);
  line("liveHostAllocations", HostMemory::instance().live());
  for (const auto& [name, k] : c.kernels) {
    text += "kernel " + name + " " + std::to_string(k.launches) + " " + std::to_string(k.blocks) + " " +
            std::to_string(k.loaded) + " " + std::to_string(k.stored) + "\n";
  }
  return text;
}

}  // namespace swcuda
