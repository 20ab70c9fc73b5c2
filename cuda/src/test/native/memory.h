// Device memory: who owns which bytes, now and before, and pinned memory of the host.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "types.h"

namespace swcuda {

/// A piece of device memory, kept on record after it was freed.
struct Allocation {
  u64 address = 0;
  u64 bytes = 0;
  bool live = false;
  /// A variable of a module's, which no one frees and no counter counts.
  bool internal = false;
};

/// An allocation in the form that a check needs: its first address, its length, where its bytes are here.
struct Range {
  u64 address = 0;
  u64 bytes = 0;
  u8* host = nullptr;
};

/// The memory of one device.
///
/// Addresses of the device are none of this process: they have bit 47 set, so that a host that
/// touches one crashes as it would with a real device. Freed addresses do not come back before
/// all others are used up, and a gap lies between two allocations: use after free and steps over
/// an end are found, and told apart.
class Memory {
 public:
  explicit Memory(int device);
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  /// Returns the address, or 0 when the limit does not allow it. Fresh memory is NaN.
  u64 allocate(u64 bytes, bool internal = false);

  /// Ends an allocation; its bytes become NaN. Throws when `address` is no allocation's first.
  void free(u64 address);

  /// The allocation that owns `address` now, or last did; null when none ever has.
  const Allocation* owner(u64 address) const;

  /// The bytes of [address, address + bytes), or a fault that says what lies there.
  u8* at(u64 address, u64 bytes, const char* what) const;

  /// What lies at `address`, in words: the owner, or the nearest allocation.
  std::string describe(u64 address) const;

  /// Fills `range` for the allocation that owns `address`.
  Range rangeOf(const Allocation& allocation) const;

  int device() const { return device_; }
  bool contains(u64 address) const { return address - base_ < kReserved; }
  u64 liveAllocations() const { return liveAllocations_; }
  u64 liveBytes() const { return liveBytes_; }
  void freeAll();

  static const std::vector<Memory*>& all();
  /// The memory that `address` belongs to, or null.
  static Memory* of(u64 address);

  /// True for every address a software device could have.
  static bool isDeviceAddress(u64 address) { return (address >> 44) == 9; }

 private:
  static constexpr u64 kGranule = 256;
  static constexpr u64 kReserved = u64{256} << 30;

  u64 take(u64 granules);

  int device_;
  u64 base_;
  u8* host_;
  /// Index into records_ of the owner of each granule; 0 for none.
  u32* owners_;
  std::vector<Allocation> records_;
  /// Live allocations by address.
  std::map<u64, u32> live_;
  /// Freed pieces by length in granules, oldest first, for when the fresh addresses are used up.
  std::map<u64, std::vector<u64>> freed_;
  u64 next_ = 1;
  u64 liveAllocations_ = 0;
  u64 liveBytes_ = 0;
};

/// Memory of the host that the device may touch: allocated by the driver, or registered with it.
class HostMemory {
 public:
  static HostMemory& instance();

  /// Pins fresh memory for a device.
  void* allocate(u64 bytes, int device);
  void free(void* address);
  void add(void* address, u64 bytes);
  void remove(void* address);

  /// True when [address, address + bytes) is pinned now.
  bool holds(u64 address, u64 bytes) const;
  /// True when the bytes were pinned once and have been freed.
  bool wasFreed(u64 address) const;
  u64 live() const { return pinned_.size(); }
  void freeAll();
  /// Frees what was allocated for one device.
  void freeAll(int device);

 private:
  struct Pinned {
    u64 bytes;
    bool registered;
    int device;
  };
  std::map<u64, Pinned> pinned_;
  std::map<u64, u64> freed_;
};

/// The bytes at an address that a copy or a kernel names: device memory, or pinned memory of the host.
u8* resolveAddress(u64 address, u64 bytes, const char* what);

}  // namespace swcuda
