// Rounding other than to nearest, subnormals flushed to zero, results clamped to [0, 1].
#pragma once

#include "decoder.h"
#include "warp.h"

namespace swcuda {

/// Reads .rz, .rm, .rp, .ftz and .sat and, when there is any, wraps the handler already chosen.
void wrapInEnvironment(const Statement& s, Instruction& i);

}  // namespace swcuda
