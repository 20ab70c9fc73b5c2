// Integer arithmetic: add, sub, mul, mad, div, rem, min, max, abs, neg, and their carries.
#include <algorithm>
#include <limits>

#include "handlers.h"

namespace swcuda {

namespace {
/// The type in which T wraps without undefined behaviour: at least unsigned int.
template <class T>
using Wrapping = std::common_type_t<std::make_unsigned_t<T>, unsigned>;

/// The type twice as wide.
template <class T> struct Wide;
template <> struct Wide<u16> { using type = u32; };
template <> struct Wide<s16> { using type = s32; };
template <> struct Wide<u32> { using type = u64; };
template <> struct Wide<s32> { using type = s64; };
template <> struct Wide<u64> { using type = unsigned __int128; };
template <> struct Wide<s64> { using type = __int128; };

struct Add { template <class T> static auto apply(T a, T b) { return Wrapping<T>(a) + Wrapping<T>(b); } };
struct Sub { template <class T> static auto apply(T a, T b) { return Wrapping<T>(a) - Wrapping<T>(b); } };
struct Mul { template <class T> static auto apply(T a, T b) { return Wrapping<T>(a) * Wrapping<T>(b); } };
struct Min { template <class T> static T apply(T a, T b) { return std::min(a, b); } };
struct Max { template <class T> static T apply(T a, T b) { return std::max(a, b); } };
struct Neg { template <class T> static auto apply(T a) { return Wrapping<T>(0) - Wrapping<T>(a); } };
struct Abs { template <class T> static auto apply(T a) { return a < 0 ? Wrapping<T>(0) - Wrapping<T>(a) : Wrapping<T>(a); } };

/// Division by zero gives all ones, as the device's code for it does.
struct Div {
  template <class T> static T apply(T a, T b) {
    if (b == 0) return static_cast<T>(~T{0});
    if constexpr (std::is_signed_v<T>) {
      if (b == -1) return static_cast<T>(Neg::apply(a));
    }
    return static_cast<T>(a / b);
  }
};
struct Rem {
  template <class T> static T apply(T a, T b) {
    if (b == 0) return a;
    if constexpr (std::is_signed_v<T>) {
      if (b == -1) return 0;
    }
    return static_cast<T>(a % b);
  }
};

struct MulHigh {
  template <class T> static T apply(T a, T b) {
    using W = typename Wide<T>::type;
    return static_cast<T>((W(a) * W(b)) >> (8 * sizeof(T)));
  }
};
struct MulWide {
  template <class T> static auto apply(T a, T b) {
    using W = typename Wide<T>::type;
    return W(a) * W(b);
  }
};
struct MadLow { template <class T> static auto apply(T a, T b, T c) { return Wrapping<T>(Mul::apply(a, b)) + Wrapping<T>(c); } };
struct MadHigh { template <class T> static auto apply(T a, T b, T c) { return Add::apply(MulHigh::apply(a, b), c); } };
struct MadWide {
  template <class T, class C> static auto apply(T a, T b, C c) { return Add::apply(static_cast<C>(MulWide::apply(a, b)), c); }
};
struct AddSaturating {
  static s32 apply(s32 a, s32 b) {
    return static_cast<s32>(std::clamp<s64>(s64{a} + b, std::numeric_limits<s32>::min(), std::numeric_limits<s32>::max()));
  }
};
struct SubSaturating {
  static s32 apply(s32 a, s32 b) {
    return static_cast<s32>(std::clamp<s64>(s64{a} - b, std::numeric_limits<s32>::min(), std::numeric_limits<s32>::max()));
  }
};

template <class Op>
Handler unary(Type type) {
  return forInteger(type, []<class T>() -> Handler { return unaryHandler<T, T, Op>; });
}

template <class Op>
Handler binary(Type type) {
  return forInteger(type, []<class T>() -> Handler { return binaryHandler<T, T, Op>; });
}

template <class Op>
void decodeSimple(Decoder& decoder, const Statement& s, Instruction& i) {
  if (s.has("cc") || s.has("sat")) Decoder::unsupported(s);
  decodeBinary(decoder, s, i, s.type(), binary<Op>(s.type()));
}

template <class Op>
void decodeSign(Decoder& decoder, const Statement& s, Instruction& i) {
  decodeUnary(decoder, s, i, s.type(), unary<Op>(s.type()));
}

template <class Op, class Saturating>
void decodeSum(Decoder& decoder, const Statement& s, Instruction& i) {
  if (!s.has("sat")) return decodeSimple<Op>(decoder, s, i);
  if (s.type() != Type::S32) Decoder::unsupported(s);
  decodeBinary(decoder, s, i, Type::S32, binaryHandler<s32, s32, Saturating>);
}

Handler wideProduct(Type type) {
  switch (type) {
    case Type::U16: return binaryHandler<u32, u16, MulWide>;
    case Type::S16: return binaryHandler<s32, s16, MulWide>;
    case Type::U32: return binaryHandler<u64, u32, MulWide>;
    case Type::S32: return binaryHandler<s64, s32, MulWide>;
    default: return nullptr;
  }
}

Handler wideSum(Type type) {
  switch (type) {
    case Type::U16: return ternaryHandler<u32, u16, u32, MadWide>;
    case Type::S16: return ternaryHandler<s32, s16, s32, MadWide>;
    case Type::U32: return ternaryHandler<u64, u32, u64, MadWide>;
    case Type::S32: return ternaryHandler<s64, s32, s64, MadWide>;
    default: return nullptr;
  }
}

Type widened(Type type) { return widthOf(type) == 2 ? Type::B32 : Type::B64; }

void decodeProduct(Decoder& decoder, const Statement& s, Instruction& i) {
  Type type = s.type();
  if (s.has("wide")) {
    i.run = wideProduct(type);
    if (!i.run) Decoder::unsupported(s);
    i.d = decoder.destination(s.operands.at(0), widened(type));
    i.a = decoder.source(s.operands.at(1), type);
    i.b = decoder.source(s.operands.at(2), type);
  } else if (s.has("hi")) {
    decodeBinary(decoder, s, i, type, binary<MulHigh>(type));
  } else {
    decodeBinary(decoder, s, i, type, binary<Mul>(type));
  }
}

void decodeProductSum(Decoder& decoder, const Statement& s, Instruction& i) {
  Type type = s.type();
  if (s.has("cc") || s.has("sat")) Decoder::unsupported(s);
  if (s.has("wide")) {
    i.run = wideSum(type);
    if (!i.run) Decoder::unsupported(s);
    i.d = decoder.destination(s.operands.at(0), widened(type));
    i.a = decoder.source(s.operands.at(1), type);
    i.b = decoder.source(s.operands.at(2), type);
    i.c = decoder.source(s.operands.at(3), widened(type));
  } else if (s.has("hi")) {
    Handler run = forInteger(type, []<class T>() -> Handler { return ternaryHandler<T, T, T, MadHigh>; });
    decodeTernary(decoder, s, i, type, run);
  } else {
    Handler run = forInteger(type, []<class T>() -> Handler { return ternaryHandler<T, T, T, MadLow>; });
    decodeTernary(decoder, s, i, type, run);
  }
}
}  // namespace

void addIntegerOpcodes(Opcodes& opcodes) {
  auto& table = opcodes.integers;
  table["add"] = decodeSum<Add, AddSaturating>;
  table["sub"] = decodeSum<Sub, SubSaturating>;
  table["mul"] = decodeProduct;
  table["mad"] = decodeProductSum;
  table["div"] = decodeSimple<Div>;
  table["rem"] = decodeSimple<Rem>;
  table["min"] = decodeSimple<Min>;
  table["max"] = decodeSimple<Max>;
  table["neg"] = decodeSign<Neg>;
  table["abs"] = decodeSign<Abs>;
}

}  // namespace swcuda
