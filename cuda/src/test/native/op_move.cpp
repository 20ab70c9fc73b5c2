// Moves, packing and unpacking, and the change between generic and particular addresses.
#include "handlers.h"

namespace swcuda {

namespace {
template <class T>
void move(Warp& warp, const Instruction& i) {
  const T* a = warp.lanes<T>(i.a);
  T* d = warp.lanes<T>(i.d);
  forLanes(warp.active(), [=](u32 lane) { d[lane] = a[lane]; });
}

void movePredicate(Warp& warp, const Instruction& i) {
  u32& d = warp.predicate(i.d);
  d = (d & ~warp.active()) | (warp.predicate(i.a) & warp.active());
}

/// d = {a, b, ...}, the first one lowest. Part is a part's type, Whole the register's.
template <class Part, class Whole>
void pack(Warp& warp, const Instruction& i) {
  Whole* d = warp.lanes<Whole>(i.d);
  constexpr u32 parts = sizeof(Whole) / sizeof(Part);
  const Part* sources[parts];
  for (u32 n = 0; n < parts; n++) sources[n] = warp.lanes<Part>(warp.list(i, n));
  forLanes(warp.active(), [&](u32 lane) {
    Whole value = 0;
    for (u32 n = 0; n < parts; n++) value = static_cast<Whole>(value | static_cast<Whole>(sources[n][lane]) << (8 * sizeof(Part) * n));
    d[lane] = value;
  });
}

template <class Part, class Whole>
void unpack(Warp& warp, const Instruction& i) {
  const Whole* a = warp.lanes<Whole>(i.a);
  constexpr u32 parts = sizeof(Whole) / sizeof(Part);
  Part* targets[parts];
  for (u32 n = 0; n < parts; n++) targets[n] = warp.lanes<Part>(warp.list(i, n));
  forLanes(warp.active(), [&](u32 lane) {
    Whole value = a[lane];
    for (u32 n = 0; n < parts; n++) targets[n][lane] = static_cast<Part>(value >> (8 * sizeof(Part) * n));
  });
}

Type bitsOf(u32 width) { return width == 2 ? Type::B16 : width == 4 ? Type::B32 : Type::B64; }

void decodePack(Decoder& decoder, const Statement& s, Instruction& i, bool packs) {
  u32 whole = widthOf(s.type());
  std::vector<std::string> parts = Decoder::elements(s.operands.at(packs ? 1 : 0));
  u32 part = parts.empty() ? 0 : whole / static_cast<u32>(parts.size());
  if (part == 4 && whole == 8) {
    i.run = packs ? pack<u32, u64> : unpack<u32, u64>;
  } else if (part == 2 && whole == 8) {
    i.run = packs ? pack<u16, u64> : unpack<u16, u64>;
  } else if (part == 2 && whole == 4) {
    i.run = packs ? pack<u16, u32> : unpack<u16, u32>;
  } else {
    Decoder::unsupported(s);
  }
  std::vector<u32> slots;
  for (const std::string& name : parts) {
    slots.push_back(packs ? decoder.source(name, bitsOf(part)) : decoder.destination(name, bitsOf(part)));
  }
  decoder.setList(i, slots);
  if (packs) {
    i.d = decoder.destination(s.operands[0], s.type());
  } else {
    i.a = decoder.source(s.operands[1], s.type());
  }
}

void decodeMove(Decoder& decoder, const Statement& s, Instruction& i) {
  if (s.operands.at(0)[0] == '{') return decodePack(decoder, s, i, false);
  if (s.operands.at(1)[0] == '{') return decodePack(decoder, s, i, true);
  Type type = s.type();
  Handler run = type == Type::PRED ? movePredicate : forWidth(widthOf(type), []<class T>() -> Handler { return move<T>; });
  decodeUnary(decoder, s, i, type, run);
}

/// d = a + offset: a window's base comes or goes.
void rebase(Warp& warp, const Instruction& i) {
  const u64* a = warp.lanes<u64>(i.a);
  u64* d = warp.lanes<u64>(i.d);
  u64 offset = static_cast<u64>(i.offset);
  forLanes(warp.active(), [=](u32 lane) { d[lane] = a[lane] + offset; });
}

void decodeAddressChange(Decoder& decoder, const Statement& s, Instruction& i) {
  if (s.type() != Type::U64) Decoder::unsupported(s);
  u64 window = s.has("shared") || s.has("shared::cta") ? kSharedWindow : s.has("local") ? kLocalWindow : 0;
  i.offset = static_cast<s64>(s.has("to") ? 0 - window : window);
  decodeUnary(decoder, s, i, Type::U64, rebase);
  if (s.has("to") && s.has("global")) decoder.usedAsAddress(s.operands[1]);
}

void inWindow(Warp& warp, const Instruction& i) {
  const u64* a = warp.lanes<u64>(i.a);
  u64 window = static_cast<u64>(i.offset);
  u32 result = 0;
  forLanes(warp.active(), [&](u32 lane) {
    bool particular = a[lane] - kSharedWindow < kWindow || a[lane] - kLocalWindow < kWindow;
    bool inside = window == 0 ? !particular : a[lane] - window < kWindow;
    result |= u32{inside} << lane;
  });
  u32& d = warp.predicate(i.d);
  d = (d & ~warp.active()) | result;
}

void decodeInWindow(Decoder& decoder, const Statement& s, Instruction& i) {
  if (s.has("const") || s.has("param")) Decoder::unsupported(s);
  i.run = inWindow;
  i.offset = static_cast<s64>(s.has("shared") ? kSharedWindow : s.has("local") ? kLocalWindow : 0);
  i.d = decoder.destination(s.operands.at(0), Type::PRED);
  i.a = decoder.source(s.operands.at(1), Type::U64);
}
}  // namespace

void addMoveOpcodes(Opcodes& opcodes) {
  auto& table = opcodes.any;
  table["mov"] = decodeMove;
  table["cvta"] = decodeAddressChange;
  table["isspacep"] = decodeInWindow;
}

}  // namespace swcuda
