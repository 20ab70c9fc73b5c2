#include "driver.h"

#include <algorithm>

#include "counters.h"
#include "modules.h"
#include "settings.h"

namespace swcuda {

namespace {
bool initialised = false;
thread_local std::vector<Context*> current;

std::vector<std::unique_ptr<Device>>& made() {
  static std::vector<std::unique_ptr<Device>> all;
  return all;
}

std::vector<std::unique_ptr<Context>>& primaries() {
  static std::vector<std::unique_ptr<Context>> all;
  return all;
}
}  // namespace

std::recursive_mutex& driverLock() {
  static std::recursive_mutex only;
  return only;
}

bool isInitialised() { return initialised; }

void initialise() { initialised = true; }

Device* deviceAt(int ordinal) {
  if (ordinal < 0 || ordinal >= settings().devices) return nullptr;
  while (static_cast<int>(made().size()) <= ordinal) {
    made().push_back(std::make_unique<Device>(static_cast<int>(made().size())));
    primaries().push_back(std::make_unique<Context>(Context{made().back().get(), true}));
  }
  return made()[static_cast<std::size_t>(ordinal)].get();
}

const std::vector<std::unique_ptr<Device>>& devices() { return made(); }

std::vector<Context*>& contextStack() { return current; }

Context* currentContext() { return current.empty() ? nullptr : current.back(); }

Context* primaryContext(Device& device) { return primaries()[static_cast<std::size_t>(device.ordinal)].get(); }

Device& currentDevice() { return *currentContext()->device; }

bool isContext(const void* handle) {
  return std::any_of(primaries().begin(), primaries().end(), [=](const auto& context) { return context.get() == handle; });
}

void resetDevices() {
  forgetCaptures();
  for (const auto& device : made()) {
    device->defaultStream.queue.clear();
    for (const auto& stream : device->streams) stream->queue.clear();
    device->streams.clear();
    device->memory.freeAll();
    device->broken = 0;
    device->retained = 0;
  }
  HostMemory::instance().freeAll();
  forgetEvents();
  forgetModules();
  clearFaults();
  clearLastError();
  counters() = Counters{};
  resetSettings();
  current.clear();
}

}  // namespace swcuda
