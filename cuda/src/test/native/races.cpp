#include "races.h"

#include <bit>

#include "fault.h"
#include "warp.h"

namespace swcuda {

void RaceChecker::start(u32 sharedBytes, u32 granule, bool on) {
  on_ = on && sharedBytes > 0;
  shift_ = static_cast<u32>(std::countr_zero(granule));
  if (on_ && records_.size() < (sharedBytes >> shift_) + 1) records_.resize((sharedBytes >> shift_) + 1);
  epoch_++;
}

template <RaceChecker::Kind kind>
void RaceChecker::check(u32 address, u32 bytes, const Warp& warp, u32 lane, const Instruction& i) {
  u32 self = 1u << warp.index();
  u32 end = (address + bytes - 1) >> shift_;
  for (u32 word = address >> shift_; word <= end; word++) {
    Record& record = records_[word];
    if (record.epoch != epoch_) record = Record{epoch_};
    u32 written = record.writers & ~self;
    u32 atomics = record.atomics & ~self;
    if (written) {
      const char* now = kind == Kind::READ ? "reads" : kind == Kind::WRITE ? "writes" : "updates";
      race(now, "was written", written, record.writeLine, word << shift_, warp, lane, i);
    }
    if (kind != Kind::ATOMIC && atomics) {
      const char* now = kind == Kind::READ ? "reads" : "writes";
      race(now, "was updated", atomics, record.atomicLine, word << shift_, warp, lane, i);
    }
    if (kind != Kind::READ && (record.readers & ~self)) {
      const char* now = kind == Kind::WRITE ? "writes" : "updates";
      race(now, "was read", record.readers & ~self, record.readLine, word << shift_, warp, lane, i);
    }
    if (kind == Kind::READ) {
      record.readers |= self;
      record.readLine = i.line;
    } else if (kind == Kind::WRITE) {
      record.writers |= self;
      record.writeLine = i.line;
    } else {
      record.atomics |= self;
      record.atomicLine = i.line;
    }
  }
}

template void RaceChecker::check<RaceChecker::Kind::READ>(u32, u32, const Warp&, u32, const Instruction&);
template void RaceChecker::check<RaceChecker::Kind::WRITE>(u32, u32, const Warp&, u32, const Instruction&);
template void RaceChecker::check<RaceChecker::Kind::ATOMIC>(u32, u32, const Warp&, u32, const Instruction&);

void RaceChecker::race(const char* now, const char* before, u32 others, u32 beforeLine, u32 address, const Warp& warp,
                       u32 lane, const Instruction& i) {
  const Kernel& kernel = warp.kernel();
  std::string where = format("byte %u of shared memory", address);
  for (const SharedVariable& variable : kernel.shared) {
    if (address - variable.offset < variable.bytes) {
      where = format("%s + %u in shared memory", variable.name.c_str(), address - variable.offset);
    }
  }
  throw Fault(LAUNCH_FAILED,
              format("race: warp %u %s %s (\"%s\"), which %s by warp %d (\"%s\") with no barrier between", warp.index(), now,
                     where.c_str(), kernel.source[i.line].c_str(), before, std::countr_zero(others),
                     kernel.source[beforeLine].c_str()),
              static_cast<int>(lane));
}

}  // namespace swcuda
