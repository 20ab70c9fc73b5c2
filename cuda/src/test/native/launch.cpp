#include "launch.h"

#include <sys/uio.h>
#include <unistd.h>

#include <cstring>

#include "block.h"
#include "driver.h"
#include "settings.h"

namespace swcuda {

namespace {
/// Copies memory that may not be there; false when it is not. A wrong pointer must not end the process.
bool peek(const void* from, void* to, std::size_t bytes) {
  iovec local{to, bytes};
  iovec remote{const_cast<void*>(from), bytes};
  return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == static_cast<ssize_t>(bytes);
}

void checkShape(const Kernel& kernel, Device& device, const u32 grid[3], const u32 block[3], u32 shared) {
  constexpr u32 kMostThreads = 1024;
  constexpr u32 kMostDeep = 64;
  constexpr u32 kMostRows = 65535;
  const char* name = kernel.name.c_str();
  for (int axis = 0; axis < 3; axis++) {
    if (grid[axis] == 0 || block[axis] == 0) {
      throw Fault(INVALID_VALUE, format("%s: grid (%u,%u,%u) of blocks (%u,%u,%u) is empty", name, grid[0], grid[1], grid[2],
                                        block[0], block[1], block[2]));
    }
  }
  if (grid[0] > 0x7fffffff || grid[1] > kMostRows || grid[2] > kMostRows) {
    throw Fault(INVALID_VALUE, format("%s: grid (%u,%u,%u) is beyond (2147483647,65535,65535)", name, grid[0], grid[1], grid[2]));
  }
  u64 threads = u64{block[0]} * block[1] * block[2];
  if (threads > kMostThreads || block[2] > kMostDeep) {
    throw Fault(INVALID_VALUE, format("%s: blocks of %llu threads, a device has %u at most (64 in z)", name,
                                      static_cast<unsigned long long>(threads), kMostThreads));
  }
  if (threads > kernel.maxThreads) {
    throw Fault(LAUNCH_OUT_OF_RESOURCES, format("%s: blocks of %llu threads, its launch bounds say %u", name,
                                                static_cast<unsigned long long>(threads), kernel.maxThreads));
  }
  u64 allowed = std::min<u64>(sharedLimitOptIn(device), std::max<u64>(kernel.maxDynamicShared + kernel.staticShared, sharedLimit(device)));
  if (kernel.staticShared + u64{shared} > allowed || shared > kernel.maxDynamicShared) {
    throw Fault(INVALID_VALUE,
                format("%s: %u bytes of static and %u of dynamic shared memory, allowed are %llu (opt in for more up to %u)", name,
                       kernel.staticShared, shared, static_cast<unsigned long long>(allowed), sharedLimitOptIn(device)));
  }
}

/// Copies parameters given one by one; each must be readable.
void copyOneByOne(const Kernel& kernel, void** parameters, std::vector<u8>& block) {
  const char* name = kernel.name.c_str();
  std::size_t count = kernel.parameters.size();
  for (std::size_t n = 0; n < count; n++) {
    const Parameter& parameter = kernel.parameters[n];
    void* value = nullptr;
    if (!peek(parameters + n, &value, sizeof value) || !value || !peek(value, block.data() + parameter.offset, parameter.bytes)) {
      throw Fault(INVALID_VALUE, format("%s takes %zu parameters; there is nothing to read for number %zu (%u bytes)", name, count,
                                        n, parameter.bytes));
    }
  }
  void* end = nullptr;
  if (settings().terminatedParameters && peek(parameters + count, &end, sizeof end) && end) {
    throw Fault(INVALID_VALUE, format("%s takes %zu parameters; more were given", name, count));
  }
}

/// Copies parameters given as one block: CU_LAUNCH_PARAM_BUFFER_POINTER is 1, _SIZE 2, the end 0.
void copyAsBlock(const Kernel& kernel, void** extra, std::vector<u8>& block) {
  const void* from = nullptr;
  std::size_t bytes = 0;
  for (int n = 0; extra[n]; n += 2) {
    if (extra[n] == reinterpret_cast<void*>(1)) from = extra[n + 1];
    if (extra[n] == reinterpret_cast<void*>(2)) bytes = *static_cast<std::size_t*>(extra[n + 1]);
  }
  if (!from || bytes != block.size() || !peek(from, block.data(), bytes)) {
    throw Fault(INVALID_VALUE, format("%s takes %zu bytes of parameters; given were %zu", kernel.name.c_str(), block.size(), bytes));
  }
}

/// A pointer that points nowhere, or a number that is a pointer, is a parameter in the wrong place.
void checkAddresses(const Kernel& kernel, const Device& device, const std::vector<u8>& block) {
  for (std::size_t n = 0; n < kernel.parameters.size(); n++) {
    const Parameter& parameter = kernel.parameters[n];
    if (parameter.bytes != 8) continue;
    u64 value;
    memcpy(&value, block.data() + parameter.offset, sizeof value);
    auto hex = static_cast<unsigned long long>(value);
    if (parameter.number && !parameter.pointer && Memory::isDeviceAddress(value)) {
      throw Fault(INVALID_VALUE, format("%s: parameter %zu is a number, and %#llx is an address", kernel.name.c_str(), n, hex));
    }
    if (!parameter.pointer || value == 0 || HostMemory::instance().holds(value, 0)) continue;
    const Allocation* owner = device.memory.owner(value);
    // One past the end is where an empty tensor may point.
    if (!owner) owner = device.memory.owner(value - 1);
    if (!owner || !owner->live) {
      throw Fault(INVALID_VALUE, format("%s: parameter %zu is a pointer, and %#llx is no live memory of the device: %s",
                                        kernel.name.c_str(), n, hex, device.memory.describe(value).c_str()));
    }
  }
}
}  // namespace

u32 sharedLimit(const Device&) { return 48 * 1024; }

u32 sharedLimitOptIn(const Device&) {
  int capability = settings().major * 10 + settings().minor;
  if (capability >= 90) return 227 * 1024;
  if (capability == 80) return 163 * 1024;
  if (capability >= 86) return 99 * 1024;
  return 64 * 1024;
}

PreparedLaunch prepareLaunch(const Function& function, Device& device, const u32 grid[3], const u32 block[3], u32 shared,
                             void** parameters, void** extra) {
  const Kernel& kernel = *function.kernel;
  checkShape(kernel, device, grid, block, shared);
  PreparedLaunch launch;
  launch.kernel = function.kernel;
  launch.device = &device;
  for (int axis = 0; axis < 3; axis++) {
    launch.grid[axis] = grid[axis];
    launch.block[axis] = block[axis];
  }
  launch.dynamicShared = shared;
  launch.parameters.resize(kernel.parameterBytes);
  if (extra) {
    copyAsBlock(kernel, extra, launch.parameters);
  } else if (!kernel.parameters.empty()) {
    if (!parameters) throw Fault(INVALID_VALUE, kernel.name + ": no parameters were given");
    copyOneByOne(kernel, parameters, launch.parameters);
  }
  checkAddresses(kernel, device, launch.parameters);
  return launch;
}

void execute(const PreparedLaunch& p) {
  if (int error = injectedFault("execute")) {
    throw Fault(static_cast<Result>(error), "kernel " + p.kernel->name + ": the fault that was asked for");
  }
  Launch launch{*p.kernel, p.device->memory, {p.grid[0], p.grid[1], p.grid[2]}, {p.block[0], p.block[1], p.block[2]}, p.dynamicShared,
                p.parameters};
  runLaunch(launch);
}

}  // namespace swcuda
