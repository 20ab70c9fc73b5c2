// Handlers of one, two and three sources, and the choice of their element type.
#pragma once

#include <type_traits>

#include "decoder.h"
#include "warp.h"

namespace swcuda {

/// d = Op(a), lane by lane. D is the destination's element, T the source's.
template <class D, class T, class Op>
void unaryHandler(Warp& warp, const Instruction& i) {
  const T* a = warp.lanes<T>(i.a);
  D* d = warp.lanes<D>(i.d);
  forLanes(warp.active(), [=](u32 lane) { d[lane] = static_cast<D>(Op::apply(a[lane])); });
}

/// d = Op(a, b), lane by lane.
template <class D, class T, class Op>
void binaryHandler(Warp& warp, const Instruction& i) {
  const T* a = warp.lanes<T>(i.a);
  const T* b = warp.lanes<T>(i.b);
  D* d = warp.lanes<D>(i.d);
  forLanes(warp.active(), [=](u32 lane) { d[lane] = static_cast<D>(Op::apply(a[lane], b[lane])); });
}

/// d = Op(a, b, c), lane by lane. C is the third source's element.
template <class D, class T, class C, class Op>
void ternaryHandler(Warp& warp, const Instruction& i) {
  const T* a = warp.lanes<T>(i.a);
  const T* b = warp.lanes<T>(i.b);
  const C* c = warp.lanes<C>(i.c);
  D* d = warp.lanes<D>(i.d);
  forLanes(warp.active(), [=](u32 lane) { d[lane] = static_cast<D>(Op::apply(a[lane], b[lane], c[lane])); });
}

/// Picks make<T>() for an integer type; bits count as unsigned.
template <class Make>
Handler forInteger(Type type, Make make) {
  switch (type) {
    case Type::U16: case Type::B16: return make.template operator()<u16>();
    case Type::S16: return make.template operator()<s16>();
    case Type::U32: case Type::B32: return make.template operator()<u32>();
    case Type::S32: return make.template operator()<s32>();
    case Type::U64: case Type::B64: return make.template operator()<u64>();
    case Type::S64: return make.template operator()<s64>();
    default: return nullptr;
  }
}

/// Picks make<T>() for the register width of a type, signs aside.
template <class Make>
Handler forWidth(u32 width, Make make) {
  switch (width) {
    case 2: return make.template operator()<u16>();
    case 4: return make.template operator()<u32>();
    case 8: return make.template operator()<u64>();
    default: return nullptr;
  }
}

/// Picks make<T>() for f32 or f64.
template <class Make>
Handler forFloat(Type type, Make make) {
  switch (type) {
    case Type::F32: return make.template operator()<float>();
    case Type::F64: return make.template operator()<double>();
    default: return nullptr;
  }
}

/// Decodes "op.type d, a".
inline void decodeUnary(Decoder& decoder, const Statement& s, Instruction& i, Type type, Handler handler) {
  if (!handler) Decoder::unsupported(s);
  i.run = handler;
  i.d = decoder.destination(s.operands.at(0), type);
  i.a = decoder.source(s.operands.at(1), type);
}

/// Decodes "op.type d, a, b".
inline void decodeBinary(Decoder& decoder, const Statement& s, Instruction& i, Type type, Handler handler) {
  decodeUnary(decoder, s, i, type, handler);
  i.b = decoder.source(s.operands.at(2), type);
}

/// Decodes "op.type d, a, b, c".
inline void decodeTernary(Decoder& decoder, const Statement& s, Instruction& i, Type type, Handler handler) {
  decodeBinary(decoder, s, i, type, handler);
  i.c = decoder.source(s.operands.at(3), type);
}

}  // namespace swcuda
