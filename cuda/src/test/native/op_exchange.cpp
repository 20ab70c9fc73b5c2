// What the lanes of a warp tell each other: shfl, vote, match, redux, activemask.
#include <algorithm>

#include "handlers.h"

namespace swcuda {

namespace {
enum class Shuffle : u32 { INDEX, UP, DOWN, BUTTERFLY };

/// The lane to read from, and whether it lies in this lane's segment.
struct Source {
  u32 lane;
  bool inside;
};

template <Shuffle kind>
Source sourceOf(u32 lane, u32 b, u32 c) {
  u32 offset = b & 31;
  u32 clamp = c & 31;
  u32 segments = c >> 8 & 31;
  u32 last = (lane & segments) | (clamp & ~segments);
  u32 first = lane & segments;
  switch (kind) {
    case Shuffle::UP: {
      bool inside = static_cast<int>(lane - offset) >= static_cast<int>(last);
      return {inside ? lane - offset : lane, inside};
    }
    case Shuffle::DOWN: return {lane + offset <= last ? lane + offset : lane, lane + offset <= last};
    case Shuffle::BUTTERFLY: return {(lane ^ offset) <= last ? lane ^ offset : lane, (lane ^ offset) <= last};
    default: {
      u32 from = first | (offset & ~segments);
      return {from <= last ? from : lane, from <= last};
    }
  }
}

// `a` is the value, `b` the offset, `c` the clamp and segments, `mode` the slot of the member mask.

template <Shuffle kind>
void shuffle(Warp& warp, const Instruction& i) {
  u32 members = warp.lanes<u32>(i.mode)[warp.firstActive()];
  if (!warp.gathered(members)) return;
  const u32* b = warp.lanes<u32>(i.b);
  const u32* c = warp.lanes<u32>(i.c);
  u32 before[kLanes];
  std::copy_n(warp.lanes<u32>(i.a), kLanes, before);
  u32* d = warp.lanes<u32>(i.d);
  u32 inside = 0;
  for (u32 rest = warp.active(); rest != 0; rest &= rest - 1) {
    u32 lane = static_cast<u32>(std::countr_zero(rest));
    if (!(members >> lane & 1)) {
      throw Fault(LAUNCH_FAILED, format("a lane that its own member mask %08x leaves out", members), static_cast<int>(lane));
    }
    Source source = sourceOf<kind>(lane, b[lane], c[lane]);
    // A lane that has ended, or takes no part, has no value to give: poison shows who relies on it.
    bool given = warp.active() >> source.lane & 1;
    d[lane] = given ? before[source.lane] : ~0u;
    inside |= u32{source.inside} << lane;
  }
  if (i.e) {
    u32& p = warp.predicate(i.e);
    p = (p & ~warp.active()) | inside;
  }
}

void decodeShuffle(Decoder& decoder, const Statement& s, Instruction& i) {
  if (!s.has("sync")) Decoder::unsupported(s);
  i.run = s.has("up")     ? shuffle<Shuffle::UP>
          : s.has("down") ? shuffle<Shuffle::DOWN>
          : s.has("bfly") ? shuffle<Shuffle::BUTTERFLY>
                          : shuffle<Shuffle::INDEX>;
  std::vector<std::string> targets = splitTop(s.operands.at(0), '|');
  i.d = decoder.destination(targets[0], Type::B32);
  if (targets.size() > 1) i.e = decoder.destination(targets[1], Type::PRED);
  i.a = decoder.source(s.operands.at(1), Type::B32);
  i.b = decoder.source(s.operands.at(2), Type::B32);
  i.c = decoder.source(s.operands.at(3), Type::B32);
  i.mode = decoder.source(s.operands.at(4), Type::B32);
}

enum class Vote { ALL, ANY, UNIFORM, BALLOT };

template <Vote kind>
void vote(Warp& warp, const Instruction& i) {
  u32 members = warp.lanes<u32>(i.mode)[warp.firstActive()];
  if (!warp.gathered(members)) return;
  u32 active = warp.active();
  u32 yes = (warp.predicate(i.a) ^ i.flip) & active & members;
  if constexpr (kind == Vote::BALLOT) {
    u32* d = warp.lanes<u32>(i.d);
    forLanes(active, [=](u32 lane) { d[lane] = yes; });
  } else {
    u32 voters = active & members;
    bool holds = kind == Vote::ALL ? yes == voters : kind == Vote::ANY ? yes != 0 : yes == 0 || yes == voters;
    u32& d = warp.predicate(i.d);
    d = (d & ~active) | (holds ? active : 0);
  }
}

void decodeVote(Decoder& decoder, const Statement& s, Instruction& i) {
  if (!s.has("sync")) Decoder::unsupported(s);
  bool ballot = s.has("ballot");
  i.run = ballot ? vote<Vote::BALLOT> : s.has("all") ? vote<Vote::ALL> : s.has("any") ? vote<Vote::ANY> : vote<Vote::UNIFORM>;
  i.d = decoder.destination(s.operands.at(0), ballot ? Type::B32 : Type::PRED);
  i.a = decoder.predicate(s.operands.at(1), i.flip);
  i.mode = decoder.source(s.operands.at(2), Type::B32);
}

/// d = the lanes that hold the same value; with .all the mask of all of them, or none, and whether.
template <class T, bool all>
void match(Warp& warp, const Instruction& i) {
  u32 members = warp.lanes<u32>(i.mode)[warp.firstActive()];
  if (!warp.gathered(members)) return;
  const T* a = warp.lanes<T>(i.a);
  u32* d = warp.lanes<u32>(i.d);
  u32 active = warp.active();
  u32 holds = 0;
  u32 results[kLanes];
  forLanes(active, [&](u32 lane) {
    u32 same = 0;
    forLanes(active, [&](u32 other) { same |= u32{a[other] == a[lane]} << other; });
    results[lane] = !all || same == active ? same : 0;
    holds |= u32{same == active} << lane;
  });
  forLanes(active, [&](u32 lane) { d[lane] = results[lane]; });
  if (all && i.e) {
    u32& p = warp.predicate(i.e);
    p = (p & ~active) | holds;
  }
}

void decodeMatch(Decoder& decoder, const Statement& s, Instruction& i) {
  bool wide = widthOf(s.type()) == 8;
  i.run = s.has("all") ? (wide ? match<u64, true> : match<u32, true>) : (wide ? match<u64, false> : match<u32, false>);
  std::vector<std::string> targets = splitTop(s.operands.at(0), '|');
  i.d = decoder.destination(targets[0], Type::B32);
  if (targets.size() > 1) i.e = decoder.destination(targets[1], Type::PRED);
  i.a = decoder.source(s.operands.at(1), s.type());
  i.mode = decoder.source(s.operands.at(2), Type::B32);
}

struct Add { template <class T> static T apply(T a, T b) { return static_cast<T>(static_cast<u32>(a) + static_cast<u32>(b)); } };
struct Min { template <class T> static T apply(T a, T b) { return std::min(a, b); } };
struct Max { template <class T> static T apply(T a, T b) { return std::max(a, b); } };
struct And { template <class T> static T apply(T a, T b) { return a & b; } };
struct Or { template <class T> static T apply(T a, T b) { return a | b; } };
struct Xor { template <class T> static T apply(T a, T b) { return a ^ b; } };

template <class T, class Op>
void reduce(Warp& warp, const Instruction& i) {
  u32 members = warp.lanes<u32>(i.mode)[warp.firstActive()];
  if (!warp.gathered(members)) return;
  const T* a = warp.lanes<T>(i.a);
  T* d = warp.lanes<T>(i.d);
  T total = a[warp.firstActive()];
  u32 rest = warp.active() & (warp.active() - 1);
  for (; rest != 0; rest &= rest - 1) total = Op::apply(total, a[std::countr_zero(rest)]);
  forLanes(warp.active(), [=](u32 lane) { d[lane] = total; });
}

void decodeReduce(Decoder& decoder, const Statement& s, Instruction& i) {
  bool isSigned = s.type() == Type::S32;
  if (s.has("add")) i.run = reduce<u32, Add>;
  if (s.has("min")) i.run = isSigned ? reduce<s32, Min> : reduce<u32, Min>;
  if (s.has("max")) i.run = isSigned ? reduce<s32, Max> : reduce<u32, Max>;
  if (s.has("and")) i.run = reduce<u32, And>;
  if (s.has("or")) i.run = reduce<u32, Or>;
  if (s.has("xor")) i.run = reduce<u32, Xor>;
  if (!i.run || widthOf(s.type()) != 4 || isFloat(s.type())) Decoder::unsupported(s);
  i.d = decoder.destination(s.operands.at(0), s.type());
  i.a = decoder.source(s.operands.at(1), s.type());
  i.mode = decoder.source(s.operands.at(2), Type::B32);
}

void activeMask(Warp& warp, const Instruction& i) {
  u32 active = warp.active();
  u32* d = warp.lanes<u32>(i.d);
  forLanes(active, [=](u32 lane) { d[lane] = active; });
}

void decodeActiveMask(Decoder& decoder, const Statement& s, Instruction& i) {
  i.run = activeMask;
  i.d = decoder.destination(s.operands.at(0), Type::B32);
}
}  // namespace

void addExchangeOpcodes(Opcodes& opcodes) {
  auto& table = opcodes.any;
  table["shfl"] = decodeShuffle;
  table["vote"] = decodeVote;
  table["match"] = decodeMatch;
  table["redux"] = decodeReduce;
  table["activemask"] = decodeActiveMask;
}

}  // namespace swcuda
