#include "lane_math.h"

#include <limits>

namespace swcuda {

double roundTo(double value, int bits, int least, Rounding rounding) {
  if (value == 0 || !std::isfinite(value)) return value;
  int exponent = std::max(std::ilogb(value), least);
  double step = std::ldexp(1.0, exponent - bits);
  double steps = value / step;  // exact: a power of two
  switch (rounding) {
    case Rounding::NEAREST: {
      double low = std::floor(steps);
      double rest = steps - low;
      bool up = rest > 0.5 || (rest == 0.5 && std::fmod(low, 2.0) != 0);
      steps = up ? low + 1 : low;
      break;
    }
    case Rounding::ZERO: steps = std::trunc(steps); break;
    case Rounding::DOWN: steps = std::floor(steps); break;
    case Rounding::UP: steps = std::ceil(steps); break;
  }
  return std::copysign(steps * step, value);
}

F16 toF16(double value, Rounding rounding) {
  if (std::isnan(value)) return {0x7fff};
  u16 sign = std::signbit(value) ? 0x8000 : 0;
  double rounded = std::fabs(roundTo(value, 10, -14, rounding));
  constexpr double kLargest = 65504;
  if (rounded > kLargest) {
    bool inward = rounding == Rounding::ZERO || (rounding == Rounding::DOWN && !sign) || (rounding == Rounding::UP && sign);
    return {static_cast<u16>(sign | (inward && std::isfinite(value) ? 0x7bff : 0x7c00))};
  }
  if (rounded < 0x1p-14) return {static_cast<u16>(sign | static_cast<u16>(rounded * 0x1p24))};
  int exponent = std::ilogb(rounded);
  u32 fraction = static_cast<u32>(std::ldexp(rounded, 10 - exponent)) & 1023;
  return {static_cast<u16>(sign | static_cast<u32>(exponent + 15) << 10 | fraction)};
}

BF16 toBF16(double value, Rounding rounding) {
  if (std::isnan(value)) return {0x7fff};
  double rounded = roundTo(value, 7, -126, rounding);
  constexpr double kLargest = 0x1.fep127;
  if (std::fabs(rounded) > kLargest && std::isfinite(value)) {
    bool negative = std::signbit(value);
    bool inward = rounding == Rounding::ZERO || (rounding == Rounding::DOWN && !negative) || (rounding == Rounding::UP && negative);
    rounded = std::copysign(inward ? kLargest : std::numeric_limits<double>::infinity(), value);
  }
  return {static_cast<u16>(std::bit_cast<u32>(static_cast<float>(rounded)) >> 16)};
}

}  // namespace swcuda
