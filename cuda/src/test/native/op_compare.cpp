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
struct Num { template <class T> static bool apply(T a, T b) { return !unordered(a, b); } };
struct NaN { template <class T> static bool apply(T a, T b) { return unordered(a, b); } };
/// The forms with u hold for NaN too.
template <class Op>
struct OrUnordered { template <class T> static bool apply(T a, T b) { return unordered(a, b) || Op::apply(a, b); } };

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
  const T* a = warp.lanes<T>(i.a);
  const T* b = warp.lanes<T>(i.b);
  u32 result = 0;
  forLanes(warp.active(), [&](u32 lane) { result |= u32{Op::apply(comparable(a[lane]), comparable(b[lane]))} << lane; });
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

template <class Op>
Handler forIntegers(Type type) {
  return forInteger(type, []<class T>() -> Handler { return setPredicate<T, Op>; });
}

template <class Op>
Handler forFloats(Type type) {
  if (type == Type::F16) return setPredicate<F16, Op>;
  if (type == Type::BF16) return setPredicate<BF16, Op>;
  return forFloat(type, []<class T>() -> Handler { return setPredicate<T, Op>; });
}

template <class Op>
Handler forBoth(Type type) {
  return isFloat(type) ? forFloats<Op>(type) : forIntegers<Op>(type);
}

struct Comparison {
  Handler (*pick)(Type);
  /// "Greater" is "less" with the operands in the other order.
  bool swaps;
};

const Comparison& comparisonNamed(const std::string& name) {
  static const std::map<std::string, Comparison> kAll = {
      {"eq", {forBoth<Eq>, false}},
      {"ne", {forBoth<Ne>, false}},
      {"lt", {forBoth<Lt>, false}},
      {"lo", {forIntegers<Lt>, false}},
      {"le", {forBoth<Le>, false}},
      {"ls", {forIntegers<Le>, false}},
      {"gt", {forBoth<Lt>, true}},
      {"hi", {forIntegers<Lt>, true}},
      {"ge", {forBoth<Le>, true}},
      {"hs", {forIntegers<Le>, true}},
      {"num", {forFloats<Num>, false}},
      {"nan", {forFloats<NaN>, false}},
      {"equ", {forFloats<OrUnordered<Eq>>, false}},
      {"neu", {forFloats<OrUnordered<Ne>>, false}},
      {"ltu", {forFloats<OrUnordered<Lt>>, false}},
      {"leu", {forFloats<OrUnordered<Le>>, false}},
      {"gtu", {forFloats<OrUnordered<Lt>>, true}},
      {"geu", {forFloats<OrUnordered<Le>>, true}},
  };
  return kAll.at(name);
}

/// Sets the handler and the two sources of a comparison.
void decodeComparison(Decoder& decoder, const Statement& s, Instruction& i, Type type) {
  const Comparison& comparison = comparisonNamed(s.opcode.at(1));
  i.run = comparison.pick(type);
  if (!i.run) Decoder::unsupported(s);
  i.a = decoder.source(s.operands.at(1), type);
  i.b = decoder.source(s.operands.at(2), type);
  if (comparison.swaps) std::swap(i.a, i.b);
}

void decodeSetPredicate(Decoder& decoder, const Statement& s, Instruction& i) {
  decodeComparison(decoder, s, i, s.type());
  std::vector<std::string> targets = splitTop(s.operands.at(0), '|');
  i.d = decoder.destination(targets[0], Type::PRED);
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

/// set: a comparison into a predicate without a name, then a choice between a value and zero.
void decodeSetValue(Decoder& decoder, const Statement& s, Instruction& i) {
  std::vector<Type> types = s.types();
  if (types.size() != 2 || s.operands.size() != 3 || widthOf(types[0]) != 4) Decoder::unsupported(s);
  Instruction comparison = i;
  decodeComparison(decoder, s, comparison, types[1]);
  comparison.d = decoder.scratch(0);
  decoder.append(comparison);
  i.run = select<u32>;
  i.d = decoder.destination(s.operands[0], types[0]);
  i.a = decoder.constant(4, types[0] == Type::F32 ? std::bit_cast<u32>(1.0f) : ~0u);
  i.b = decoder.constant(4, 0);
  i.c = comparison.d;
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
