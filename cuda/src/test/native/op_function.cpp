// The functions that the device approximates: rsqrt, ex2, lg2, sin, cos, tanh.
//
// They are computed to full precision here. A real device is a few units in the last place off
// (tanh.approx about 2^-11), which this device does not show.
#include <cmath>

#include "environment.h"
#include "handlers.h"

namespace swcuda {

namespace {
struct ReciprocalRoot { template <class T> static T apply(T a) { return static_cast<T>(1 / std::sqrt(static_cast<double>(a))); } };
struct PowerOfTwo { template <class T> static T apply(T a) { return std::exp2(a); } };
struct Logarithm { template <class T> static T apply(T a) { return std::log2(a); } };
struct Sine { template <class T> static T apply(T a) { return std::sin(a); } };
struct Cosine { template <class T> static T apply(T a) { return std::cos(a); } };
struct Tanh { template <class T> static T apply(T a) { return std::tanh(a); } };

template <class Op>
void decodeFunction(Decoder& decoder, const Statement& s, Instruction& i) {
  if (s.type() != Type::F32 && s.type() != Type::F64) return decodeHalf(decoder, s, i);
  Handler run = forFloat(s.type(), []<class T>() -> Handler { return unaryHandler<T, T, Op>; });
  decodeUnary(decoder, s, i, s.type(), run);
  wrapInEnvironment(s, i);
}
}  // namespace

void addFunctionOpcodes(Opcodes& opcodes) {
  auto& table = opcodes.floats;
  table["rsqrt"] = decodeFunction<ReciprocalRoot>;
  table["ex2"] = decodeFunction<PowerOfTwo>;
  table["lg2"] = decodeFunction<Logarithm>;
  table["sin"] = decodeFunction<Sine>;
  table["cos"] = decodeFunction<Cosine>;
  table["tanh"] = decodeFunction<Tanh>;
}

}  // namespace swcuda
