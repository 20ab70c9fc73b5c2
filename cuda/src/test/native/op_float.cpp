// Arithmetic of f32 and f64: add, sub, mul, fma, div, min, max, abs, neg, copysign, testp.
#include <cmath>

#include "environment.h"
#include "handlers.h"
#include "lane_math.h"

namespace swcuda {

namespace {
struct Add { template <class T> static T apply(T a, T b) { return a + b; } };
struct Sub { template <class T> static T apply(T a, T b) { return a - b; } };
struct Mul { template <class T> static T apply(T a, T b) { return a * b; } };
struct Div { template <class T> static T apply(T a, T b) { return a / b; } };
struct Fma { template <class T> static T apply(T a, T b, T c) { return std::fma(a, b, c); } };
struct Neg { template <class T> static T apply(T a) { return -a; } };
struct Abs { template <class T> static T apply(T a) { return std::fabs(a); } };
struct Sqrt { template <class T> static T apply(T a) { return std::sqrt(a); } };
struct Reciprocal { template <class T> static T apply(T a) { return 1 / a; } };
struct Min { template <class T> static T apply(T a, T b) { return minOf(a, b); } };
struct Max { template <class T> static T apply(T a, T b) { return maxOf(a, b); } };
/// The sign comes from the first operand, the magnitude from the second.
struct CopySign { template <class T> static T apply(T a, T b) { return std::copysign(b, a); } };

/// With .NaN a NaN wins.
template <class Op>
struct Propagating {
  template <class T> static T apply(T a, T b) {
    return std::isnan(a) || std::isnan(b) ? std::numeric_limits<T>::quiet_NaN() : Op::apply(a, b);
  }
};

bool isHalf(Type type) { return type != Type::F32 && type != Type::F64; }

template <class Op>
Handler binary(Type type) {
  return forFloat(type, []<class T>() -> Handler { return binaryHandler<T, T, Op>; });
}

template <class Op>
void decodeTwo(Decoder& decoder, const Statement& s, Instruction& i) {
  if (isHalf(s.type())) return decodeHalf(decoder, s, i);
  decodeBinary(decoder, s, i, s.type(), binary<Op>(s.type()));
  wrapInEnvironment(s, i);
}

template <class Op>
void decodeOne(Decoder& decoder, const Statement& s, Instruction& i) {
  if (isHalf(s.type())) return decodeHalf(decoder, s, i);
  Handler run = forFloat(s.type(), []<class T>() -> Handler { return unaryHandler<T, T, Op>; });
  decodeUnary(decoder, s, i, s.type(), run);
  wrapInEnvironment(s, i);
}

void decodeFma(Decoder& decoder, const Statement& s, Instruction& i) {
  if (isHalf(s.type())) return decodeHalf(decoder, s, i);
  Handler run = forFloat(s.type(), []<class T>() -> Handler { return ternaryHandler<T, T, T, Fma>; });
  decodeTernary(decoder, s, i, s.type(), run);
  wrapInEnvironment(s, i);
}

template <class Op>
void decodeExtreme(Decoder& decoder, const Statement& s, Instruction& i) {
  if (isHalf(s.type())) return decodeHalf(decoder, s, i);
  if (s.has("xorsign") || s.operands.size() != 3) Decoder::unsupported(s);
  decodeBinary(decoder, s, i, s.type(), s.has("NaN") ? binary<Propagating<Op>>(s.type()) : binary<Op>(s.type()));
  wrapInEnvironment(s, i);
}

enum class Test : u32 { FINITE, INFINITE, NUMBER, NOT_A_NUMBER, NORMAL, SUBNORMAL };

template <class T>
void testProperty(Warp& warp, const Instruction& i) {
  const T* a = warp.lanes<T>(i.a);
  u32 result = 0;
  forLanes(warp.active(), [&](u32 lane) {
    T value = a[lane];
    bool holds = false;
    switch (static_cast<Test>(i.mode)) {
      case Test::FINITE: holds = std::isfinite(value); break;
      case Test::INFINITE: holds = std::isinf(value); break;
      case Test::NUMBER: holds = !std::isnan(value); break;
      case Test::NOT_A_NUMBER: holds = std::isnan(value); break;
      case Test::NORMAL: holds = std::isnormal(value); break;
      case Test::SUBNORMAL: holds = std::fpclassify(value) == FP_SUBNORMAL; break;
    }
    result |= u32{holds} << lane;
  });
  u32& d = warp.predicate(i.d);
  d = (d & ~warp.active()) | result;
}

void decodeTest(Decoder& decoder, const Statement& s, Instruction& i) {
  static const std::map<std::string, Test> kTests = {
      {"finite", Test::FINITE},         {"infinite", Test::INFINITE}, {"number", Test::NUMBER},
      {"notanumber", Test::NOT_A_NUMBER}, {"normal", Test::NORMAL},     {"subnormal", Test::SUBNORMAL},
  };
  i.mode = static_cast<u32>(kTests.at(s.opcode.at(1)));
  i.run = forFloat(s.type(), []<class T>() -> Handler { return testProperty<T>; });
  i.d = decoder.destination(s.operands.at(0), Type::PRED);
  i.a = decoder.source(s.operands.at(1), s.type());
}
}  // namespace

void addFloatOpcodes(Opcodes& opcodes) {
  auto& table = opcodes.floats;
  table["add"] = decodeTwo<Add>;
  table["sub"] = decodeTwo<Sub>;
  table["mul"] = decodeTwo<Mul>;
  table["div"] = decodeTwo<Div>;
  table["fma"] = decodeFma;
  table["mad"] = decodeFma;
  table["min"] = decodeExtreme<Min>;
  table["max"] = decodeExtreme<Max>;
  table["neg"] = decodeOne<Neg>;
  table["abs"] = decodeOne<Abs>;
  table["sqrt"] = decodeOne<Sqrt>;
  table["rcp"] = decodeOne<Reciprocal>;
  table["copysign"] = decodeTwo<CopySign>;
  table["testp"] = decodeTest;
}

}  // namespace swcuda
