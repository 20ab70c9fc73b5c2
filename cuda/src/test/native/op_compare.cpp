// Comparisons and choices: setp, set, selp, slct.
#include <cmath>

#include "handlers.h"
#include "lane_math.h"

namespace swcuda {

namespace {
enum class Combine : u32 { NONE, AND, OR, XOR };

template <class T>
auto comparable(T a) {
  if constexpr (std::is_same_v<T, F16> || std::is_same_v<T, BF16>) {
    return toFloat(a);
  } else {
    return a;
  }
}

template <class T>
bool unordered(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) return std::isnan(a) || std::isnan(b);
  return false;
}

struct Eq { template <class T> static bool apply(T a, T b) { return a == b; } };
struct Ne { template <class T> static bool apply(T a, T b) { return a != b && !unordered(a, b); } };
struct Lt { template <class T> static bool apply(T a, T b) { return a < b; } };
struct Le { template <class T> static bool apply(T a, T b) { return a <= b; } };
struct Gt { template <class T> static bool apply(T a, T b) { return a > b; } };
struct Ge { template <class T> static bool apply(T a, T b) { return a >= b; } };
struct Num { template <class T> static bool apply(T a, T b) { return !unordered(a, b); } };
struct NaN { template <class T> static bool apply(T a, T b) { return unordered(a, b); } };
/// The forms with u hold for NaN too.
template <class Op>
struct OrUnordered { template <class T> static bool apply(T a, T b) { return unordered(a, b) || Op::apply(a, b); } };

template <class T, class Op>
u32 compared(Warp& warp, const Instruction& i) {
  const T* a = warp.lanes<T>(i.a);
  const T* b = warp.lanes<T>(i.b);
  u32 result = 0;
  forLanes(warp.active(), [&](u32 lane) { result |= u32{Op::apply(comparable(a[lane]), comparable(b[lane]))} << lane; });
  return result;
}

u32 combined(Combine how, u32 result, u32 other) {
  switch (how) {
    case Combine::AND: return result & other;
    case Combine::OR: return result | other;
    case Combine::XOR: return result ^ other;
    default: return result;
  }
}

/// p = compare(a, b) combined with c; q, when there is one, the same with the comparison negated.
template <class T, class Op>
void setPredicate(Warp& warp, const Instruction& i) {
  u32 result = compared<T, Op>(warp, i);
  u32 other = warp.predicate(i.c) ^ i.flip;
  auto how = static_cast<Combine>(i.mode & 3);
  u32 active = warp.active();
  u32& p = warp.predicate(i.d);
  p = (p & ~active) | (combined(how, result, other) & active);
  if (i.mode & 4) {
    u32& q = warp.predicate(i.e);
    q = (q & ~active) | (combined(how, ~result, other) & active);
  }
}

/// d = all ones, or 1.0f, where the comparison holds: `mode` is the value.
template <class T, class Op>
void setValue(Warp& warp, const Instruction& i) {
  u32 result = compared<T, Op>(warp, i);
  u32* d = warp.lanes<u32>(i.d);
  forLanes(warp.active(), [=](u32 lane) { d[lane] = result >> lane & 1 ? i.mode : 0; });
}

/// Picks the handler of a comparison by its name and type. `Shape` says what becomes of the result.
template <class Shape, class Op>
Handler byType(Type type) {
  switch (type) {
    case Type::U16: case Type::B16: return Shape::template handler<u16, Op>();
    case Type::S16: return Shape::template handler<s16, Op>();
    case Type::U32: case Type::B32: return Shape::template handler<u32, Op>();
    case Type::S32: return Shape::template handler<s32, Op>();
    case Type::U64: case Type::B64: return Shape::template handler<u64, Op>();
    case Type::S64: return Shape::template handler<s64, Op>();
    case Type::F32: return Shape::template handler<float, Op>();
    case Type::F64: return Shape::template handler<double, Op>();
    case Type::F16: return Shape::template handler<F16, Op>();
    case Type::BF16: return Shape::template handler<BF16, Op>();
    default: return nullptr;
  }
}

struct ToPredicate { template <class T, class Op> static Handler handler() { return setPredicate<T, Op>; } };
struct ToValue { template <class T, class Op> static Handler handler() { return setValue<T, Op>; } };

template <class Shape>
Handler comparison(const std::string& name, Type type) {
  using Pick = Handler (*)(Type);
  static const std::map<std::string, Pick> kPicks = {
      {"eq", byType<Shape, Eq>},
      {"ne", byType<Shape, Ne>},
      {"lt", byType<Shape, Lt>},
      {"lo", byType<Shape, Lt>},
      {"le", byType<Shape, Le>},
      {"ls", byType<Shape, Le>},
      {"gt", byType<Shape, Gt>},
      {"hi", byType<Shape, Gt>},
      {"ge", byType<Shape, Ge>},
      {"hs", byType<Shape, Ge>},
      {"num", byType<Shape, Num>},
      {"nan", byType<Shape, NaN>},
      {"equ", byType<Shape, OrUnordered<Eq>>},
      {"neu", byType<Shape, OrUnordered<Ne>>},
      {"ltu", byType<Shape, OrUnordered<Lt>>},
      {"leu", byType<Shape, OrUnordered<Le>>},
      {"gtu", byType<Shape, OrUnordered<Gt>>},
      {"geu", byType<Shape, OrUnordered<Ge>>},
  };
  return kPicks.at(name)(type);
}

void decodeSetPredicate(Decoder& decoder, const Statement& s, Instruction& i) {
  i.run = comparison<ToPredicate>(s.opcode.at(1), s.type());
  if (!i.run) Decoder::unsupported(s);
  std::vector<std::string> targets = splitTop(s.operands.at(0), '|');
  i.d = decoder.destination(targets[0], Type::PRED);
  i.a = decoder.source(s.operands.at(1), s.type());
  i.b = decoder.source(s.operands.at(2), s.type());
  if (s.has("and")) i.mode = static_cast<u32>(Combine::AND);
  if (s.has("or")) i.mode = static_cast<u32>(Combine::OR);
  if (s.has("xor")) i.mode = static_cast<u32>(Combine::XOR);
  if (i.mode) i.c = decoder.predicate(s.operands.at(3), i.flip);
  if (targets.size() > 1) {
    i.mode |= 4;
    i.e = decoder.destination(targets[1], Type::PRED);
  }
  if (s.type() == Type::S64 || s.type() == Type::U64) {
    decoder.usedAsNumber(s.operands[1]);
    decoder.usedAsNumber(s.operands[2]);
  }
}

void decodeSetValue(Decoder& decoder, const Statement& s, Instruction& i) {
  std::vector<Type> types = s.types();
  if (types.size() != 2 || s.operands.size() != 3 || widthOf(types[0]) != 4) Decoder::unsupported(s);
  i.run = comparison<ToValue>(s.opcode.at(1), types[1]);
  if (!i.run) Decoder::unsupported(s);
  i.mode = types[0] == Type::F32 ? std::bit_cast<u32>(1.0f) : ~0u;
  i.d = decoder.destination(s.operands[0], types[0]);
  i.a = decoder.source(s.operands[1], types[1]);
  i.b = decoder.source(s.operands[2], types[1]);
}

template <class T>
void select(Warp& warp, const Instruction& i) {
  const T* a = warp.lanes<T>(i.a);
  const T* b = warp.lanes<T>(i.b);
  T* d = warp.lanes<T>(i.d);
  u32 chosen = warp.predicate(i.c) ^ i.flip;
  forLanes(warp.active(), [=](u32 lane) { d[lane] = chosen >> lane & 1 ? a[lane] : b[lane]; });
}

void decodeSelect(Decoder& decoder, const Statement& s, Instruction& i) {
  decodeBinary(decoder, s, i, s.type(), forWidth(widthOf(s.type()), []<class T>() -> Handler { return select<T>; }));
  i.c = decoder.predicate(s.operands.at(3), i.flip);
}

template <class T, class C>
void selectBySign(Warp& warp, const Instruction& i) {
  const T* a = warp.lanes<T>(i.a);
  const T* b = warp.lanes<T>(i.b);
  const C* c = warp.lanes<C>(i.c);
  T* d = warp.lanes<T>(i.d);
  forLanes(warp.active(), [=](u32 lane) { d[lane] = c[lane] >= 0 ? a[lane] : b[lane]; });
}

void decodeSelectBySign(Decoder& decoder, const Statement& s, Instruction& i) {
  std::vector<Type> types = s.types();
  Handler run = types.at(1) == Type::F32
                    ? forWidth(widthOf(types[0]), []<class T>() -> Handler { return selectBySign<T, float>; })
                    : forWidth(widthOf(types[0]), []<class T>() -> Handler { return selectBySign<T, s32>; });
  decodeBinary(decoder, s, i, types[0], run);
  i.c = decoder.source(s.operands.at(3), types[1]);
}
}  // namespace

void addCompareOpcodes(Opcodes& opcodes) {
  auto& table = opcodes.any;
  table["setp"] = decodeSetPredicate;
  table["set"] = decodeSetValue;
  table["selp"] = decodeSelect;
  table["slct"] = decodeSelectBySign;
}

}  // namespace swcuda
