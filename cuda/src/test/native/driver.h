// The driver's state: devices, contexts, and what every call goes through.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "fault.h"
#include "faults.h"
#include "memory.h"
#include "stream.h"

/// A function that the library shows to the outside.
#define SWCUDA_API extern "C" __attribute__((visibility("default")))

namespace swcuda {

struct Device {
  explicit Device(int ordinal) : ordinal(ordinal), memory(ordinal) { defaultStream.device = this; }

  int ordinal;
  Memory memory;
  /// The error that made the device useless; every later call answers it.
  int broken = 0;
  int retained = 0;
  Stream defaultStream;
  std::vector<std::unique_ptr<Stream>> streams;
};

struct Context {
  Device* device;
  bool primary;
};

/// One lock for all: the device works on one thing at a time.
std::recursive_mutex& driverLock();

bool isInitialised();
void initialise();

/// The device of that number, or null.
Device* deviceAt(int ordinal);
/// Every device that was ever asked for.
const std::vector<std::unique_ptr<Device>>& devices();

/// The calling thread's contexts, the current one last.
std::vector<Context*>& contextStack();
Context* currentContext();
Context* primaryContext(Device& device);
/// The current context's device. Only where a call has checked that there is one.
Device& currentDevice();
bool isContext(const void* handle);

/// What a call asks for before it does anything.
enum class Needs { NOTHING, DRIVER, CONTEXT };

/// Whether a call is allowed while a stream is being captured.
enum class InCapture { ALLOWED, UNSAFE };

/// Runs a call's body under the lock, after the checks that all calls share; faults become codes.
template <class Body>
int call(const char* name, Needs needs, InCapture inCapture, Body body) {
  std::lock_guard<std::recursive_mutex> hold(driverLock());
  if (int error = injectedFault(name)) return report(error, std::string(name) + ": the fault that was asked for");
  if (needs != Needs::NOTHING && !isInitialised()) return report(NOT_INITIALIZED, std::string(name) + " before cuInit");
  if (needs == Needs::CONTEXT) {
    if (!currentContext()) return report(INVALID_CONTEXT, std::string(name) + ": this thread has no current context");
    if (currentDevice().broken) return currentDevice().broken;
  }
  try {
    if (inCapture == InCapture::UNSAFE) refuseWhileCapturing(name);
    return body();
  } catch (const Fault& fault) {
    return report(fault.code, std::string(name) + ": " + fault.text);
  }
}

/// The common case: a call that needs a context and is allowed while capturing.
template <class Body>
int call(const char* name, Body body) {
  return call(name, Needs::CONTEXT, InCapture::ALLOWED, body);
}

template <class Body>
int unsafeCall(const char* name, Body body) {
  return call(name, Needs::CONTEXT, InCapture::UNSAFE, body);
}

/// Ends all work, frees everything and forgets all errors: a device as new.
void resetDevices();

}  // namespace swcuda
