#include "bridge.h"

#include "counters.h"
#include "driver.h"

namespace swcuda {

namespace {
enum BlasStatus { BLAS_SUCCESS = 0, BLAS_NOT_INITIALIZED = 1, BLAS_INVALID_VALUE = 7, BLAS_EXECUTION_FAILED = 13, BLAS_NOT_SUPPORTED = 15 };
}

int blasCall(const char* name, const std::function<int()>& body) {
  std::lock_guard<std::recursive_mutex> hold(driverLock());
  if (int error = injectedFault(name)) return report(error, std::string(name) + ": the fault that was asked for");
  if (!isInitialised() || !currentContext()) {
    return report(BLAS_NOT_INITIALIZED, std::string(name) + ": this thread has no current context");
  }
  if (currentDevice().broken) return BLAS_EXECUTION_FAILED;
  try {
    return body();
  } catch (const Fault& fault) {
    report(fault.code, std::string(name) + ": " + fault.text);
    return fault.code == NOT_SUPPORTED ? BLAS_NOT_SUPPORTED : BLAS_INVALID_VALUE;
  }
}

void blasEnqueue(void* handle, const char* name, std::function<void()> run) {
  Stream& stream = streamOf(handle);
  if (!stream.capture) counters().launches++;
  enqueue(stream, WorkKind::KERNEL, name, std::move(run));
}

bool blasCaptures(void* stream) { return streamOf(stream).capture != nullptr; }

u8* blasMemory(u64 address, u64 bytes, const char* what) { return resolveAddress(address, bytes, what); }

void blasCount(const char* name, u64 loaded, u64 stored) {
  counters().kernels[name].add({.launches = 1, .blocks = 0, .loaded = loaded, .stored = stored});
}

}  // namespace swcuda
