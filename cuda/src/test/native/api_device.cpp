// The driver API: initialisation, devices, contexts, error names.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "counters.h"
#include "driver.h"
#include "settings.h"

using namespace swcuda;

namespace {
/// As a driver for CUDA 12.6 answers.
constexpr int kDriverVersion = 12060;

Device& deviceOrFault(int ordinal) {
  Device* device = deviceAt(ordinal);
  if (!device) throw Fault(INVALID_DEVICE, format("there is no device %d; there are %d", ordinal, settings().devices));
  return *device;
}

/// CUdevice_attribute by number. What a backend may ask is answered as a small GPU would.
int attribute(int which, Device& device) {
  switch (which) {
    case 1: return 1024;                                        // MAX_THREADS_PER_BLOCK
    case 2: case 3: return 1024;                                // MAX_BLOCK_DIM_X, Y
    case 4: return 64;                                          // MAX_BLOCK_DIM_Z
    case 5: return 2147483647;                                  // MAX_GRID_DIM_X
    case 6: case 7: return 65535;                               // MAX_GRID_DIM_Y, Z
    case 8: return static_cast<int>(sharedLimit(device));       // MAX_SHARED_MEMORY_PER_BLOCK
    case 9: return 65536;                                       // TOTAL_CONSTANT_MEMORY
    case 10: return 32;                                         // WARP_SIZE
    case 12: return 65536;                                      // MAX_REGISTERS_PER_BLOCK
    case 13: return 1000000;                                    // CLOCK_RATE
    case 16: return settings().multiprocessors;                 // MULTIPROCESSOR_COUNT
    case 31: return 1;                                          // CONCURRENT_KERNELS
    case 39: return 1536;                                       // MAX_THREADS_PER_MULTIPROCESSOR
    case 40: return 1;                                          // ASYNC_ENGINE_COUNT
    case 41: return 1;                                          // UNIFIED_ADDRESSING
    case 75: return settings().major;                           // COMPUTE_CAPABILITY_MAJOR
    case 76: return settings().minor;                           // COMPUTE_CAPABILITY_MINOR
    case 81: return 65536;                                      // MAX_REGISTERS_PER_MULTIPROCESSOR
    case 82: return static_cast<int>(sharedLimitOptIn(device));  // MAX_SHARED_MEMORY_PER_MULTIPROCESSOR
    case 97: return static_cast<int>(sharedLimitOptIn(device));  // MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
    case 115: return 0;                                         // MEMORY_POOLS_SUPPORTED: there are none
    default: return 0;
  }
}
}  // namespace

SWCUDA_API int cuInit(unsigned flags) {
  return call("cuInit", Needs::NOTHING, InCapture::ALLOWED, [&] {
    if (flags != 0) throw Fault(INVALID_VALUE, "flags must be 0");
    if (settings().devices == 0) throw Fault(static_cast<Result>(100), "there is no device");
    initialise();
    return SUCCESS;
  });
}

SWCUDA_API int cuDriverGetVersion(int* version) {
  return call("cuDriverGetVersion", Needs::NOTHING, InCapture::ALLOWED, [&] {
    *version = kDriverVersion;
    return SUCCESS;
  });
}

SWCUDA_API int cuDeviceGetCount(int* count) {
  return call("cuDeviceGetCount", Needs::DRIVER, InCapture::ALLOWED, [&] {
    *count = settings().devices;
    return SUCCESS;
  });
}

SWCUDA_API int cuDeviceGet(int* device, int ordinal) {
  return call("cuDeviceGet", Needs::DRIVER, InCapture::ALLOWED, [&] {
    *device = deviceOrFault(ordinal).ordinal;
    return SUCCESS;
  });
}

SWCUDA_API int cuDeviceGetName(char* name, int length, int device) {
  return call("cuDeviceGetName", Needs::DRIVER, InCapture::ALLOWED, [&] {
    deviceOrFault(device);
    snprintf(name, static_cast<std::size_t>(length), "Software CUDA device");
    return SUCCESS;
  });
}

SWCUDA_API int cuDeviceTotalMem_v2(std::size_t* bytes, int device) {
  return call("cuDeviceTotalMem", Needs::DRIVER, InCapture::ALLOWED, [&] {
    deviceOrFault(device);
    *bytes = settings().memoryLimit;
    return SUCCESS;
  });
}

SWCUDA_API int cuDeviceComputeCapability(int* major, int* minor, int device) {
  return call("cuDeviceComputeCapability", Needs::DRIVER, InCapture::ALLOWED, [&] {
    deviceOrFault(device);
    *major = settings().major;
    *minor = settings().minor;
    return SUCCESS;
  });
}

