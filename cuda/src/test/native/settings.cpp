#include "settings.h"

#include <cstdlib>
#include <cstring>

namespace swcuda {

namespace {
/// The value of ESPALIER_SWCUDA_<name>, or null.
const char* variable(const char* name) {
  std::string full = std::string("ESPALIER_SWCUDA_") + name;
  const char* value = std::getenv(full.c_str());
  return value && *value ? value : nullptr;
}

u64 number(const char* name, u64 otherwise) {
  const char* value = variable(name);
  return value ? std::strtoull(value, nullptr, 0) : otherwise;
}

bool flag(const char* name, bool otherwise) { return number(name, otherwise) != 0; }

ThreadOrder order(ThreadOrder otherwise) {
  const char* value = variable("THREAD_ORDER");
  if (!value) return otherwise;
  if (!strcmp(value, "reverse")) return ThreadOrder::REVERSE;
  if (!strcmp(value, "shuffled")) return ThreadOrder::SHUFFLED;
  return ThreadOrder::FORWARD;
}

Settings fromEnvironment() {
  Settings start;
  start.threadOrder = order(start.threadOrder);
  start.seed = number("SEED", start.seed);
  start.lazyStreams = flag("LAZY_STREAMS", start.lazyStreams);
  start.poison = flag("POISON", start.poison);
  start.raceCheck = flag("RACE_CHECK", start.raceCheck);
  start.terminatedParameters = flag("TERMINATED_PARAMETERS", start.terminatedParameters);
  start.verbose = flag("VERBOSE", start.verbose);
  start.devices = static_cast<int>(number("DEVICES", start.devices));
  u64 capability = number("CAPABILITY", start.major * 10 + start.minor);
  start.major = static_cast<int>(capability / 10);
  start.minor = static_cast<int>(capability % 10);
  start.multiprocessors = static_cast<int>(number("MULTIPROCESSORS", start.multiprocessors));
  start.memoryLimit = number("MEMORY_LIMIT", start.memoryLimit);
  start.patience = number("PATIENCE", start.patience);
  return start;
}
}  // namespace

Settings& settings() {
  static Settings current = fromEnvironment();
  return current;
}

void resetSettings() { settings() = fromEnvironment(); }

}  // namespace swcuda
