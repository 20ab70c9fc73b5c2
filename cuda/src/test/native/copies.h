// Copies to shared memory that a lane has started and not yet waited for.
#pragma once

#include <cstring>
#include <deque>
#include <vector>

#include "types.h"

namespace swcuda {

struct PendingCopy {
  u8* target;
  u32 bytes;
  u8 values[16];
};

/// Each lane's copies, in the groups it has closed and the one it is filling.
class PendingCopies {
 public:
  void clear() {
    if (used_) lanes_.assign(lanes_.size(), {});
    used_ = false;
  }

  void add(u32 lane, const PendingCopy& copy) {
    if (lanes_.empty()) lanes_.resize(32);
    used_ = true;
    lanes_[lane].open.push_back(copy);
  }

  void close(u32 lane) {
    if (lanes_.empty()) lanes_.resize(32);
    used_ = true;
    lanes_[lane].groups.push_back(std::move(lanes_[lane].open));
    lanes_[lane].open.clear();
  }

  /// Lets the oldest groups arrive until at most `remaining` are left; with `all` also what is in no group.
  void finish(u32 lane, u32 remaining, bool all) {
    if (lanes_.empty()) return;
    Lane& own = lanes_[lane];
    while (own.groups.size() > remaining) {
      arrive(own.groups.front());
      own.groups.pop_front();
    }
    if (all) arrive(own.open);
    if (all) own.open.clear();
  }

 private:
  struct Lane {
    std::deque<std::vector<PendingCopy>> groups;
    std::vector<PendingCopy> open;
  };

  static void arrive(const std::vector<PendingCopy>& copies) {
    for (const PendingCopy& copy : copies) std::memcpy(copy.target, copy.values, copy.bytes);
  }

  std::vector<Lane> lanes_;
  bool used_ = false;
};

}  // namespace swcuda
