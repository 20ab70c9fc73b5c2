#include "faults.h"

#include <map>

namespace swcuda {

namespace {
struct Plan {
  int remaining;
  int error;
};

std::map<std::string, Plan>& plans() {
  static std::map<std::string, Plan> all;
  return all;
}

int countDown(const std::string& name) {
  auto plan = plans().find(name);
  if (plan == plans().end() || plan->second.remaining-- > 0) return 0;
  int error = plan->second.error;
  plans().erase(plan);
  return error;
}
}  // namespace

void failNext(const std::string& function, int after, int error) { plans()[function] = {after, error}; }

void clearFaults() { plans().clear(); }

int injectedFault(const char* function) {
  if (plans().empty()) return 0;
  int error = countDown(function);
  return error ? error : countDown("*");
}

}  // namespace swcuda
