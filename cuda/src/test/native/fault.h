// What went wrong, as an exception inside the device and as a text for whoever asks.
#pragma once

#include <exception>
#include <string>

#include "types.h"

namespace swcuda {

/// A wrong access, launch or call: the code the driver would answer with, and the words it would not.
class __attribute__((visibility("default"))) Fault : public std::exception {
 public:
  /// `lane` is the lane of the warp that did it, or -1 when no single one did.
  Fault(Result code, std::string text, int lane = -1) : code(code), text(std::move(text)), lane(lane) {}

  const char* what() const noexcept override { return text.c_str(); }

  Result code;
  std::string text;
  int lane;
};

/// Formats like printf into a string.
std::string format(const char* pattern, ...) __attribute__((format(printf, 1, 2), visibility("default")));

/// Remembers `text` as the last error and prints it when the device is verbose; returns `code`.
int report(int code, const std::string& text);

/// The text of the last error, empty when there was none since the last reset.
const std::string& lastError();
void clearLastError();

/// The name of a CUresult, as cuGetErrorName gives it.
const char* nameOf(int code);

}  // namespace swcuda
