// Arithmetic of single numbers with the device's rules for NaN, zeros and halves.
#pragma once

#include <bit>
#include <cmath>

#include "types.h"

namespace swcuda {

/// The smaller one; a NaN loses, and -0 is smaller than +0.
template <class T>
inline T minOf(T a, T b) {
  if (std::isnan(a)) return b;
  if (std::isnan(b)) return a;
  if (a == b) return std::signbit(a) ? a : b;
  return a < b ? a : b;
}

template <class T>
inline T maxOf(T a, T b) {
  if (std::isnan(a)) return b;
  if (std::isnan(b)) return a;
  if (a == b) return std::signbit(a) ? b : a;
  return a > b ? a : b;
}

/// Clamped to [0, 1]; NaN becomes 0.
inline float saturated(float a) {
  if (!(a > 0.0f)) return 0.0f;
  return a < 1.0f ? a : 1.0f;
}

inline float toFloat(BF16 a) { return std::bit_cast<float>(u32{a.bits} << 16); }

inline float toFloat(F16 a) {
  u32 sign = (a.bits & 0x8000u) << 16;
  u32 exponent = a.bits >> 10 & 31;
  u32 fraction = a.bits & 1023;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | fraction << 13);
  if (exponent == 0) {
    float value = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -value : value;
  }
  return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
}

/// How a conversion to fewer bits rounds.
enum class Rounding : u32 { NEAREST, ZERO, DOWN, UP };

/// Rounds a positive or negative number to `bits` of fraction with the least exponent `least`.
///
/// The result is a double that the narrow type holds exactly, or that overflows it.
double roundTo(double value, int bits, int least, Rounding rounding);

F16 toF16(double value, Rounding rounding = Rounding::NEAREST);
BF16 toBF16(double value, Rounding rounding = Rounding::NEAREST);

/// A float with ten bits of fraction, ties away from zero, as tensor cores read it.
inline float toTf32(float value) {
  u32 bits = std::bit_cast<u32>(value);
  if ((bits & 0x7f800000u) == 0x7f800000u) return value;
  return std::bit_cast<float>((bits + 0x1000u) & ~0x1fffu);
}

}  // namespace swcuda
