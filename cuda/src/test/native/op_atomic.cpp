// Atomic updates: atom and red, on device memory and on shared memory.
#include <algorithm>

#include "handlers.h"
#include "lane_math.h"
#include "spaces.h"

namespace swcuda {

namespace {
template <class T>
using Wrapping = std::conditional_t<std::is_integral_v<T>, u64, T>;

struct Add { template <class T> static T apply(T old, T a, T) { return static_cast<T>(Wrapping<T>(old) + Wrapping<T>(a)); } };
struct Min { template <class T> static T apply(T old, T a, T) { return std::min(old, a); } };
struct Max { template <class T> static T apply(T old, T a, T) { return std::max(old, a); } };
struct And { template <class T> static T apply(T old, T a, T) { return static_cast<T>(old & a); } };
struct Or { template <class T> static T apply(T old, T a, T) { return static_cast<T>(old | a); } };
struct Xor { template <class T> static T apply(T old, T a, T) { return static_cast<T>(old ^ a); } };
struct Exchange { template <class T> static T apply(T, T a, T) { return a; } };
struct CompareAndSwap { template <class T> static T apply(T old, T a, T b) { return old == a ? b : old; } };
struct Increment { template <class T> static T apply(T old, T a, T) { return old >= a ? T{0} : static_cast<T>(old + 1); } };
struct Decrement { template <class T> static T apply(T old, T a, T) { return old == 0 || old > a ? a : static_cast<T>(old - 1); } };
/// Halves add with one rounding.
struct AddHalf {
  static F16 apply(F16 old, F16 a, F16) { return toF16(double{toFloat(old)} + toFloat(a)); }
  static BF16 apply(BF16 old, BF16 a, BF16) { return toBF16(double{toFloat(old)} + toFloat(a)); }
};

/// Lanes of a warp update one after another: in the order of lanes, or from the last to the first.
template <class T, class Space, class Op>
void update(Warp& warp, const Instruction& i) {
  Addresses addresses(warp, i);
  const T* b = warp.lanes<T>(i.b);
  const T* c = warp.lanes<T>(i.c);
  T* d = warp.lanes<T>(i.d);
  bool keepsOld = (i.mode & 2) != 0;
  if (Space::counted) {
    u64 bytes = static_cast<u32>(std::popcount(warp.active())) * sizeof(T);
    warp.block().counted().loaded += bytes;
    warp.block().counted().stored += bytes;
  }
  for (u32 rest = warp.active(); rest != 0; rest &= rest - 1) {
    u32 lane = static_cast<u32>(std::countr_zero(rest));
    u8* at = Space::template at<Access::ATOMIC>(warp, addresses[lane], sizeof(T), lane, i);
    T old;
    __builtin_memcpy(&old, at, sizeof(T));
    T fresh = Op::apply(old, b[lane], c[lane]);
    __builtin_memcpy(at, &fresh, sizeof(T));
    if (keepsOld) d[lane] = old;
  }
}

template <class T, class Op>
Handler inSpace(const Statement& s) {
  if (s.has("global")) return update<T, GlobalSpace, Op>;
  if (namesShared(s)) return update<T, SharedSpace, Op>;
  return update<T, GenericSpace, Op>;
}

template <class Op>
Handler onIntegers(const Statement& s) {
  switch (s.type()) {
    case Type::U32: case Type::B32: return inSpace<u32, Op>(s);
    case Type::S32: return inSpace<s32, Op>(s);
    case Type::U64: case Type::B64: return inSpace<u64, Op>(s);
    case Type::S64: return inSpace<s64, Op>(s);
    default: return nullptr;
  }
}

Handler addition(const Statement& s) {
  switch (s.type()) {
    case Type::F32: return inSpace<float, Add>(s);
    case Type::F64: return inSpace<double, Add>(s);
    case Type::F16: return inSpace<F16, AddHalf>(s);
    case Type::BF16: return inSpace<BF16, AddHalf>(s);
    default: return onIntegers<Add>(s);
  }
}

Handler pick(const Statement& s) {
  if (s.has("add")) return addition(s);
  if (s.has("min")) return onIntegers<Min>(s);
  if (s.has("max")) return onIntegers<Max>(s);
  if (s.has("and")) return onIntegers<And>(s);
  if (s.has("or")) return onIntegers<Or>(s);
  if (s.has("xor")) return onIntegers<Xor>(s);
  if (s.has("inc")) return onIntegers<Increment>(s);
  if (s.has("dec")) return onIntegers<Decrement>(s);
  if (s.has("exch")) return onIntegers<Exchange>(s);
  if (!s.has("cas")) return nullptr;
  return widthOf(s.type()) == 2 ? inSpace<u16, CompareAndSwap>(s) : onIntegers<CompareAndSwap>(s);
}

void decodeUpdate(Decoder& decoder, const Statement& s, Instruction& i, bool keepsOld) {
  Type type = s.type();
  i.run = pick(s);
  if (!i.run) Decoder::unsupported(s);
  u32 next = 0;
  if (keepsOld) {
    i.d = decoder.destination(s.operands.at(next++), type);
    i.mode |= 2;
  }
  setAddress(decoder, i, decoder.address(s.operands.at(next++)));
  i.b = decoder.source(s.operands.at(next++), type);
  i.c = next < s.operands.size() ? decoder.source(s.operands[next], type) : i.b;
  if (!s.has("global")) decoder.touchesShared(widthOf(type));
}

void decodeAtom(Decoder& decoder, const Statement& s, Instruction& i) { decodeUpdate(decoder, s, i, true); }
void decodeReduction(Decoder& decoder, const Statement& s, Instruction& i) { decodeUpdate(decoder, s, i, false); }
}  // namespace

void addAtomicOpcodes(Opcodes& opcodes) {
  opcodes.any["atom"] = decodeAtom;
  opcodes.any["red"] = decodeReduction;
}

}  // namespace swcuda
