// Loaded modules: their functions, decoded when asked for, and their variables.
#pragma once

#include <string>

#include "launch.h"

namespace swcuda {

struct Module;

/// Reads a module's text; throws INVALID_PTX and its like.
Module* loadModule(const std::string& ptx, Device& device);
void unloadModule(void* handle);

/// Decodes a kernel; throws NOT_FOUND, or names the instruction that is not known.
Function* functionNamed(void* module, const std::string& name);

struct ModuleVariable {
  u64 address;
  u64 bytes;
};
ModuleVariable variableNamed(void* module, const std::string& name);

void forgetModules();

}  // namespace swcuda
