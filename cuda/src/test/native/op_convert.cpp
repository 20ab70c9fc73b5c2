// Conversions between all types: cvt with its roundings and saturation.
#include <cmath>
#include <limits>

#include "environment.h"
#include "handlers.h"
#include "lane_math.h"

namespace swcuda {

namespace {
/// Reads lane n of registers of `width` bytes as a T, which may be narrower: the low bytes count.
template <class T>
T lowPart(const u8* registers, u32 width, u32 lane) {
  T value;
  __builtin_memcpy(&value, registers + lane * width, sizeof(T));
  return value;
}

/// Writes an integer to a register of any width: signed ones are extended with their sign.
template <class T>
void writeExtended(u8* registers, u32 width, u32 lane, T value) {
  u64 bits = static_cast<u64>(static_cast<s64>(value));
  if constexpr (std::is_unsigned_v<T>) bits = value;
  __builtin_memcpy(registers + lane * width, &bits, width);
}

// Widths of both registers lie in `count`, the rounding in `mode`, saturation in `flip`.
u32 sourceWidth(const Instruction& i) { return i.count & 15; }
u32 targetWidth(const Instruction& i) { return i.count >> 4; }

template <class From, class To>
void integerToInteger(Warp& warp, const Instruction& i) {
  const u8* a = warp.lanes<u8>(i.a);
  u8* d = warp.lanes<u8>(i.d);
  u32 from = sourceWidth(i);
  u32 to = targetWidth(i);
  bool saturates = i.flip != 0;
  forLanes(warp.active(), [=](u32 lane) {
    From value = lowPart<From>(a, from, lane);
    To result = static_cast<To>(value);
    if (saturates) {
      __int128 wide = value;
      if (wide < std::numeric_limits<To>::min()) result = std::numeric_limits<To>::min();
      if (wide > std::numeric_limits<To>::max()) result = std::numeric_limits<To>::max();
    }
    writeExtended(d, to, lane, result);
  });
}

/// The common case: both registers as wide as their types, nothing to clamp.
template <class From, class To>
void integerToIntegerPlain(Warp& warp, const Instruction& i) {
  const From* a = warp.lanes<From>(i.a);
  To* d = warp.lanes<To>(i.d);
  forLanes(warp.active(), [=](u32 lane) { d[lane] = static_cast<To>(a[lane]); });
}

template <class From, class To>
void integerToFloat(Warp& warp, const Instruction& i) {
  const u8* a = warp.lanes<u8>(i.a);
  To* d = warp.lanes<To>(i.d);
  u32 from = sourceWidth(i);
  forLanes(warp.active(), [=](u32 lane) {
    From value = lowPart<From>(a, from, lane);
    if constexpr (std::is_same_v<To, F16>) {
      d[lane] = toF16(static_cast<double>(value), static_cast<Rounding>(i.mode));
    } else if constexpr (std::is_same_v<To, BF16>) {
      d[lane] = toBF16(static_cast<double>(value), static_cast<Rounding>(i.mode));
    } else {
      d[lane] = static_cast<To>(value);
    }
  });
}

template <class From>
double asDouble(From value) {
  if constexpr (std::is_same_v<From, F16> || std::is_same_v<From, BF16>) {
    return toFloat(value);
  } else {
    return value;
  }
}

double roundedToInteger(double value, Rounding rounding) {
  switch (rounding) {
    case Rounding::ZERO: return std::trunc(value);
    case Rounding::DOWN: return std::floor(value);
    case Rounding::UP: return std::ceil(value);
    default: return std::nearbyint(value);
  }
}

/// Beyond the range the nearest end; NaN is 0 (for 64 bits the lowest value, as the device has it).
template <class From, class To>
void floatToInteger(Warp& warp, const Instruction& i) {
  const From* a = warp.lanes<From>(i.a);
  u8* d = warp.lanes<u8>(i.d);
  u32 to = targetWidth(i);
  auto rounding = static_cast<Rounding>(i.mode);
  forLanes(warp.active(), [=](u32 lane) {
    double value = roundedToInteger(asDouble(a[lane]), rounding);
    constexpr double low = static_cast<double>(std::numeric_limits<To>::min());
    constexpr double high = sizeof(To) == 8 ? (std::is_signed_v<To> ? 0x1p63 : 0x1p64)
                                            : static_cast<double>(std::numeric_limits<To>::max()) + 1;
    To result;
    if (std::isnan(value)) {
      result = sizeof(To) == 8 ? static_cast<To>(u64{1} << 63) : To{0};
    } else if (value <= low) {
      result = std::numeric_limits<To>::min();
    } else if (value >= high) {
      result = std::numeric_limits<To>::max();
    } else {
      result = static_cast<To>(value);
    }
    writeExtended(d, to, lane, result);
  });
}

// For float to float, bit 8 of `mode` asks for a whole number and bit 9 for max(x, 0).
constexpr u32 kWhole = 1u << 8;
constexpr u32 kRelu = 1u << 9;

template <class From, class To>
void floatToFloat(Warp& warp, const Instruction& i) {
  const From* a = warp.lanes<From>(i.a);
  To* d = warp.lanes<To>(i.d);
  auto rounding = static_cast<Rounding>(i.mode & 255);
  bool saturates = i.flip != 0;
  forLanes(warp.active(), [=](u32 lane) {
    double value = asDouble(a[lane]);
    if (i.mode & kWhole) value = roundedToInteger(value, rounding);
    if ((i.mode & kRelu) && !(value > 0)) value = std::isnan(value) ? value : 0;
    if (saturates) value = saturated(static_cast<float>(value));
    if constexpr (std::is_same_v<To, F16>) {
      d[lane] = toF16(value, rounding);
    } else if constexpr (std::is_same_v<To, BF16>) {
      d[lane] = toBF16(value, rounding);
    } else {
      d[lane] = static_cast<To>(value);
    }
  });
}

/// d = {a, b} as two halves; a becomes the upper one.
template <class H>
void floatsToPair(Warp& warp, const Instruction& i) {
  const float* a = warp.lanes<float>(i.a);
  const float* b = warp.lanes<float>(i.b);
  u32* d = warp.lanes<u32>(i.d);
  auto rounding = static_cast<Rounding>(i.mode & 255);
  auto narrowed = [&](double value) {
    if ((i.mode & kRelu) && !(value > 0)) value = std::isnan(value) ? value : 0;
    if constexpr (std::is_same_v<H, F16>) return toF16(value, rounding).bits;
    return toBF16(value, rounding).bits;
  };
  forLanes(warp.active(), [&](u32 lane) { d[lane] = u32{narrowed(a[lane])} << 16 | narrowed(b[lane]); });
}

void toTensorFloat(Warp& warp, const Instruction& i) {
  const float* a = warp.lanes<float>(i.a);
  float* d = warp.lanes<float>(i.d);
  forLanes(warp.active(), [=](u32 lane) { d[lane] = toTf32(a[lane]); });
}

template <class T> constexpr bool isReal = std::is_floating_point_v<T> || std::is_same_v<T, F16> || std::is_same_v<T, BF16>;

template <class Make>
Handler forAnyType(Type type, Make make) {
  switch (type) {
    case Type::U8: case Type::B8: return make.template operator()<u8>();
    case Type::S8: return make.template operator()<s8>();
    case Type::F16: return make.template operator()<F16>();
    case Type::BF16: return make.template operator()<BF16>();
    case Type::F32: return make.template operator()<float>();
    case Type::F64: return make.template operator()<double>();
    default: return forInteger(type, make);
  }
}

template <class From, class To>
Handler conversion(bool plain) {
  if constexpr (isReal<From> && isReal<To>) {
    return floatToFloat<From, To>;
  } else if constexpr (isReal<From>) {
    return floatToInteger<From, To>;
  } else if constexpr (isReal<To>) {
    return integerToFloat<From, To>;
  } else {
    return plain ? integerToIntegerPlain<From, To> : integerToInteger<From, To>;
  }
}

Rounding roundingOf(const Statement& s) {
  if (s.has("rz") || s.has("rzi")) return Rounding::ZERO;
  if (s.has("rm") || s.has("rmi")) return Rounding::DOWN;
  if (s.has("rp") || s.has("rpi")) return Rounding::UP;
  return Rounding::NEAREST;
}

void decodeConvert(Decoder& decoder, const Statement& s, Instruction& i) {
  std::vector<Type> types = s.types();
  if (types.size() != 2) Decoder::unsupported(s);
  Type to = types[0];
  Type from = types[1];
  i.mode = static_cast<u32>(roundingOf(s));
  if (s.has("rni") || s.has("rzi") || s.has("rmi") || s.has("rpi")) i.mode |= isFloat(to) ? kWhole : 0;
  if (s.has("relu")) i.mode |= kRelu;
  i.flip = s.has("sat");
  if (to == Type::F16X2 || to == Type::BF16X2) {
    i.run = to == Type::F16X2 ? floatsToPair<F16> : floatsToPair<BF16>;
    i.d = decoder.destination(s.operands.at(0), to);
    i.a = decoder.source(s.operands.at(1), Type::F32);
    i.b = decoder.source(s.operands.at(2), Type::F32);
    return;
  }
  if (to == Type::TF32) {
    i.run = toTensorFloat;
    i.d = decoder.destination(s.operands.at(0), Type::F32);
    i.a = decoder.source(s.operands.at(1), Type::F32);
    return;
  }
  u32 sourceWidth;
  u32 targetWidth;
  i.a = decoder.looseSource(s.operands.at(1), from, sourceWidth);
  i.d = decoder.looseDestination(s.operands.at(0), to, targetWidth);
  i.count = sourceWidth | targetWidth << 4;
  bool plain = sourceWidth == widthOf(from) && targetWidth == widthOf(to) && !i.flip;
  i.run = forAnyType(from, [=]<class From>() -> Handler {
    return forAnyType(to, [=]<class To>() -> Handler { return conversion<From, To>(plain); });
  });
  if (!i.run) Decoder::unsupported(s);
  // What the processor converts itself rounds as its control register says.
  bool byProcessor = (to == Type::F32 || to == Type::F64) && !(i.mode & (kWhole | kRelu)) && !i.flip;
  if (byProcessor || s.has("ftz")) {
    Statement plainRounding = s;
    std::erase(plainRounding.opcode, "sat");
    wrapInEnvironment(plainRounding, i);
  }
  if (sourceWidth == 8 && targetWidth == 4) decoder.usedAsNumber(s.operands[1]);
}
}  // namespace

void addConvertOpcodes(Opcodes& opcodes) { opcodes.any["cvt"] = decodeConvert; }

}  // namespace swcuda
