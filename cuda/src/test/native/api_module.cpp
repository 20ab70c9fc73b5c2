// The driver API: modules, functions and launches.
#include <algorithm>
#include <cstring>

#include "counters.h"
#include "driver.h"
#include "modules.h"

using namespace swcuda;

namespace {
/// CUfunction_attribute by number.
enum FunctionAttribute { MAX_THREADS, SHARED_SIZE, CONST_SIZE, LOCAL_SIZE, REGISTERS, PTX_VERSION, BINARY_VERSION, CACHE_MODE, MAX_DYNAMIC_SHARED };
}  // namespace

SWCUDA_API int cuModuleLoadData(void** module, const void* image) {
  return unsafeCall("cuModuleLoadData", [&] {
    *module = loadModule(static_cast<const char*>(image), currentDevice());
    return SUCCESS;
  });
}

SWCUDA_API int cuModuleLoadDataEx(void** module, const void* image, unsigned, int*, void**) {
  return unsafeCall("cuModuleLoadDataEx", [&] {
    *module = loadModule(static_cast<const char*>(image), currentDevice());
    return SUCCESS;
  });
}

SWCUDA_API int cuModuleUnload(void* module) {
  return unsafeCall("cuModuleUnload", [&] {
    unloadModule(module);
    return SUCCESS;
  });
}

SWCUDA_API int cuModuleGetFunction(void** function, void* module, const char* name) {
  return call("cuModuleGetFunction", [&] {
    *function = functionNamed(module, name);
    return SUCCESS;
  });
}

SWCUDA_API int cuModuleGetGlobal_v2(u64* address, std::size_t* bytes, void* module, const char* name) {
  return call("cuModuleGetGlobal", [&] {
    ModuleVariable variable = variableNamed(module, name);
    if (address) *address = variable.address;
    if (bytes) *bytes = variable.bytes;
    return SUCCESS;
  });
}

SWCUDA_API int cuFuncGetAttribute(int* value, int which, void* handle) {
  return call("cuFuncGetAttribute", [&] {
    const Kernel& kernel = *functionOf(handle).kernel;
    switch (which) {
      case MAX_THREADS: *value = static_cast<int>(kernel.maxThreads); break;
      case SHARED_SIZE: *value = static_cast<int>(kernel.staticShared); break;
      case LOCAL_SIZE: *value = static_cast<int>(kernel.localBytes); break;
      case REGISTERS: *value = 32; break;
      case PTX_VERSION: *value = 75; break;
      case BINARY_VERSION: *value = 75; break;
      case MAX_DYNAMIC_SHARED: *value = static_cast<int>(kernel.maxDynamicShared); break;
      default: *value = 0;
    }
    return SUCCESS;
  });
}

SWCUDA_API int cuFuncSetAttribute(void* handle, int which, int value) {
  return call("cuFuncSetAttribute", [&] {
    Kernel& kernel = *functionOf(handle).kernel;
    if (which != MAX_DYNAMIC_SHARED) return SUCCESS;
    if (value < 0 || static_cast<u32>(value) + kernel.staticShared > sharedLimitOptIn(currentDevice())) {
      throw Fault(INVALID_VALUE, format("%d bytes of dynamic shared memory; the device has %u for a block", value,
                                        sharedLimitOptIn(currentDevice())));
    }
    kernel.maxDynamicShared = static_cast<u64>(value);
    return SUCCESS;
  });
}

SWCUDA_API int cuFuncSetCacheConfig(void*, int) {
  return call("cuFuncSetCacheConfig", [] { return SUCCESS; });
}

SWCUDA_API int cuLaunchKernel(void* function, unsigned gridX, unsigned gridY, unsigned gridZ, unsigned blockX, unsigned blockY,
                              unsigned blockZ, unsigned shared, void* handle, void** parameters, void** extra) {
  return call("cuLaunchKernel", [&] {
    Stream& stream = streamOf(handle);
    u32 grid[3] = {gridX, gridY, gridZ};
    u32 block[3] = {blockX, blockY, blockZ};
    auto launch = std::make_shared<PreparedLaunch>(
        prepareLaunch(functionOf(function), currentDevice(), grid, block, shared, parameters, extra));
    if (!stream.capture) counters().launches++;
    PreparedLaunch* prepared = launch.get();
    enqueue(stream, WorkKind::KERNEL, prepared->kernel->name.c_str(), [launch] { execute(*launch); }, launch);
    return SUCCESS;
  });
}

SWCUDA_API int cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, void* handle, int threads, std::size_t shared) {
  return call("cuOccupancyMaxActiveBlocksPerMultiprocessor", [&] {
    constexpr int kThreads = 1536;
    const Kernel& kernel = *functionOf(handle).kernel;
    std::size_t bytes = std::max<std::size_t>(kernel.staticShared + shared, 1);
    *blocks = std::min(kThreads / std::max(threads, 1), static_cast<int>(sharedLimitOptIn(currentDevice()) / bytes));
    return SUCCESS;
  });
}
