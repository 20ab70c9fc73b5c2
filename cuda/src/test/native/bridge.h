// What the driver's library lends to the library of matrix products.
#pragma once

#include <functional>

#include "fault.h"
#include "types.h"

#define SWCUDA_BRIDGE __attribute__((visibility("default")))

namespace swcuda {

/// Runs a call of cuBLAS under the driver's lock, after its checks; answers with a cublasStatus.
SWCUDA_BRIDGE int blasCall(const char* name, const std::function<int()>& body);

/// Puts a product into a stream of the current device, and counts it as a launch.
SWCUDA_BRIDGE void blasEnqueue(void* stream, const char* name, std::function<void()> run);

/// True when the stream is being captured.
SWCUDA_BRIDGE bool blasCaptures(void* stream);

/// The bytes at an address of the device; a fault when they are not all there.
SWCUDA_BRIDGE u8* blasMemory(u64 address, u64 bytes, const char* what);

/// Counts what a product has moved, under its name.
SWCUDA_BRIDGE void blasCount(const char* name, u64 loaded, u64 stored);

}  // namespace swcuda
