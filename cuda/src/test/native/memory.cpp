#include "memory.h"

#include <sys/mman.h>

#include <cstring>

#include "counters.h"
#include "fault.h"
#include "settings.h"

namespace swcuda {

namespace {
std::vector<Memory*> memories;

void* reserve(u64 bytes) {
  void* start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED) throw Fault(OUT_OF_MEMORY, "no address space for the device's memory");
  return start;
}

void poison(u8* start, u64 bytes) {
  if (settings().poison) memset(start, 0xff, bytes);
}
constexpr u64 kPage = 4096;

u8* pageFrom(u8* address) { return reinterpret_cast<u8*>((reinterpret_cast<u64>(address) + kPage - 1) & ~(kPage - 1)); }
u8* pageUpTo(u8* address) { return reinterpret_cast<u8*>(reinterpret_cast<u64>(address) & ~(kPage - 1)); }

/// Asks for all pages of a large block at once, where the system can: one by one they cost more than filling them.
void populate(u8* start, u64 bytes) {
#ifdef MADV_POPULATE_WRITE
  constexpr u64 kLarge = 16 * kPage;
  if (bytes >= kLarge && settings().poison) {
    u8* from = pageUpTo(start);
    madvise(from, static_cast<std::size_t>(pageFrom(start + bytes) - from), MADV_POPULATE_WRITE);
  }
#endif
}
}  // namespace

Memory::Memory(int device)
    : device_(device),
      base_((u64{9} << 44) + (static_cast<u64>(device) << 40)),
      host_(static_cast<u8*>(reserve(kReserved))),
      owners_(static_cast<u32*>(reserve(kReserved / kGranule * sizeof(u32)))),
      records_(1) {
  memories.push_back(this);
}

const std::vector<Memory*>& Memory::all() { return memories; }

Memory* Memory::of(u64 address) {
  for (Memory* memory : memories) {
    if (memory->contains(address)) return memory;
  }
  return nullptr;
}

u64 Memory::take(u64 granules) {
  if (next_ + granules + 1 < kReserved / kGranule) {
    u64 first = next_;
    next_ += granules + 1;  // and a gap
    return first;
  }
  auto piece = freed_.lower_bound(granules);
  if (piece == freed_.end()) return 0;
  u64 first = piece->second.front();
  piece->second.erase(piece->second.begin());
  if (piece->second.empty()) freed_.erase(piece);
  return first;
}

u64 Memory::allocate(u64 bytes, bool internal) {
  if (!internal && liveBytes_ + bytes > settings().memoryLimit) return 0;
  u64 granules = (bytes + kGranule - 1) / kGranule;
  u64 first = take(granules);
  if (first == 0) return 0;
  u32 record = static_cast<u32>(records_.size());
  u64 address = base_ + first * kGranule;
  records_.push_back({address, bytes, true, internal});
  live_[address] = record;
  for (u64 g = first; g < first + granules; g++) owners_[g] = record;
  populate(host_ + first * kGranule, bytes);
  poison(host_ + first * kGranule, bytes);
  if (!internal) {
    liveAllocations_++;
    liveBytes_ += bytes;
  }
  return address;
}

void Memory::free(u64 address) {
  auto found = live_.find(address);
  if (found == live_.end()) {
    throw Fault(INVALID_VALUE, format("free of %#lx, which is not the start of live memory: %s", static_cast<long>(address),
                                      describe(address).c_str()));
  }
  Allocation& gone = records_[found->second];
  gone.live = false;
  live_.erase(found);
  if (!gone.internal) {
    liveAllocations_--;
    liveBytes_ -= gone.bytes;
  }
  u8* start = host_ + (address - base_);
  u8* end = start + gone.bytes;
  // Whole pages go back to the system; reading one again would give zeros, but every check says "freed" first.
  u8* from = pageFrom(start);
  u8* to = pageUpTo(end);
  if (to > from) {
    madvise(from, static_cast<std::size_t>(to - from), MADV_DONTNEED);
    poison(start, static_cast<u64>(from - start));
    poison(to, static_cast<u64>(end - to));
  } else {
    poison(start, gone.bytes);
  }
  u64 granules = (gone.bytes + kGranule - 1) / kGranule;
  freed_[granules].push_back((address - base_) / kGranule);
}

void Memory::freeAll() {
  while (!live_.empty()) free(live_.begin()->first);
}

const Allocation* Memory::owner(u64 address) const {
  if (!contains(address)) return nullptr;
  u32 record = owners_[(address - base_) / kGranule];
  return record == 0 ? nullptr : &records_[record];
}

u8* Memory::at(u64 address, u64 bytes, const char* what) const {
  const Allocation* found = owner(address);
  if (!found || !found->live || address - found->address + bytes > found->bytes) {
    throw Fault(ILLEGAL_ADDRESS, format("%s of %llu bytes at %#llx: %s", what, static_cast<unsigned long long>(bytes),
                                        static_cast<unsigned long long>(address), describe(address).c_str()));
  }
  return host_ + (address - base_);
}

Range Memory::rangeOf(const Allocation& allocation) const {
  return {allocation.address, allocation.bytes, host_ + (allocation.address - base_)};
}

std::string Memory::describe(u64 address) const {
  auto text = [&](const Allocation& a) {
    s64 distance = static_cast<s64>(address - a.address);
    const char* state = a.live ? "an allocation" : "freed memory";
    if (distance < 0) {
      return format("%lld bytes before %s of %llu bytes at %#llx", static_cast<long long>(-distance), state,
                    static_cast<unsigned long long>(a.bytes), static_cast<unsigned long long>(a.address));
    }
    bool beyond = static_cast<u64>(distance) >= a.bytes;
    return format("%lld bytes %s %s of %llu bytes at %#llx", static_cast<long long>(beyond ? distance - a.bytes : distance),
                  beyond ? "past the end of" : "into", state, static_cast<unsigned long long>(a.bytes),
                  static_cast<unsigned long long>(a.address));
  };
  if (const Allocation* found = owner(address)) return text(*found);
  auto above = live_.lower_bound(address);
  auto below = above == live_.begin() ? live_.end() : std::prev(above);
  if (below == live_.end() && above == live_.end()) return "no allocation anywhere";
  if (below == live_.end()) return text(records_[above->second]);
  const Allocation& lower = records_[below->second];
  if (above == live_.end()) return text(lower);
  const Allocation& upper = records_[above->second];
  bool nearLower = address - (lower.address + lower.bytes) <= upper.address - address;
  return text(nearLower ? lower : upper);
}

u8* resolveAddress(u64 address, u64 bytes, const char* what) {
  if (Memory* memory = Memory::of(address)) return memory->at(address, bytes, what);
  if (HostMemory::instance().holds(address, bytes)) return reinterpret_cast<u8*>(address);
  const char* why = HostMemory::instance().wasFreed(address) ? "freed pinned memory of the host"
                                                            : "neither device memory nor pinned memory of the host";
  throw Fault(ILLEGAL_ADDRESS, format("%s of %llu bytes at %#llx: %s", what, static_cast<unsigned long long>(bytes),
                                      static_cast<unsigned long long>(address), why));
}

}  // namespace swcuda
