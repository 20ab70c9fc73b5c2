// A warp: 32 lanes that run one instruction at a time, the paths they diverge into, and the paths' meeting again.
#pragma once

#include <bit>
#include <vector>

#include "block.h"
#include "copies.h"
#include "fault.h"
#include "kernel.h"

namespace swcuda {

/// Calls body(lane) for each set bit. A full warp is a counted loop, which the compiler vectorises.
template <class Body>
inline void forLanes(u32 active, Body body) {
  if (active == kAllLanes) {
#pragma GCC ivdep
    for (u32 lane = 0; lane < kLanes; lane++) body(lane);
  } else {
    for (u32 rest = active; rest != 0; rest &= rest - 1) body(static_cast<u32>(std::countr_zero(rest)));
  }
}

/// Lanes that stand at the same instruction.
struct Path {
  u32 pc;
  u32 mask;
  /// Waits for other lanes of the warp to come to the same instruction.
  bool blocked;
};

enum class WarpState { READY, AT_BARRIER, DONE };

class Warp {
 public:
  /// Gives the warp its place in a block and its registers.
  void start(Block& block, u32 index, u8* registers, u8* local, u32 lanes);

  /// Goes back to the first instruction, for the next block.
  void restart();

  /// Runs until every lane has ended, or until the warp waits at a barrier.
  void run();

  template <class T>
  T* lanes(u32 slot) {
    return reinterpret_cast<T*>(registers_ + slot);
  }

  /// The lanes of a predicate, one bit each.
  u32& predicate(u32 slot) { return *reinterpret_cast<u32*>(registers_ + slot); }

  const Kernel& kernel() const { return block_->launch().kernel; }
  u32 list(const Instruction& i, u32 n) const { return kernel().lists[i.list + n]; }
  Block& block() { return *block_; }
  u32 index() const { return index_; }
  u32 live() const { return live_; }
  u32 active() const { return active_; }
  u32 mask() const { return mask_; }
  WarpState state() const { return state_; }
  u8* local(u32 lane) { return local_ + std::size_t{lane} * kernel().localBytes; }

  /// Sends the active lanes to `target`; the others go on behind this instruction.
  void branch(u32 target) { branchSome(active_, target); }

  /// Sends `lanes` of the active ones to `target`. When others are left, they come back to this
  /// same instruction if they were active, or go on behind it.
  void branchSome(u32 lanes, u32 target);

  /// Ends the active lanes.
  void exit();

  /// True when the active lanes hold all live lanes of `members`. If not, the path is put back to
  /// wait for the missing ones, and the handler must return at once.
  bool gathered(u32 members);

  PendingCopies& copies() { return copies_; }

  /// Stops the warp at a barrier of the block.
  void waitAtBarrier();
  void passBarrier() { state_ = WarpState::READY; }

  /// The lane to blame for a fault that named none.
  u32 firstActive() const { return active_ ? static_cast<u32>(std::countr_zero(active_)) : 0; }
  u32 pc() const { return pc_; }

 private:
  /// Merges paths that have met and gives the turn to the one that is furthest behind.
  bool choosePath();
  void tightenLimit();
  [[noreturn]] void deadlock();

  Block* block_ = nullptr;
  u8* registers_ = nullptr;
  u8* local_ = nullptr;
  std::vector<Path> waiting_;
  PendingCopies copies_;
  u64 jumped_ = 0;
  u32 index_ = 0;
  u32 all_ = 0;
  u32 live_ = 0;
  u32 mask_ = 0;
  u32 active_ = 0;
  u32 pc_ = 0;
  /// The loop asks for a choice of paths once pc_ has come here.
  u32 limit_ = 0;
  WarpState state_ = WarpState::READY;
};

}  // namespace swcuda
