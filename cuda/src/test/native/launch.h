// A launch that has been checked and whose parameters are copied: ready to run, now or later.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernel.h"

namespace swcuda {

struct Device;

/// A kernel of a loaded module.
struct Function {
  std::shared_ptr<Kernel> kernel;
  void* module = nullptr;
};

struct PreparedLaunch {
  std::shared_ptr<Kernel> kernel;
  Device* device = nullptr;
  u32 grid[3] = {1, 1, 1};
  u32 block[3] = {1, 1, 1};
  u32 dynamicShared = 0;
  std::vector<u8> parameters;
};

/// Checks sizes, counts and addresses, and copies the parameters; throws when something is wrong.
PreparedLaunch prepareLaunch(const Function& function, Device& device, const u32 grid[3], const u32 block[3], u32 shared,
                             void** parameters, void** extra);

/// Runs it to its end.
void execute(const PreparedLaunch& launch);

/// Shared memory that a block may use on this device: with the default, and when asked for.
u32 sharedLimit(const Device& device);
u32 sharedLimitOptIn(const Device& device);

/// The function behind a handle; throws INVALID_HANDLE.
Function& functionOf(const void* handle);

}  // namespace swcuda