SWCUDA_API int cuDeviceGetAttribute(int* value, int which, int device) {
  return call("cuDeviceGetAttribute", Needs::DRIVER, InCapture::ALLOWED, [&] {
    *value = attribute(which, deviceOrFault(device));
    return SUCCESS;
  });
}

SWCUDA_API int cuDevicePrimaryCtxRetain(void** context, int device) {
  return call("cuDevicePrimaryCtxRetain", Needs::DRIVER, InCapture::ALLOWED, [&] {
    Device& found = deviceOrFault(device);
    found.retained++;
    *context = primaryContext(found);
    return SUCCESS;
  });
}

SWCUDA_API int cuDevicePrimaryCtxRelease_v2(int device) {
  return call("cuDevicePrimaryCtxRelease", Needs::DRIVER, InCapture::ALLOWED, [&] {
    Device& found = deviceOrFault(device);
    if (found.retained == 0) throw Fault(INVALID_CONTEXT, "released more often than retained");
    if (--found.retained == 0) {
      // The context goes, and with it the error that broke it. After an error no one could free the memory;
      // else what still lives was leaked, and stays to be counted.
      drainAll(found);
      found.streams.clear();
      if (found.broken) {
        found.memory.freeAll();
        HostMemory::instance().freeAll(found.ordinal);
      }
      found.broken = 0;
    }
    return SUCCESS;
  });
}

SWCUDA_API int cuDevicePrimaryCtxGetState(int device, unsigned* flags, int* active) {
  return call("cuDevicePrimaryCtxGetState", Needs::DRIVER, InCapture::ALLOWED, [&] {
    *flags = 0;
    *active = deviceOrFault(device).retained > 0;
    return SUCCESS;
  });
}

SWCUDA_API int cuCtxSetCurrent(void* context) {
  return call("cuCtxSetCurrent", Needs::DRIVER, InCapture::ALLOWED, [&] {
    if (context && !isContext(context)) throw Fault(INVALID_CONTEXT, "not a context");
    if (!contextStack().empty()) contextStack().pop_back();
    if (context) contextStack().push_back(static_cast<Context*>(context));
    return SUCCESS;
  });
}

SWCUDA_API int cuCtxGetCurrent(void** context) {
  return call("cuCtxGetCurrent", Needs::DRIVER, InCapture::ALLOWED, [&] {
    *context = currentContext();
    return SUCCESS;
  });
}

SWCUDA_API int cuCtxPushCurrent_v2(void* context) {
  return call("cuCtxPushCurrent", Needs::DRIVER, InCapture::ALLOWED, [&] {
    if (!isContext(context)) throw Fault(INVALID_CONTEXT, "not a context");
    contextStack().push_back(static_cast<Context*>(context));
    return SUCCESS;
  });
}

SWCUDA_API int cuCtxPopCurrent_v2(void** context) {
  return call("cuCtxPopCurrent", Needs::DRIVER, InCapture::ALLOWED, [&] {
    if (contextStack().empty()) throw Fault(INVALID_CONTEXT, "no context to pop");
    if (context) *context = contextStack().back();
    contextStack().pop_back();
    return SUCCESS;
  });
}

SWCUDA_API int cuCtxGetDevice(int* device) {
  return call("cuCtxGetDevice", [&] {
    *device = currentDevice().ordinal;
    return SUCCESS;
  });
}

SWCUDA_API int cuCtxSynchronize() {
  return unsafeCall("cuCtxSynchronize", [&] {
    counters().synchronisations++;
    return drainAll(currentDevice());
  });
}

SWCUDA_API int cuCtxGetStreamPriorityRange(int* least, int* greatest) {
  return call("cuCtxGetStreamPriorityRange", [&] {
    if (least) *least = 0;
    if (greatest) *greatest = -1;
    return SUCCESS;
  });
}

SWCUDA_API int cuDeviceCanAccessPeer(int* can, int, int) {
  return call("cuDeviceCanAccessPeer", Needs::DRIVER, InCapture::ALLOWED, [&] {
    *can = 0;
    return SUCCESS;
  });
}

SWCUDA_API int cuGetErrorName(int error, const char** name) {
  *name = nameOf(error);
  return *name ? SUCCESS : INVALID_VALUE;
}

SWCUDA_API int cuGetErrorString(int error, const char** text) { return cuGetErrorName(error, text); }
