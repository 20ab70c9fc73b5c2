// Logic, shifts and bit fields: and, or, xor, not, shl, shr, shf, bfe, bfi, popc, clz, brev, prmt, lop3.
#include <algorithm>
#include <bit>

#include "handlers.h"

namespace swcuda {

namespace {
struct And { template <class T> static T apply(T a, T b) { return a & b; } };
struct Or { template <class T> static T apply(T a, T b) { return a | b; } };
struct Xor { template <class T> static T apply(T a, T b) { return a ^ b; } };
struct Not { template <class T> static T apply(T a) { return static_cast<T>(~a); } };
struct IsZero { template <class T> static T apply(T a) { return a == 0; } };

/// Predicates lie as one bit per lane in a word, so that logic on them is logic on the word.
template <class Op>
void predicateBinary(Warp& warp, const Instruction& i) {
  u32 value = Op::apply(warp.predicate(i.a), warp.predicate(i.b));
  u32& d = warp.predicate(i.d);
  d = (d & ~warp.active()) | (value & warp.active());
}

void predicateNot(Warp& warp, const Instruction& i) {
  u32 value = ~warp.predicate(i.a);
  u32& d = warp.predicate(i.d);
  d = (d & ~warp.active()) | (value & warp.active());
}

template <class Op>
void decodeLogic(Decoder& decoder, const Statement& s, Instruction& i) {
  Type type = s.type();
  Handler run = predicateBinary<Op>;
  if (type != Type::PRED) run = forWidth(widthOf(type), []<class T>() -> Handler { return binaryHandler<T, T, Op>; });
  decodeBinary(decoder, s, i, type, run);
}

void decodeNot(Decoder& decoder, const Statement& s, Instruction& i) {
  Type type = s.type();
  Handler run = predicateNot;
  if (type != Type::PRED) run = forWidth(widthOf(type), []<class T>() -> Handler { return unaryHandler<T, T, Not>; });
  decodeUnary(decoder, s, i, type, run);
}

void decodeIsZero(Decoder& decoder, const Statement& s, Instruction& i) {
  Handler run = forWidth(widthOf(s.type()), []<class T>() -> Handler { return unaryHandler<T, T, IsZero>; });
  decodeUnary(decoder, s, i, s.type(), run);
}

/// Shifts by the width or more: zeros, or the sign.
struct ShiftLeft {
  template <class T> static T apply(T a, u32 n) { return n >= 8 * sizeof(T) ? T{0} : static_cast<T>(a << n); }
};
struct ShiftRight {
  template <class T> static T apply(T a, u32 n) {
    constexpr u32 bits = 8 * sizeof(T);
    if constexpr (std::is_signed_v<T>) return static_cast<T>(a >> std::min(n, bits - 1));
    return n >= bits ? T{0} : static_cast<T>(a >> n);
  }
};

template <class T, class Op>
void shift(Warp& warp, const Instruction& i) {
  const T* a = warp.lanes<T>(i.a);
  const u32* b = warp.lanes<u32>(i.b);
  T* d = warp.lanes<T>(i.d);
  forLanes(warp.active(), [=](u32 lane) { d[lane] = Op::apply(a[lane], b[lane]); });
}

template <class Op>
void decodeShift(Decoder& decoder, const Statement& s, Instruction& i) {
  Handler run = forInteger(s.type(), []<class T>() -> Handler { return shift<T, Op>; });
  decodeUnary(decoder, s, i, s.type(), run);
  i.b = decoder.source(s.operands.at(2), Type::U32);
}

/// The upper (left) or lower (right) word of the pair {b, a}, shifted.
template <bool left, bool wraps>
struct Funnel {
  static u32 apply(u32 a, u32 b, u32 c) {
    u32 n = wraps ? c & 31 : std::min(c, 32u);
    u64 pair = u64{b} << 32 | a;
    return static_cast<u32>(left ? (pair << n) >> 32 : pair >> n);
  }
};

void decodeFunnel(Decoder& decoder, const Statement& s, Instruction& i) {
  bool left = s.has("l");
  bool wraps = s.has("wrap");
  Handler run = left ? (wraps ? ternaryHandler<u32, u32, u32, Funnel<true, true>> : ternaryHandler<u32, u32, u32, Funnel<true, false>>)
                     : (wraps ? ternaryHandler<u32, u32, u32, Funnel<false, true>> : ternaryHandler<u32, u32, u32, Funnel<false, false>>);
  decodeTernary(decoder, s, i, Type::B32, run);
}

struct Extract {
  template <class T> static T apply(T a, u32 position, u32 length) {
    constexpr u32 bits = 8 * sizeof(T);
    position &= 255;
    length &= 255;
    if (length == 0) return 0;
    u32 top = std::min(position + length - 1, bits - 1);
    using U = std::make_unsigned_t<T>;
    bool sign = std::is_signed_v<T> && (static_cast<U>(a) >> top & 1);
    U value = position >= bits ? U{0} : static_cast<U>(static_cast<U>(a) >> position);
    u32 have = position >= bits ? 0 : std::min(length, bits - position);
    if (have < bits) {
      U field = static_cast<U>((U{1} << have) - 1);
      value = sign ? static_cast<U>(value | ~field) : static_cast<U>(value & field);
    }
    return static_cast<T>(value);
  }
};

template <class T>
void extract(Warp& warp, const Instruction& i) {
  const T* a = warp.lanes<T>(i.a);
  const u32* b = warp.lanes<u32>(i.b);
  const u32* c = warp.lanes<u32>(i.c);
  T* d = warp.lanes<T>(i.d);
  forLanes(warp.active(), [=](u32 lane) { d[lane] = Extract::apply(a[lane], b[lane], c[lane]); });
}

void decodeExtract(Decoder& decoder, const Statement& s, Instruction& i) {
  decodeUnary(decoder, s, i, s.type(), forInteger(s.type(), []<class T>() -> Handler { return extract<T>; }));
  i.b = decoder.source(s.operands.at(2), Type::U32);
  i.c = decoder.source(s.operands.at(3), Type::U32);
}

template <class T>
void insert(Warp& warp, const Instruction& i) {
  const T* a = warp.lanes<T>(i.a);
  const T* b = warp.lanes<T>(i.b);
  const u32* position = warp.lanes<u32>(i.c);
  const u32* length = warp.lanes<u32>(i.e);
  T* d = warp.lanes<T>(i.d);
  forLanes(warp.active(), [=](u32 lane) {
    constexpr u32 bits = 8 * sizeof(T);
    u32 at = position[lane] & 255;
    u32 n = length[lane] & 255;
    T field = n >= bits ? static_cast<T>(~T{0}) : static_cast<T>((T{1} << n) - 1);
    T mask = at >= bits ? T{0} : static_cast<T>(field << at);
    T moved = at >= bits ? T{0} : static_cast<T>(a[lane] << at);
    d[lane] = static_cast<T>((b[lane] & ~mask) | (moved & mask));
  });
}

void decodeInsert(Decoder& decoder, const Statement& s, Instruction& i) {
  decodeBinary(decoder, s, i, s.type(), widthOf(s.type()) == 8 ? insert<u64> : insert<u32>);
  i.c = decoder.source(s.operands.at(3), Type::U32);
  i.e = decoder.source(s.operands.at(4), Type::U32);
}

struct CountOnes { template <class T> static u32 apply(T a) { return static_cast<u32>(std::popcount(a)); } };
struct LeadingZeros { template <class T> static u32 apply(T a) { return static_cast<u32>(std::countl_zero(a)); } };
struct Reverse {
  template <class T> static T apply(T a) {
    T out = 0;
    for (u32 n = 0; n < 8 * sizeof(T); n++) out |= (a >> n & 1) << (8 * sizeof(T) - 1 - n);
    return out;
  }
};

/// The position of the highest bit that differs from the sign; all ones when there is none.
template <class T, bool fromTop>
struct HighestBit {
  static u32 apply(T a) {
    using U = std::make_unsigned_t<T>;
    U bits = static_cast<U>(std::is_signed_v<T> && a < 0 ? ~a : a);
    if (bits == 0) return ~0u;
    u32 position = static_cast<u32>(8 * sizeof(T) - 1 - std::countl_zero(bits));
    return fromTop ? static_cast<u32>(8 * sizeof(T) - 1) - position : position;
  }
};

template <class Op>
void decodeCount(Decoder& decoder, const Statement& s, Instruction& i) {
  i.run = widthOf(s.type()) == 8 ? unaryHandler<u32, u64, Op> : unaryHandler<u32, u32, Op>;
  i.d = decoder.destination(s.operands.at(0), Type::U32);
  i.a = decoder.source(s.operands.at(1), s.type());
}

void decodeHighestBit(Decoder& decoder, const Statement& s, Instruction& i) {
  bool fromTop = s.has("shiftamt");
  i.run = forInteger(s.type(), [=]<class T>() -> Handler {
    return fromTop ? unaryHandler<u32, T, HighestBit<T, true>> : unaryHandler<u32, T, HighestBit<T, false>>;
  });
  i.d = decoder.destination(s.operands.at(0), Type::U32);
  i.a = decoder.source(s.operands.at(1), s.type());
}

void decodeReverse(Decoder& decoder, const Statement& s, Instruction& i) {
  decodeUnary(decoder, s, i, s.type(), widthOf(s.type()) == 8 ? unaryHandler<u64, u64, Reverse> : unaryHandler<u32, u32, Reverse>);
}

/// Picks four bytes of the pair {b, a}; bit 3 of a selector takes the byte's sign instead.
struct Permute {
  static u32 apply(u32 a, u32 b, u32 c) {
    u64 pair = u64{b} << 32 | a;
    u32 out = 0;
    for (u32 n = 0; n < 4; n++) {
      u32 selector = c >> (4 * n) & 15;
      u32 byte = static_cast<u32>(pair >> (8 * (selector & 7)) & 255);
      if (selector & 8) byte = byte & 128 ? 255 : 0;
      out |= byte << (8 * n);
    }
    return out;
  }
};

void decodePermute(Decoder& decoder, const Statement& s, Instruction& i) {
  if (s.opcode.size() != 2) Decoder::unsupported(s);  // f4e, b4e and so on: no compiler's output
  decodeTernary(decoder, s, i, Type::B32, ternaryHandler<u32, u32, u32, Permute>);
}

/// Any function of three bits, as a table of eight in `mode`.
void threeInputLogic(Warp& warp, const Instruction& i) {
  const u32* a = warp.lanes<u32>(i.a);
  const u32* b = warp.lanes<u32>(i.b);
  const u32* c = warp.lanes<u32>(i.c);
  u32* d = warp.lanes<u32>(i.d);
  u32 table = i.mode;
  forLanes(warp.active(), [=](u32 lane) {
    u32 x = a[lane], y = b[lane], z = c[lane], out = 0;
    for (u32 n = 0; n < 8; n++) {
      u32 term = (n & 4 ? x : ~x) & (n & 2 ? y : ~y) & (n & 1 ? z : ~z);
      out |= table >> n & 1 ? term : 0;
    }
    d[lane] = out;
  });
}

void decodeThreeInputLogic(Decoder& decoder, const Statement& s, Instruction& i) {
  decodeTernary(decoder, s, i, Type::B32, threeInputLogic);
  i.mode = static_cast<u32>(std::stoul(s.operands.at(4), nullptr, 0));
}
}  // namespace

void addBitOpcodes(Opcodes& opcodes) {
  auto& table = opcodes.any;
  table["and"] = decodeLogic<And>;
  table["or"] = decodeLogic<Or>;
  table["xor"] = decodeLogic<Xor>;
  table["not"] = decodeNot;
  table["cnot"] = decodeIsZero;
  table["shl"] = decodeShift<ShiftLeft>;
  table["shr"] = decodeShift<ShiftRight>;
  table["shf"] = decodeFunnel;
  table["bfe"] = decodeExtract;
  table["bfi"] = decodeInsert;
  table["popc"] = decodeCount<CountOnes>;
  table["clz"] = decodeCount<LeadingZeros>;
  table["bfind"] = decodeHighestBit;
  table["brev"] = decodeReverse;
  table["prmt"] = decodePermute;
  table["lop3"] = decodeThreeInputLogic;
}

}  // namespace swcuda
