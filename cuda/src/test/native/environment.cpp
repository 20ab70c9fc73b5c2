#include "environment.h"

#include <xmmintrin.h>

#include "lane_math.h"

namespace swcuda {

namespace {
// Bits of the processor's control register for vector arithmetic.
constexpr u32 kTowardsMinus = 1u << 13;
constexpr u32 kTowardsPlus = 2u << 13;
constexpr u32 kTowardsZero = 3u << 13;
constexpr u32 kFlushResults = 1u << 15;
constexpr u32 kFlushSources = 1u << 6;
constexpr u32 kControlBits = kTowardsZero | kFlushResults | kFlushSources;
/// A bit that the register has not got.
constexpr u32 kSaturate = 1u << 31;

void inEnvironment(Warp& warp, const Instruction& i) {
  u32 before = _mm_getcsr();
  _mm_setcsr((before & ~kControlBits) | (i.environment & kControlBits));
  i.inner(warp, i);
  _mm_setcsr(before);
  if (!(i.environment & kSaturate)) return;
  float* d = warp.lanes<float>(i.d);
  forLanes(warp.active(), [=](u32 lane) { d[lane] = saturated(d[lane]); });
}
}  // namespace

void wrapInEnvironment(const Statement& s, Instruction& i) {
  u32 bits = 0;
  if (s.has("rz")) bits = kTowardsZero;
  if (s.has("rm")) bits = kTowardsMinus;
  if (s.has("rp")) bits = kTowardsPlus;
  if (s.has("ftz")) bits |= kFlushResults | kFlushSources;
  if (s.has("sat")) {
    if (s.types().front() != Type::F32) Decoder::unsupported(s);
    bits |= kSaturate;
  }
  if (bits == 0) return;
  i.environment = bits;
  i.inner = i.run;
  i.run = inEnvironment;
}

}  // namespace swcuda
