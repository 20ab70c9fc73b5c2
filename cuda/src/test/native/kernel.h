// A kernel in the form that runs: decoded instructions over slots of a register file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "types.h"

namespace swcuda {

constexpr u32 kLanes = 32;
constexpr u32 kAllLanes = 0xffffffffu;

class Warp;
struct Instruction;
using Handler = void (*)(Warp&, const Instruction&);

/// One instruction. Operands are byte offsets ("slots") into the warp's register file, where each
/// register lies as 32 lanes side by side; constants and special registers have slots too, so that
/// a handler never asks what kind an operand is.
struct Instruction {
  Handler run = nullptr;
  /// The handler that a wrapper (a rounding mode) calls.
  Handler inner = nullptr;
  /// Lanes run where (guard ^ guardFlip) is set. An instruction without a guard has the slot of all ones.
  u32 guard = 0;
  u32 guardFlip = 0;
  u32 d = 0;
  u32 a = 0;
  u32 b = 0;
  u32 c = 0;
  /// A second destination: the predicate of a shuffle, of a comparison.
  u32 e = 0;
  /// First of this instruction's entries in Kernel::lists, and how many: vectors, matrices, branch tables.
  u32 list = 0;
  u32 count = 0;
  /// What an opcode's modifiers mean is the handler's own matter.
  u32 mode = 0;
  u32 flip = 0;
  /// Rounding, flushing and saturating, when not the default; see environment.h.
  u32 environment = 0;
  s64 offset = 0;
  u32 target = 0;
  /// Which entry of the launch's range cache this instruction uses.
  u32 site = 0;
  u32 line = 0;
};

/// A parameter of a kernel, at its place in the parameter block.
struct Parameter {
  std::string name;
  u32 offset = 0;
  u32 bytes = 0;
  bool pointer = false;
  /// A number of 64 bits that is used as no address.
  bool number = false;
};

/// A value that the register file holds from the start, the same in each lane.
struct Constant {
  u32 slot;
  u32 width;
  u64 bits;
};

enum class Special {
  TID_X, TID_Y, TID_Z, NTID_X, NTID_Y, NTID_Z, CTAID_X, CTAID_Y, CTAID_Z, NCTAID_X, NCTAID_Y, NCTAID_Z,
  LANE, WARP, WARPS, LANEMASK_EQ, LANEMASK_LE, LANEMASK_LT, LANEMASK_GE, LANEMASK_GT, SM, SMS, GRID,
  DYNAMIC_SHARED, TOTAL_SHARED
};

/// A special register's slot and which one it is.
struct SpecialSlot {
  u32 slot;
  Special special;
};

/// A variable in shared memory. Gaps lie between them, so that a step beyond one is found.
struct SharedVariable {
  std::string name;
  u32 offset;
  u32 bytes;
};

struct Kernel {
  std::string name;
  std::vector<Parameter> parameters;
  u32 parameterBytes = 0;
  std::vector<Instruction> code;
  std::vector<u32> lists;
  std::vector<std::string> source;
  u32 registerBytes = 0;
  std::vector<Constant> constants;
  std::vector<SpecialSlot> specials;
  std::vector<SharedVariable> shared;
  /// Bytes of static shared memory as the program declares them, and where the dynamic part begins here.
  u32 staticShared = 0;
  u32 dynamicBase = 0;
  u32 localBytes = 0;
  u32 sites = 0;
  u32 maxThreads = 1024;
  u32 registers = 0;
  /// The narrowest access to shared memory, at most 4: what the race checker keeps a record for.
  u32 sharedGranule = 4;
  u64 maxDynamicShared = 48 * 1024;
};

}  // namespace swcuda
