// The driver API: copies and fills.
#include <cstring>
#include <vector>

#include "counters.h"
#include "driver.h"

using namespace swcuda;

namespace {
/// Checks at the call, so that the caller hears of it there and not at the next synchronisation.
u8* onDevice(u64 address, std::size_t bytes, const char* what) {
  Memory* memory = Memory::of(address);
  if (!memory) throw Fault(INVALID_VALUE, format("%s: %#llx is no address of a device", what, static_cast<unsigned long long>(address)));
  try {
    return memory->at(address, bytes, what);
  } catch (const Fault& fault) {
    throw Fault(INVALID_VALUE, fault.text);
  }
}

bool isPinned(const void* host, std::size_t bytes) { return HostMemory::instance().holds(reinterpret_cast<u64>(host), bytes); }

/// A copy or fill that makes the host wait: as work of the default stream, run at once.
template <class Body>
int atOnce(const char* name, Body body) {
  return unsafeCall(name, [&] {
    counters().synchronisations++;
    Stream& stream = currentDevice().defaultStream;
    orderWithDefault(stream);
    int broken = drain(stream);
    if (broken) return broken;
    body();
    return static_cast<int>(SUCCESS);
  });
}

void copyUp(u64 to, const void* from, std::size_t bytes) {
  memcpy(onDevice(to, bytes, "copy to the device"), from, bytes);
  counters().copies++;
  counters().bytesToDevice += bytes;
}

void copyDown(void* to, u64 from, std::size_t bytes) {
  memcpy(to, onDevice(from, bytes, "copy from the device"), bytes);
  counters().copies++;
  counters().bytesToHost += bytes;
}

void copyAcross(u64 to, u64 from, std::size_t bytes) {
  memmove(onDevice(to, bytes, "copy within the device"), onDevice(from, bytes, "copy within the device"), bytes);
  counters().copies++;
  counters().bytesOnDevice += bytes;
}

/// The bytes of pinned memory when the copy runs; by then it may be gone.
void requirePinned(const void* host, std::size_t bytes) { resolveAddress(reinterpret_cast<u64>(host), bytes, "copy with the host"); }

template <class T>
int fill(const char* name, u64 address, T value, std::size_t count, void* handle, bool waits) {
  auto work = [=] {
    T* to = reinterpret_cast<T*>(onDevice(address, count * sizeof(T), "fill"));
    std::fill_n(to, count, value);
    counters().fills++;
  };
  return call(name, [&] {
    onDevice(address, count * sizeof(T), "fill");
    if (address % sizeof(T)) throw Fault(INVALID_VALUE, "the address is not aligned");
    // Even the form without a stream does not wait for the device's memory to be filled.
    enqueue(waits ? currentDevice().defaultStream : streamOf(handle), WorkKind::FILL, name, work);
    return SUCCESS;
  });
}
}  // namespace

SWCUDA_API int cuMemcpyHtoD_v2(u64 to, const void* from, std::size_t bytes) {
  return atOnce("cuMemcpyHtoD", [&] { copyUp(to, from, bytes); });
}

SWCUDA_API int cuMemcpyDtoH_v2(void* to, u64 from, std::size_t bytes) {
  return atOnce("cuMemcpyDtoH", [&] { copyDown(to, from, bytes); });
}

SWCUDA_API int cuMemcpyDtoD_v2(u64 to, u64 from, std::size_t bytes) {
  return call("cuMemcpyDtoD", [&] {
    onDevice(to, bytes, "copy within the device");
    onDevice(from, bytes, "copy within the device");
    enqueue(currentDevice().defaultStream, WorkKind::COPY, "cuMemcpyDtoD", [=] { copyAcross(to, from, bytes); });
    return SUCCESS;
  });
}

SWCUDA_API int cuMemcpyHtoDAsync_v2(u64 to, const void* from, std::size_t bytes, void* handle) {
  return call("cuMemcpyHtoDAsync", [&] {
    Stream& stream = streamOf(handle);
    onDevice(to, bytes, "copy to the device");
    if (isPinned(from, bytes)) {
      enqueue(stream, WorkKind::COPY, "cuMemcpyHtoDAsync", [=] {
        requirePinned(from, bytes);
        copyUp(to, from, bytes);
      });
      return SUCCESS;
    }
    // A driver takes pageable memory away at once, through a buffer of its own.
    refuseOnCapturing(stream, "a copy from pageable memory");
    counters().pageableCopies++;
    auto staged = std::make_shared<std::vector<u8>>(static_cast<const u8*>(from), static_cast<const u8*>(from) + bytes);
    enqueue(stream, WorkKind::COPY, "cuMemcpyHtoDAsync", [=] { copyUp(to, staged->data(), bytes); });
    return SUCCESS;
  });
}

SWCUDA_API int cuMemcpyDtoHAsync_v2(void* to, u64 from, std::size_t bytes, void* handle) {
  return call("cuMemcpyDtoHAsync", [&] {
    Stream& stream = streamOf(handle);
    onDevice(from, bytes, "copy from the device");
    if (isPinned(to, bytes)) {
      enqueue(stream, WorkKind::COPY, "cuMemcpyDtoHAsync", [=] {
        requirePinned(to, bytes);
        copyDown(to, from, bytes);
      });
      return static_cast<int>(SUCCESS);
    }
    // Into pageable memory the call returns when the copy is done.
    refuseOnCapturing(stream, "a copy to pageable memory");
    counters().pageableCopies++;
    counters().synchronisations++;
    int broken = drain(stream);
    if (broken) return broken;
    copyDown(to, from, bytes);
    return static_cast<int>(SUCCESS);
  });
}

SWCUDA_API int cuMemcpyDtoDAsync_v2(u64 to, u64 from, std::size_t bytes, void* handle) {
  return call("cuMemcpyDtoDAsync", [&] {
    onDevice(to, bytes, "copy within the device");
    onDevice(from, bytes, "copy within the device");
    enqueue(streamOf(handle), WorkKind::COPY, "cuMemcpyDtoDAsync", [=] { copyAcross(to, from, bytes); });
    return SUCCESS;
  });
}

SWCUDA_API int cuMemsetD8_v2(u64 to, unsigned char value, std::size_t count) {
  return fill<u8>("cuMemsetD8", to, value, count, nullptr, true);
}
SWCUDA_API int cuMemsetD16_v2(u64 to, unsigned short value, std::size_t count) {
  return fill<u16>("cuMemsetD16", to, value, count, nullptr, true);
}
SWCUDA_API int cuMemsetD32_v2(u64 to, unsigned value, std::size_t count) {
  return fill<u32>("cuMemsetD32", to, value, count, nullptr, true);
}
SWCUDA_API int cuMemsetD8Async(u64 to, unsigned char value, std::size_t count, void* stream) {
  return fill<u8>("cuMemsetD8Async", to, value, count, stream, false);
}
SWCUDA_API int cuMemsetD16Async(u64 to, unsigned short value, std::size_t count, void* stream) {
  return fill<u16>("cuMemsetD16Async", to, value, count, stream, false);
}
SWCUDA_API int cuMemsetD32Async(u64 to, unsigned value, std::size_t count, void* stream) {
  return fill<u32>("cuMemsetD32Async", to, value, count, stream, false);
}
