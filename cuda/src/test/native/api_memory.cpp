// The driver API: allocating and freeing memory of the device and pinned memory of the host.
#include "counters.h"
#include "driver.h"
#include "settings.h"

using namespace swcuda;

namespace {
int allocate(u64* address, std::size_t bytes) {
  if (bytes == 0) throw Fault(INVALID_VALUE, "an allocation of 0 bytes");
  Memory& memory = currentDevice().memory;
  *address = memory.allocate(bytes);
  if (*address == 0) {
    throw Fault(OUT_OF_MEMORY, format("%zu bytes were asked for; %llu of %llu are in use", bytes,
                                      static_cast<unsigned long long>(memory.liveBytes()),
                                      static_cast<unsigned long long>(settings().memoryLimit)));
  }
  counters().allocations++;
  return SUCCESS;
}

void release(u64 address) {
  Memory* memory = Memory::of(address);
  if (!memory) throw Fault(INVALID_VALUE, format("%#llx is no address of a device", static_cast<unsigned long long>(address)));
  memory->free(address);
  counters().frees++;
}

int allocateHost(void** address, std::size_t bytes) {
  if (bytes == 0) throw Fault(INVALID_VALUE, "an allocation of 0 bytes");
  *address = HostMemory::instance().allocate(bytes, currentDevice().ordinal);
  if (!*address) throw Fault(OUT_OF_MEMORY, format("%zu bytes of pinned memory", bytes));
  counters().hostAllocations++;
  return SUCCESS;
}
}  // namespace

SWCUDA_API int cuMemAlloc_v2(u64* address, std::size_t bytes) {
  return unsafeCall("cuMemAlloc", [&] { return allocate(address, bytes); });
}

/// A real driver waits for the device here, but says nothing of it that could be relied on. This
/// one does not wait: work that is still to run finds the memory gone.
SWCUDA_API int cuMemFree_v2(u64 address) {
  return unsafeCall("cuMemFree", [&] {
    counters().synchronisations++;
    if (address) release(address);
    return SUCCESS;
  });
}

SWCUDA_API int cuMemAllocAsync(u64* address, std::size_t bytes, void* handle) {
  return call("cuMemAllocAsync", [&] {
    refuseOnCapturing(streamOf(handle), "cuMemAllocAsync");
    return allocate(address, bytes);
  });
}

SWCUDA_API int cuMemFreeAsync(u64 address, void* handle) {
  return call("cuMemFreeAsync", [&] {
    Stream& stream = streamOf(handle);
    refuseOnCapturing(stream, "cuMemFreeAsync");
    enqueue(stream, WorkKind::EMPTY, "cuMemFreeAsync", [address] { release(address); });
    return SUCCESS;
  });
}

SWCUDA_API int cuMemGetInfo_v2(std::size_t* free, std::size_t* total) {
  return call("cuMemGetInfo", [&] {
    *total = settings().memoryLimit;
    *free = settings().memoryLimit - currentDevice().memory.liveBytes();
    return SUCCESS;
  });
}

SWCUDA_API int cuMemGetAddressRange_v2(u64* base, std::size_t* bytes, u64 address) {
  return call("cuMemGetAddressRange", [&] {
    const Allocation* owner = currentDevice().memory.owner(address);
    if (!owner || !owner->live) throw Fault(NOT_FOUND, currentDevice().memory.describe(address));
    if (base) *base = owner->address;
    if (bytes) *bytes = owner->bytes;
    return SUCCESS;
  });
}

SWCUDA_API int cuMemAllocHost_v2(void** address, std::size_t bytes) {
  return unsafeCall("cuMemAllocHost", [&] { return allocateHost(address, bytes); });
}

SWCUDA_API int cuMemHostAlloc(void** address, std::size_t bytes, unsigned) {
  return unsafeCall("cuMemHostAlloc", [&] { return allocateHost(address, bytes); });
}

/// Does not wait either: a copy that is still to run finds the memory gone.
SWCUDA_API int cuMemFreeHost(void* address) {
  return unsafeCall("cuMemFreeHost", [&] {
    HostMemory::instance().free(address);
    counters().hostFrees++;
    return SUCCESS;
  });
}

SWCUDA_API int cuMemHostRegister_v2(void* address, std::size_t bytes, unsigned) {
  return unsafeCall("cuMemHostRegister", [&] {
    HostMemory::instance().add(address, bytes);
    return SUCCESS;
  });
}

SWCUDA_API int cuMemHostUnregister(void* address) {
  return unsafeCall("cuMemHostUnregister", [&] {
    HostMemory::instance().remove(address);
    return SUCCESS;
  });
}

SWCUDA_API int cuMemHostGetDevicePointer_v2(u64* address, void* host, unsigned) {
  return call("cuMemHostGetDevicePointer", [&] {
    if (!HostMemory::instance().holds(reinterpret_cast<u64>(host), 1)) throw Fault(INVALID_VALUE, "not pinned memory");
    *address = reinterpret_cast<u64>(host);
    return SUCCESS;
  });
}
