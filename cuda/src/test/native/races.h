// Who has touched which word of shared memory since the last barrier.
#pragma once

#include <string>
#include <vector>

#include "types.h"

namespace swcuda {

struct Instruction;
class Warp;

/// Finds two warps that touch the same word between two barriers, at least one of them writing.
///
/// Accesses of one warp are not compared with each other: its lanes run in step here, so a missing
/// __syncwarp is not found. Atomics do not race with atomics. After a barrier of some threads only
/// (a named one), which orders less than all, the block is not checked any more.
class RaceChecker {
 public:
  void start(u32 sharedBytes, u32 granule, bool on);

  /// Forgets everything: all accesses before this are ordered before all accesses after it.
  void barrier() { epoch_++; }

  void giveUp() { on_ = false; }

  void read(u32 address, u32 bytes, const Warp& warp, u32 lane, const Instruction& i) {
    if (on_) check<Kind::READ>(address, bytes, warp, lane, i);
  }
  void write(u32 address, u32 bytes, const Warp& warp, u32 lane, const Instruction& i) {
    if (on_) check<Kind::WRITE>(address, bytes, warp, lane, i);
  }
  void atomic(u32 address, u32 bytes, const Warp& warp, u32 lane, const Instruction& i) {
    if (on_) check<Kind::ATOMIC>(address, bytes, warp, lane, i);
  }

 private:
  enum class Kind { READ, WRITE, ATOMIC };

  /// The accesses to one word, by warp, a bit each.
  struct Record {
    u64 epoch = 0;
    u32 readers = 0;
    u32 writers = 0;
    u32 atomics = 0;
    u32 readLine = 0;
    u32 writeLine = 0;
    u32 atomicLine = 0;
  };

  template <Kind kind>
  void check(u32 address, u32 bytes, const Warp& warp, u32 lane, const Instruction& i);

  [[noreturn]] void race(const char* now, const char* before, u32 others, u32 beforeLine, u32 address, const Warp& warp,
                         u32 lane, const Instruction& i);

  std::vector<Record> records_;
  u64 epoch_ = 0;
  u32 shift_ = 2;
  bool on_ = false;
};

}  // namespace swcuda
