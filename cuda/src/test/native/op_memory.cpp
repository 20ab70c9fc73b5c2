// Loads and stores, one number or a vector of them, in every state space.
#include "handlers.h"
#include "spaces.h"

namespace swcuda {

namespace {
// `count` is the length of the vector, `list` its registers, `flip` the registers' width.

template <class T, class Space, bool sameWidth>
void load(Warp& warp, const Instruction& i) {
  Addresses addresses(warp, i);
  u32 count = i.count;
  u8* targets[4];
  for (u32 n = 0; n < count; n++) targets[n] = warp.lanes<u8>(warp.list(i, n));
  u32 width = i.flip;
  if (Space::counted) warp.block().counted().loaded += static_cast<u32>(std::popcount(warp.active())) * sizeof(T) * count;
  forLanes(warp.active(), [&](u32 lane) {
    const u8* from = Space::template at<Access::READ>(warp, addresses[lane], sizeof(T) * count, lane, i);
    for (u32 n = 0; n < count; n++) {
      T value;
      __builtin_memcpy(&value, from + n * sizeof(T), sizeof(T));
      if constexpr (sameWidth) {
        __builtin_memcpy(targets[n] + lane * sizeof(T), &value, sizeof(T));
      } else {
        u64 extended = std::is_signed_v<T> ? static_cast<u64>(static_cast<s64>(value)) : static_cast<u64>(value);
        __builtin_memcpy(targets[n] + lane * width, &extended, width);
      }
    }
  });
}

template <class T, class Space>
void store(Warp& warp, const Instruction& i) {
  Addresses addresses(warp, i);
  u32 count = i.count;
  const u8* sources[4];
  for (u32 n = 0; n < count; n++) sources[n] = warp.lanes<u8>(warp.list(i, n));
  u32 width = i.flip;
  if (Space::counted) warp.block().counted().stored += static_cast<u32>(std::popcount(warp.active())) * sizeof(T) * count;
  forLanes(warp.active(), [&](u32 lane) {
    u8* to = Space::template at<Access::WRITE>(warp, addresses[lane], sizeof(T) * count, lane, i);
    for (u32 n = 0; n < count; n++) __builtin_memcpy(to + n * sizeof(T), sources[n] + lane * width, sizeof(T));
  });
}

/// A parameter at a known place: one value for all lanes.
template <class T>
void loadParameter(Warp& warp, const Instruction& i) {
  const u8* from = ParameterSpace::at<Access::READ>(warp, static_cast<u64>(i.offset), sizeof(T), warp.firstActive(), i);
  T value;
  __builtin_memcpy(&value, from, sizeof(T));
  T* d = warp.lanes<T>(i.d);
  forLanes(warp.active(), [=](u32 lane) { d[lane] = value; });
}

template <class Space>
Handler loadOf(Type type, bool sameWidth) {
  switch (type) {
    case Type::U8: case Type::B8: return load<u8, Space, false>;
    case Type::S8: return load<s8, Space, false>;
    case Type::S16: return sameWidth ? load<u16, Space, true> : load<s16, Space, false>;
    case Type::S32: return sameWidth ? load<u32, Space, true> : load<s32, Space, false>;
    default: break;
  }
  switch (widthOf(type)) {
    case 2: return sameWidth ? load<u16, Space, true> : load<u16, Space, false>;
    case 4: return sameWidth ? load<u32, Space, true> : load<u32, Space, false>;
    case 8: return load<u64, Space, true>;
    default: return nullptr;
  }
}

template <class Space>
Handler storeOf(Type type) {
  switch (widthOf(type)) {
    case 1: return store<u8, Space>;
    case 2: return store<u16, Space>;
    case 4: return store<u32, Space>;
    case 8: return store<u64, Space>;
    default: return nullptr;
  }
}

u32 lengthOf(const Statement& s) { return s.has("v4") ? 4 : s.has("v2") ? 2 : 1; }

void decodeParameterLoad(Decoder& decoder, const Statement& s, Instruction& i, const Address& address) {
  Type type = s.type();
  bool broadcast = i.count == 1 && decoder.isConstant(address.slot) && widthOf(type) == i.flip;
  if (!broadcast) {
    setAddress(decoder, i, address);
    i.run = loadOf<ParameterSpace>(type, i.flip == widthOf(type));
    return;
  }
  i.offset = static_cast<s64>(decoder.constantBits(address.slot)) + address.offset;
  i.d = decoder.list(i, 0);
  i.run = forWidth(widthOf(type), []<class T>() -> Handler { return loadParameter<T>; });
  if (widthOf(type) == 8) decoder.loadsParameter(s.operands[0], static_cast<u32>(i.offset));
}

void decodeLoad(Decoder& decoder, const Statement& s, Instruction& i) {
  Type type = s.type();
  std::vector<u32> slots;
  u32 width = 0;
  for (const std::string& name : Decoder::elements(s.operands.at(0))) slots.push_back(decoder.looseDestination(name, type, width));
  if (slots.size() != lengthOf(s)) Decoder::unsupported(s);
  decoder.setList(i, slots);
  i.flip = width;
  bool sameWidth = width == widthOf(type);
  Address local;
  if (s.has("param") && decoder.localParameter(s.operands.at(1), local)) {
    setAddress(decoder, i, local);
    i.run = loadOf<LocalSpace>(type, sameWidth);
    return;
  }
  Address address = decoder.address(s.operands.at(1));
  if (s.has("param")) return decodeParameterLoad(decoder, s, i, address);
  setAddress(decoder, i, address);
  if (s.has("global") || s.has("const")) {
    i.run = loadOf<GlobalSpace>(type, sameWidth);
  } else if (namesShared(s)) {
    i.run = loadOf<SharedSpace>(type, sameWidth);
    decoder.touchesShared(widthOf(type));
  } else if (s.has("local")) {
    i.run = loadOf<LocalSpace>(type, sameWidth);
  } else {
    i.run = loadOf<GenericSpace>(type, sameWidth);
    decoder.touchesShared(widthOf(type));
  }
  if (!i.run) Decoder::unsupported(s);
}

void decodeStore(Decoder& decoder, const Statement& s, Instruction& i) {
  Type type = s.type();
  std::vector<u32> slots;
  u32 width = 0;
  for (const std::string& name : Decoder::elements(s.operands.at(1))) slots.push_back(decoder.looseSource(name, type, width));
  if (slots.size() != lengthOf(s)) Decoder::unsupported(s);
  decoder.setList(i, slots);
  i.flip = width;
  Address address;
  if (s.has("param") && decoder.localParameter(s.operands.at(0), address)) {
    setAddress(decoder, i, address);
    i.run = storeOf<LocalSpace>(type);
    return;
  }
  setAddress(decoder, i, decoder.address(s.operands.at(0)));
  if (s.has("global")) {
    i.run = storeOf<GlobalSpace>(type);
  } else if (namesShared(s)) {
    i.run = storeOf<SharedSpace>(type);
    decoder.touchesShared(widthOf(type));
  } else if (s.has("local")) {
    i.run = storeOf<LocalSpace>(type);
  } else {
    i.run = storeOf<GenericSpace>(type);
    decoder.touchesShared(widthOf(type));
  }
  if (!i.run) Decoder::unsupported(s);
}

/// A hint that changes nothing here.
void decodeHint(Decoder&, const Statement&, Instruction& i) { i.run = nullptr; }
}  // namespace

void addMemoryOpcodes(Opcodes& opcodes) {
  auto& table = opcodes.any;
  table["ld"] = decodeLoad;
  table["ldu"] = decodeLoad;
  table["st"] = decodeStore;
  table["prefetch"] = decodeHint;
  table["prefetchu"] = decodeHint;
}

}  // namespace swcuda
