#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

#include "fault.h"
#include "memory.h"
#include "settings.h"

namespace swcuda {

HostMemory& HostMemory::instance() {
  static HostMemory only;
  return only;
}

void* HostMemory::allocate(u64 bytes, int device) {
  // Not from malloc: what is freed here is kept out of reach, so that its address means nothing else.
  u64 pages = (bytes + 4095) & ~u64{4095};
  void* start = mmap(nullptr, pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (start == MAP_FAILED) return nullptr;
  if (settings().poison) memset(start, 0xff, bytes);
  pinned_[reinterpret_cast<u64>(start)] = {bytes, false, device};
  freed_.erase(reinterpret_cast<u64>(start));
  return start;
}

void HostMemory::free(void* address) {
  auto found = pinned_.find(reinterpret_cast<u64>(address));
  if (found == pinned_.end() || found->second.registered) {
    throw Fault(INVALID_VALUE, format("free of %p, which is not the start of pinned memory", address));
  }
  u64 bytes = found->second.bytes;
  pinned_.erase(found);
  freed_[reinterpret_cast<u64>(address)] = bytes;
  // The pages stay, without content: a late reader is to see that it is late, not to end the process.
  constexpr u64 kKept = 64 * 1024;
  if (settings().poison) memset(address, 0xff, bytes < kKept ? bytes : kKept);
  if (bytes > kKept) madvise(static_cast<u8*>(address) + kKept, bytes - kKept, MADV_DONTNEED);
}

void HostMemory::add(void* address, u64 bytes) { pinned_[reinterpret_cast<u64>(address)] = {bytes, true, 0}; }

void HostMemory::remove(void* address) {
  auto found = pinned_.find(reinterpret_cast<u64>(address));
  if (found == pinned_.end() || !found->second.registered) {
    throw Fault(INVALID_VALUE, format("unregister of %p, which is not registered", address));
  }
  pinned_.erase(found);
}

bool HostMemory::holds(u64 address, u64 bytes) const {
  auto above = pinned_.upper_bound(address);
  if (above == pinned_.begin()) return false;
  --above;
  return address - above->first + bytes <= above->second.bytes;
}

bool HostMemory::wasFreed(u64 address) const {
  auto above = freed_.upper_bound(address);
  if (above == freed_.begin()) return false;
  --above;
  return address - above->first < above->second;
}

void HostMemory::freeAll() {
  while (!pinned_.empty()) {
    auto first = pinned_.begin();
    void* address = reinterpret_cast<void*>(first->first);
    if (first->second.registered) {
      pinned_.erase(first);
    } else {
      free(address);
    }
  }
}

void HostMemory::freeAll(int device) {
  std::vector<void*> gone;
  for (const auto& [address, pinned] : pinned_) {
    if (pinned.device == device && !pinned.registered) gone.push_back(reinterpret_cast<void*>(address));
  }
  for (void* address : gone) free(address);
}

}  // namespace swcuda
