// What the tests steer and read the device by. No driver has these functions.
#include <cstring>

#include "counters.h"
#include "driver.h"
#include "settings.h"

using namespace swcuda;

namespace {
/// Copies a text with its end; returns how long it is, whether it fitted or not.
int give(const std::string& text, char* buffer, int capacity) {
  if (capacity > 0) {
    std::size_t length = std::min(text.size(), static_cast<std::size_t>(capacity - 1));
    memcpy(buffer, text.data(), length);
    buffer[length] = 0;
  }
  return static_cast<int>(text.size());
}

std::lock_guard<std::recursive_mutex> locked() { return std::lock_guard<std::recursive_mutex>(driverLock()); }
}  // namespace

SWCUDA_API void espalierDeviceReset() {
  auto hold = locked();
  resetDevices();
}

SWCUDA_API void espalierDeviceResetCounters() {
  auto hold = locked();
  counters() = Counters{};
}

SWCUDA_API int espalierDeviceCounters(char* buffer, int capacity) {
  auto hold = locked();
  return give(reportCounters(), buffer, capacity);
}

SWCUDA_API int espalierDeviceDescribe(char* buffer, int capacity) {
  auto hold = locked();
  return give(lastError(), buffer, capacity);
}

SWCUDA_API void espalierDeviceThreadOrder(int order, long long seed) {
  auto hold = locked();
  settings().threadOrder = static_cast<ThreadOrder>(order);
  settings().seed = static_cast<u64>(seed);
}

SWCUDA_API int espalierDeviceSet(const char* name, long long value) {
  auto hold = locked();
  Settings& now = settings();
  std::string setting = name;
  if (setting == "lazyStreams") {
    now.lazyStreams = value != 0;
  } else if (setting == "poison") {
    now.poison = value != 0;
  } else if (setting == "raceCheck") {
    now.raceCheck = value != 0;
  } else if (setting == "terminatedParameters") {
    now.terminatedParameters = value != 0;
  } else if (setting == "verbose") {
    now.verbose = value != 0;
  } else if (setting == "devices") {
    now.devices = static_cast<int>(value);
  } else if (setting == "capability") {
    now.major = static_cast<int>(value / 10);
    now.minor = static_cast<int>(value % 10);
  } else if (setting == "multiprocessors") {
    now.multiprocessors = static_cast<int>(value);
  } else if (setting == "memoryLimit") {
    now.memoryLimit = static_cast<u64>(value);
  } else if (setting == "patience") {
    now.patience = static_cast<u64>(value);
  } else {
    return INVALID_VALUE;
  }
  return SUCCESS;
}

SWCUDA_API void espalierDeviceFailNext(const char* function, int after, int error) {
  auto hold = locked();
  failNext(function, after, error);
}

SWCUDA_API int espalierDeviceUnsupported(const char* function) {
  auto hold = locked();
  return report(NOT_SUPPORTED, std::string(function) + " is not part of the software device");
}

SWCUDA_API int espalierDeviceReport(int code, const char* text) {
  auto hold = locked();
  return report(code, text);
}
