// Arithmetic of f16 and bf16, alone and in pairs: computed in double, rounded once.
#include <cmath>

#include "handlers.h"
#include "lane_math.h"

namespace swcuda {

namespace {
template <class H> H narrowed(double value);
template <> F16 narrowed<F16>(double value) { return toF16(value); }
template <> BF16 narrowed<BF16>(double value) { return toBF16(value); }

struct Add { static double apply(double a, double b, double) { return a + b; } };
struct Sub { static double apply(double a, double b, double) { return a - b; } };
struct Mul { static double apply(double a, double b, double) { return a * b; } };
struct Fma { static double apply(double a, double b, double c) { return std::fma(a, b, c); } };
struct Min { static double apply(double a, double b, double) { return minOf(a, b); } };
struct Max { static double apply(double a, double b, double) { return maxOf(a, b); } };
struct MinNaN { static double apply(double a, double b, double) { return std::isnan(a) ? a : std::isnan(b) ? b : minOf(a, b); } };
struct MaxNaN { static double apply(double a, double b, double) { return std::isnan(a) ? a : std::isnan(b) ? b : maxOf(a, b); } };
struct Neg { static double apply(double a, double, double) { return -a; } };
struct Abs { static double apply(double a, double, double) { return std::fabs(a); } };
struct PowerOfTwo { static double apply(double a, double, double) { return std::exp2(a); } };
struct Tanh { static double apply(double a, double, double) { return std::tanh(a); } };

/// A lane holds `pairs` numbers side by side: one, or two.
template <class H, int pairs, class Op>
void half(Warp& warp, const Instruction& i) {
  const H* a = warp.lanes<H>(i.a);
  const H* b = warp.lanes<H>(i.b);
  const H* c = warp.lanes<H>(i.c);
  H* d = warp.lanes<H>(i.d);
  forLanes(warp.active(), [=](u32 lane) {
    for (u32 n = lane * pairs; n < (lane + 1) * pairs; n++) {
      d[n] = narrowed<H>(Op::apply(toFloat(a[n]), toFloat(b[n]), toFloat(c[n])));
    }
  });
}

/// Sign operations move bits: a NaN keeps its own.
template <int pairs, u16 keep, u16 flip>
void halfSign(Warp& warp, const Instruction& i) {
  const u16* a = warp.lanes<u16>(i.a);
  u16* d = warp.lanes<u16>(i.d);
  forLanes(warp.active(), [=](u32 lane) {
    for (u32 n = lane * pairs; n < (lane + 1) * pairs; n++) d[n] = static_cast<u16>((a[n] & keep) ^ flip);
  });
}

template <class Op>
Handler pick(Type type) {
  switch (type) {
    case Type::F16: return half<F16, 1, Op>;
    case Type::BF16: return half<BF16, 1, Op>;
    case Type::F16X2: return half<F16, 2, Op>;
    case Type::BF16X2: return half<BF16, 2, Op>;
    default: return nullptr;
  }
}

Handler pickFor(const Statement& s) {
  const std::string& name = s.opcode[0];
  Type type = s.type();
  bool pair = widthOf(type) == 4;
  if (name == "add") return pick<Add>(type);
  if (name == "sub") return pick<Sub>(type);
  if (name == "mul") return pick<Mul>(type);
  if (name == "fma") return pick<Fma>(type);
  if (name == "min") return s.has("NaN") ? pick<MinNaN>(type) : pick<Min>(type);
  if (name == "max") return s.has("NaN") ? pick<MaxNaN>(type) : pick<Max>(type);
  if (name == "neg") return pair ? halfSign<2, 0xffff, 0x8000> : halfSign<1, 0xffff, 0x8000>;
  if (name == "abs") return pair ? halfSign<2, 0x7fff, 0> : halfSign<1, 0x7fff, 0>;
  if (name == "ex2") return pick<PowerOfTwo>(type);
  if (name == "tanh") return pick<Tanh>(type);
  return nullptr;
}
}  // namespace

void decodeHalf(Decoder& decoder, const Statement& s, Instruction& i) {
  if (s.has("sat") || s.has("relu") || s.has("ftz") || s.has("xorsign")) Decoder::unsupported(s);
  decodeUnary(decoder, s, i, s.type(), pickFor(s));
  // Fewer than three sources: the first one again, so that the handler has something to read.
  i.b = s.operands.size() > 2 ? decoder.source(s.operands[2], s.type()) : i.a;
  i.c = s.operands.size() > 3 ? decoder.source(s.operands[3], s.type()) : i.a;
}

}  // namespace swcuda
