// What can be turned on and off, by environment variables at first and by the control functions later.
#pragma once

#include <string>

#include "types.h"

namespace swcuda {

/// The order in which blocks, and warps between barriers, run.
enum class ThreadOrder : int { FORWARD, REVERSE, SHUFFLED };

struct Settings {
  ThreadOrder threadOrder = ThreadOrder::FORWARD;
  u64 seed = 1;
  bool lazyStreams = true;
  bool poison = true;
  bool raceCheck = true;
  /// Whether a launch's parameter list must end with a null pointer, so that its length can be checked.
  bool terminatedParameters = false;
  bool verbose = false;
  int devices = 1;
  int major = 8;
  int minor = 0;
  int multiprocessors = 4;
  u64 memoryLimit = u64{2} << 30;
  /// Instructions a warp may jump back over in one block before the launch counts as hanging.
  u64 patience = u64{200} * 1000 * 1000;
};

/// The settings in force. They start from the variables ESPALIER_SWCUDA_...
Settings& settings();

/// Puts the start values back.
void resetSettings();

}  // namespace swcuda
