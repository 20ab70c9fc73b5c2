// Tensor cores: matrix fragments spread over a warp (mma.sync, ldmatrix), and copies that run beside (cp.async).
//
// Products are exact and summed in double, then rounded once to f32; a real tensor core adds in an order
// and with a rounding of its own, which this device does not show.
#include <cmath>

#include "handlers.h"
#include "lane_math.h"
#include "spaces.h"

namespace swcuda {

namespace {
constexpr u32 kRows = 16;
constexpr u32 kColumns = 8;

/// Element n of a lane's registers, where each register of 32 bits holds two halves.
template <class H>
double halfOf(const u32* const* registers, u32 lane, u32 n) {
  u16 bits = static_cast<u16>(registers[n / 2][lane] >> (16 * (n % 2)));
  return toFloat(H{bits});
}

/// mma.sync.m16n8k8/k16 with halves: d = a b + c. A is 16 x K by rows, B is K x 8 by columns.
///
/// Of each 16 x 8 piece of A, lane 4 g + t holds row g (and g + 8), columns 2 t and 2 t + 1; of each 8 x 8
/// piece of B rows 2 t and 2 t + 1 of column g; of C and D row g (and g + 8), columns 2 t and 2 t + 1.
template <class H, u32 depth>
void multiplyFragments(Warp& warp, const Instruction& i) {
  if (!warp.gathered(kAllLanes)) return;
  constexpr u32 kA = depth / 4;
  constexpr u32 kB = depth / 8;
  const u32* a[kA];
  const u32* b[kB];
  const float* c[4];
  float* d[4];
  for (u32 n = 0; n < 4; n++) d[n] = warp.lanes<float>(warp.list(i, n));
  for (u32 n = 0; n < kA; n++) a[n] = warp.lanes<u32>(warp.list(i, 4 + n));
  for (u32 n = 0; n < kB; n++) b[n] = warp.lanes<u32>(warp.list(i, 4 + kA + n));
  for (u32 n = 0; n < 4; n++) c[n] = warp.lanes<float>(warp.list(i, 4 + kA + kB + n));
  double left[kRows][depth];
  double right[depth][kColumns];
  float sums[kRows][kColumns];
  for (u32 lane = 0; lane < kLanes; lane++) {
    u32 group = lane / 4;
    u32 within = lane % 4 * 2;
    for (u32 n = 0; n < 2 * kA; n++) left[group + n / 2 % 2 * 8][within + n % 2 + n / 4 * 8] = halfOf<H>(a, lane, n);
    for (u32 n = 0; n < 2 * kB; n++) right[within + n % 2 + n / 2 * 8][group] = halfOf<H>(b, lane, n);
    for (u32 n = 0; n < 4; n++) sums[group + n / 2 * 8][within + n % 2] = c[n][lane];
  }
  for (u32 row = 0; row < kRows; row++) {
    for (u32 column = 0; column < kColumns; column++) {
      double sum = sums[row][column];
      for (u32 k = 0; k < depth; k++) sum = std::fma(left[row][k], right[k][column], sum);
      sums[row][column] = static_cast<float>(sum);
    }
  }
  for (u32 lane = 0; lane < kLanes; lane++) {
    for (u32 n = 0; n < 4; n++) d[n][lane] = sums[lane / 4 + n / 2 * 8][lane % 4 * 2 + n % 2];
  }
}

template <class H>
Handler fragmentsOf(const Statement& s) {
  if (s.has("m16n8k16")) return multiplyFragments<H, 16>;
  if (s.has("m16n8k8")) return multiplyFragments<H, 8>;
  return nullptr;
}

void decodeMultiply(Decoder& decoder, const Statement& s, Instruction& i) {
  std::vector<Type> types = s.types();
  bool floats = types.size() == 4 && types[0] == Type::F32 && types[3] == Type::F32 && types[1] == types[2];
  if (!floats || !s.has("sync") || !s.has("row") || !s.has("col")) Decoder::unsupported(s);
  if (types[1] == Type::BF16) i.run = fragmentsOf<BF16>(s);
  if (types[1] == Type::F16) i.run = fragmentsOf<F16>(s);
  if (!i.run) Decoder::unsupported(s);
  std::vector<u32> slots;
  for (const std::string& name : Decoder::elements(s.operands.at(0))) slots.push_back(decoder.destination(name, Type::F32));
  for (u32 source : {1u, 2u}) {
    for (const std::string& name : Decoder::elements(s.operands.at(source))) slots.push_back(decoder.source(name, Type::B32));
  }
  for (const std::string& name : Decoder::elements(s.operands.at(3))) slots.push_back(decoder.source(name, Type::F32));
  decoder.setList(i, slots);
}

/// Loads 8 x 8 matrices of halves: lanes 8 m to 8 m + 7 give the rows of matrix m, and lane 4 g + t gets
/// columns 2 t and 2 t + 1 of row g (transposed: rows 2 t and 2 t + 1 of column g).
template <bool transposed>
void loadMatrices(Warp& warp, const Instruction& i) {
  if (!warp.gathered(kAllLanes)) return;
  Addresses addresses(warp, i);
  constexpr u32 kSide = 8;
  constexpr u32 kRowBytes = 16;
  for (u32 matrix = 0; matrix < i.count; matrix++) {
    u16 values[kSide][kSide];
    for (u32 row = 0; row < kSide; row++) {
      u32 lane = matrix * kSide + row;
      const u8* from = i.flip ? GenericSpace::at<Access::READ>(warp, addresses[lane], kRowBytes, lane, i)
                              : SharedSpace::at<Access::READ>(warp, addresses[lane], kRowBytes, lane, i);
      __builtin_memcpy(values[row], from, kRowBytes);
    }
    u32* d = warp.lanes<u32>(warp.list(i, matrix));
    for (u32 lane = 0; lane < kLanes; lane++) {
      u32 group = lane / 4;
      u32 first = lane % 4 * 2;
      u32 low = transposed ? values[first][group] : values[group][first];
      u32 high = transposed ? values[first + 1][group] : values[group][first + 1];
      d[lane] = low | high << 16;
    }
  }
}

void decodeLoadMatrices(Decoder& decoder, const Statement& s, Instruction& i) {
  if (!s.has("m8n8") || s.type() != Type::B16) Decoder::unsupported(s);
  std::vector<u32> slots;
  for (const std::string& name : Decoder::elements(s.operands.at(0))) slots.push_back(decoder.destination(name, Type::B32));
  i.run = s.has("trans") ? loadMatrices<true> : loadMatrices<false>;
  decoder.setList(i, slots);
  setAddress(decoder, i, decoder.address(s.operands.at(1)));
  i.flip = !namesShared(s);
  decoder.touchesShared(2);
}

/// cp.async: copies to shared memory that are there only once they were waited for. Until then the target
/// holds NaN, so that who reads too early sees it.
///
/// `count` is the number of bytes, `c` the slot of how many come from memory (the rest are zeros).
void startCopy(Warp& warp, const Instruction& i) {
  Addresses targets(warp, i);
  const u64* sources = warp.lanes<u64>(i.b);
  const u32* given = warp.lanes<u32>(i.c);
  forLanes(warp.active(), [&](u32 lane) {
    PendingCopy copy{};
    copy.bytes = i.count;
    u32 fromMemory = std::min(given[lane], i.count);
    if (fromMemory) {
      const u8* from = GlobalSpace::at<Access::READ>(warp, sources[lane] + i.e, i.count, lane, i);
      __builtin_memcpy(copy.values, from, fromMemory);
      warp.block().counted().loaded += fromMemory;
    }
    copy.target = SharedSpace::at<Access::WRITE>(warp, targets[lane], i.count, lane, i);
    __builtin_memset(copy.target, 0xff, i.count);
    warp.copies().add(lane, copy);
  });
}

void closeGroup(Warp& warp, const Instruction&) {
  forLanes(warp.active(), [&](u32 lane) { warp.copies().close(lane); });
}

void waitForGroups(Warp& warp, const Instruction& i) {
  forLanes(warp.active(), [&](u32 lane) { warp.copies().finish(lane, i.mode, i.flip != 0); });
}

void decodeCopy(Decoder& decoder, const Statement& s, Instruction& i) {
  if (!s.has("async") || s.has("bulk") || s.has("mbarrier")) Decoder::unsupported(s);
  if (s.has("commit_group")) {
    i.run = closeGroup;
    return;
  }
  if (s.has("wait_group") || s.has("wait_all")) {
    i.run = waitForGroups;
    i.flip = s.has("wait_all");
    i.mode = i.flip ? 0 : static_cast<u32>(std::stoul(s.operands.at(0)));
    return;
  }
  i.run = startCopy;
  setAddress(decoder, i, decoder.address(s.operands.at(0)));
  Address source = decoder.address(s.operands.at(1));
  if (source.width != 8 || source.offset < 0) Decoder::unsupported(s);
  i.b = source.slot;
  i.e = static_cast<u32>(source.offset);
  i.count = static_cast<u32>(std::stoul(s.operands.at(2)));
  i.c = s.operands.size() > 3 ? decoder.source(s.operands[3], Type::U32) : decoder.constant(4, i.count);
  decoder.touchesShared(4);
}
}  // namespace

void addMatrixOpcodes(Opcodes& opcodes) {
  opcodes.any["mma"] = decodeMultiply;
  opcodes.any["ldmatrix"] = decodeLoadMatrices;
  opcodes.any["cp"] = decodeCopy;
}

}  // namespace swcuda
