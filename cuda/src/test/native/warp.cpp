#include "warp.h"

#include <algorithm>

#include "settings.h"

namespace swcuda {

void Warp::start(Block& block, u32 index, u8* registers, u8* local, u32 lanes) {
  block_ = &block;
  index_ = index;
  registers_ = registers;
  local_ = local;
  all_ = lanes == kLanes ? kAllLanes : (1u << lanes) - 1;
  restart();
}

void Warp::restart() {
  waiting_.clear();
  copies_.clear();
  jumped_ = 0;
  live_ = mask_ = all_;
  pc_ = 0;
  state_ = WarpState::READY;
  tightenLimit();
}

void Warp::run() {
  const Instruction* code = kernel().code.data();
  tightenLimit();
  for (;;) {
    if (pc_ >= limit_ && !choosePath()) return;
    const Instruction& i = code[pc_++];
    active_ = mask_ & (predicate(i.guard) ^ i.guardFlip);
    if (active_) i.run(*this, i);
  }
}

void Warp::branchSome(u32 lanes, u32 target) {
  if (target < pc_) {
    jumped_ += pc_ - target;
    if (jumped_ > settings().patience) throw Fault(LAUNCH_TIMEOUT, "runs for too long: a loop without end?");
  }
  u32 again = active_ & ~lanes;
  u32 onward = mask_ & ~active_;
  if (again) waiting_.push_back({pc_ - 1, again, false});
  if (onward) waiting_.push_back({pc_, onward, false});
  mask_ = lanes;
  pc_ = target;
  if (again | onward) tightenLimit();
}

void Warp::exit() {
  live_ &= ~active_;
  mask_ &= ~active_;
  // Who waited for a lane that has now ended may go on.
  for (Path& path : waiting_) path.blocked = false;
  tightenLimit();
}

bool Warp::gathered(u32 members) {
  if ((members & live_ & ~active_) == 0) return true;
  if (waiting_.empty()) deadlock();
  waiting_.push_back({pc_ - 1, mask_, true});
  mask_ = 0;
  tightenLimit();
  return false;
}

void Warp::waitAtBarrier() {
  state_ = WarpState::AT_BARRIER;
  limit_ = 0;
}

void Warp::tightenLimit() {
  limit_ = ~0u;
  for (const Path& path : waiting_) limit_ = std::min(limit_, path.pc);
  if (mask_ == 0) limit_ = 0;
}

bool Warp::choosePath() {
  if (state_ != WarpState::READY) return false;
  if (live_ == 0) {
    state_ = WarpState::DONE;
    return false;
  }
  if (mask_ == 0) {
    auto next = waiting_.end();
    for (auto path = waiting_.begin(); path != waiting_.end(); ++path) {
      if (!path->blocked && (next == waiting_.end() || path->pc < next->pc)) next = path;
    }
    if (next == waiting_.end()) deadlock();
    pc_ = next->pc;
    mask_ = next->mask;
    waiting_.erase(next);
  }
  for (auto& path : waiting_) {
    if (path.pc < pc_ && !path.blocked) {
      std::swap(path.pc, pc_);
      std::swap(path.mask, mask_);
    }
  }
  for (auto path = waiting_.begin(); path != waiting_.end();) {
    if (path->pc == pc_) {
      mask_ |= path->mask;
      path = waiting_.erase(path);
    } else {
      ++path;
    }
  }
  tightenLimit();
  return true;
}

void Warp::deadlock() {
  std::string text = "divergent barrier or warp operation: lanes of one warp wait for lanes that never come:";
  u32 here = mask_ ? pc_ - 1 : ~0u;
  if (mask_) text += format(" lanes %08x at \"%s\"", mask_, kernel().source[kernel().code[here].line].c_str());
  for (const Path& path : waiting_) {
    text += format(" lanes %08x at \"%s\"", path.mask, kernel().source[kernel().code[path.pc].line].c_str());
  }
  if (waiting_.empty()) text += format("; lanes %08x live, %08x take part", live_, active_);
  u32 blamed = mask_ ? mask_ : waiting_.front().mask;
  throw Fault(LAUNCH_FAILED, text, std::countr_zero(blamed));
}

}  // namespace swcuda
