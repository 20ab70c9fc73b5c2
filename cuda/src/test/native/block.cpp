#include "block.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "fault.h"
#include "races.h"
#include "settings.h"
#include "warp.h"

namespace swcuda {

/// Grown when a launch needs more, never shrunk: most launches allocate nothing.
struct BlockBuffers {
  std::vector<u8> registers;
  std::vector<u8> local;
  std::vector<u8> shared;
  /// For each byte of shared memory, whether it belongs to a variable.
  std::vector<u8> inside;
  std::vector<Range> ranges;
  std::vector<Warp> warps;
  std::vector<u32> order;
  /// The barrier that each warp waits at.
  std::vector<u32> waitsAt;
  RaceChecker races;
  u64 random = 1;

  /// The next number of a small generator (xorshift), enough to shuffle with.
  u64 next() {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return random;
  }

  /// Puts `order` into the order of the settings.
  void arrange(std::vector<u32>& order) {
    std::iota(order.begin(), order.end(), 0u);
    if (settings().threadOrder == ThreadOrder::REVERSE) std::reverse(order.begin(), order.end());
    if (settings().threadOrder == ThreadOrder::SHUFFLED) {
      for (std::size_t n = order.size(); n > 1; n--) std::swap(order[n - 1], order[next() % n]);
    }
  }
};

namespace {
constexpr u64 kAlignment = 64;

u8* aligned(std::vector<u8>& bytes, u64 size) {
  if (bytes.size() < size + kAlignment) bytes.resize(size + kAlignment);
  return reinterpret_cast<u8*>((reinterpret_cast<u64>(bytes.data()) + kAlignment - 1) & ~(kAlignment - 1));
}
}  // namespace

Block::Block(const Launch& launch, BlockBuffers& buffers) : launch_(launch), buffers_(buffers) {
  const Kernel& kernel = launch.kernel;
  counted_.launches = 1;
  buffers.ranges.assign(kernel.sites, Range{});
  ranges_ = buffers.ranges.data();
  buffers.warps.resize(launch.warps());
  buffers.order.resize(launch.warps());
  buffers.waitsAt.assign(launch.warps(), 0);
  layOutShared();
  u8* registers = aligned(buffers.registers, u64{launch.warps()} * kernel.registerBytes);
  memset(registers, 0xff, u64{launch.warps()} * kernel.registerBytes);
  u64 localBytes = u64{launch.warps()} * kLanes * kernel.localBytes;
  u8* local = aligned(buffers.local, localBytes);
  for (u32 w = 0; w < launch.warps(); w++) {
    u32 lanes = std::min(kLanes, launch.threads() - w * kLanes);
    Warp& warp = buffers.warps[w];
    warp.start(*this, w, registers + u64{w} * kernel.registerBytes, local + u64{w} * kLanes * kernel.localBytes, lanes);
    fillRegisters(warp);
  }
}

Block::~Block() = default;

void Block::layOutShared() {
  const Kernel& kernel = launch_.kernel;
  sharedBytes_ = kernel.dynamicBase + launch_.dynamicShared;
  buffers_.shared.resize(std::max<std::size_t>(buffers_.shared.size(), sharedBytes_));
  buffers_.inside.assign(sharedBytes_, 0);
  for (const SharedVariable& variable : kernel.shared) {
    std::fill_n(buffers_.inside.begin() + variable.offset, variable.bytes, 1);
  }
  std::fill_n(buffers_.inside.begin() + kernel.dynamicBase, launch_.dynamicShared, 1);
}

void Block::fillRegisters(Warp& warp) {
  const Launch& l = launch_;
  for (const Constant& constant : l.kernel.constants) {
    if (constant.width == 0) warp.predicate(constant.slot) = constant.bits ? kAllLanes : 0;
    if (constant.width == 2) std::fill_n(warp.lanes<u16>(constant.slot), kLanes, static_cast<u16>(constant.bits));
    if (constant.width == 4) std::fill_n(warp.lanes<u32>(constant.slot), kLanes, static_cast<u32>(constant.bits));
    if (constant.width == 8) std::fill_n(warp.lanes<u64>(constant.slot), kLanes, constant.bits);
  }
  for (const SpecialSlot& slot : l.kernel.specials) {
    u32* values = warp.lanes<u32>(slot.slot);
    for (u32 lane = 0; lane < kLanes; lane++) {
      u32 thread = warp.index() * kLanes + lane;
      u32 bit = 1u << lane;
      switch (slot.special) {
        case Special::TID_X: values[lane] = thread % l.block[0]; break;
        case Special::TID_Y: values[lane] = thread / l.block[0] % l.block[1]; break;
        case Special::TID_Z: values[lane] = thread / l.block[0] / l.block[1]; break;
        case Special::NTID_X: values[lane] = l.block[0]; break;
        case Special::NTID_Y: values[lane] = l.block[1]; break;
        case Special::NTID_Z: values[lane] = l.block[2]; break;
        case Special::NCTAID_X: values[lane] = l.grid[0]; break;
        case Special::NCTAID_Y: values[lane] = l.grid[1]; break;
        case Special::NCTAID_Z: values[lane] = l.grid[2]; break;
        case Special::LANE: values[lane] = lane; break;
        case Special::WARP: values[lane] = warp.index(); break;
        case Special::WARPS: values[lane] = l.warps(); break;
        case Special::LANEMASK_EQ: values[lane] = bit; break;
        case Special::LANEMASK_LT: values[lane] = bit - 1; break;
        case Special::LANEMASK_LE: values[lane] = bit | (bit - 1); break;
        case Special::LANEMASK_GT: values[lane] = ~(bit | (bit - 1)); break;
        case Special::LANEMASK_GE: values[lane] = ~(bit - 1); break;
        case Special::SM: values[lane] = 0; break;
        case Special::SMS: values[lane] = 1; break;
        case Special::GRID: values[lane] = 0; break;
        case Special::DYNAMIC_SHARED: values[lane] = l.dynamicShared; break;
        case Special::TOTAL_SHARED: values[lane] = l.kernel.staticShared + l.dynamicShared; break;
        default: break;  // the block's coordinates come with each block
      }
    }
  }
}

void Block::fillCoordinates(Warp& warp) {
  for (const SpecialSlot& slot : launch_.kernel.specials) {
    u32* values = warp.lanes<u32>(slot.slot);
    if (slot.special == Special::CTAID_X) std::fill_n(values, kLanes, coordinates_[0]);
    if (slot.special == Special::CTAID_Y) std::fill_n(values, kLanes, coordinates_[1]);
    if (slot.special == Special::CTAID_Z) std::fill_n(values, kLanes, coordinates_[2]);
  }
}

void Block::run(u32 x, u32 y, u32 z) {
  coordinates_[0] = x;
  coordinates_[1] = y;
  coordinates_[2] = z;
  counted_.blocks++;
  std::fill(std::begin(barriers_), std::end(barriers_), Barrier{});
  if (sharedBytes_) memset(buffers_.shared.data(), settings().poison ? 0xff : 0, sharedBytes_);
  buffers_.races.start(sharedBytes_, launch_.kernel.sharedGranule, settings().raceCheck && launch_.warps() > 1);
  for (Warp& warp : buffers_.warps) {
    warp.restart();
    fillCoordinates(warp);
  }
  for (;;) {
    buffers_.arrange(buffers_.order);
    bool allDone = true;
    for (u32 w : buffers_.order) {
      Warp& warp = buffers_.warps[w];
      if (warp.state() == WarpState::READY) runWarp(warp);
      allDone &= warp.state() == WarpState::DONE;
    }
    if (allDone) return;
    if (!openBarriers()) stuck();
  }
}

void Block::runWarp(Warp& warp) {
  try {
    warp.run();
  } catch (Fault& fault) {
    u32 lane = fault.lane >= 0 ? static_cast<u32>(fault.lane) : warp.firstActive();
    throw Fault(fault.code, place(warp, lane) + ": " + fault.text, static_cast<int>(lane));
  }
}

void Block::arrive(Warp& warp, u32 id, u32 threads, u32 votes, bool waits) {
  Barrier& barrier = barriers_[id];
  u32 arrived = static_cast<u32>(std::popcount(warp.active()));
  u32 all = launch_.warps() * kLanes;
  if (barrier.arrivedWarps && (barrier.expectedThreads ? barrier.expectedThreads : all) != (threads ? threads : all)) {
    throw Fault(LAUNCH_FAILED, format("barrier %u is for %u threads here and for %u elsewhere", id, threads, barrier.expectedThreads));
  }
  barrier.arrivedWarps++;
  barrier.arrivedThreads += threads == 0 ? arrived : kLanes;
  barrier.expectedThreads = threads;
  if (threads && barrier.arrivedThreads > threads) {
    throw Fault(LAUNCH_FAILED, format("%u threads come to barrier %u, which is for %u", barrier.arrivedThreads, id, threads));
  }
  barrier.votes += votes;
  barrier.voters += arrived;
  buffers_.waitsAt[warp.index()] = id;
  if (waits) warp.waitAtBarrier();
}

bool Block::openBarriers() {
  bool opened = false;
  for (u32 id = 0; id < kBarriers; id++) {
    Barrier& barrier = barriers_[id];
    if (barrier.arrivedWarps == 0) continue;
    bool complete = true;
    bool everyone = true;
    for (u32 w = 0; w < buffers_.warps.size(); w++) {
      WarpState state = buffers_.warps[w].state();
      if (state == WarpState::DONE) continue;
      everyone &= state == WarpState::AT_BARRIER && buffers_.waitsAt[w] == id;
    }
    complete = barrier.expectedThreads == 0 ? everyone : barrier.arrivedThreads >= barrier.expectedThreads;
    if (!complete) continue;
    if (everyone) {
      buffers_.races.barrier();
    } else {
      buffers_.races.giveUp();
    }
    barrier = Barrier{.result = barrier.votes, .resultThreads = barrier.voters};
    for (u32 w = 0; w < buffers_.warps.size(); w++) {
      if (buffers_.warps[w].state() == WarpState::AT_BARRIER && buffers_.waitsAt[w] == id) buffers_.warps[w].passBarrier();
    }
    opened = true;
  }
  return opened;
}

void Block::stuck() {
  for (Warp& warp : buffers_.warps) {
    if (warp.state() != WarpState::AT_BARRIER) continue;
    u32 id = buffers_.waitsAt[warp.index()];
    throw Fault(LAUNCH_FAILED, place(warp, warp.firstActive()) +
                                   format(": waits at barrier %u for threads that never come (%u have, %u are expected)", id,
                                          barriers_[id].arrivedThreads, barriers_[id].expectedThreads));
  }
  throw Fault(LAUNCH_FAILED, "a block that neither ends nor waits");
}

std::string Block::place(const Warp& warp, u32 lane) const {
  u32 thread = warp.index() * kLanes + lane;
  const Launch& l = launch_;
  const Kernel& kernel = l.kernel;
  std::string text = format("kernel %s, block (%u,%u,%u), thread (%u,%u,%u)", kernel.name.c_str(), coordinates_[0],
                            coordinates_[1], coordinates_[2], thread % l.block[0], thread / l.block[0] % l.block[1],
                            thread / l.block[0] / l.block[1]);
  u32 pc = warp.pc() > 0 ? warp.pc() - 1 : 0;
  return text + ", at \"" + kernel.source[kernel.code[pc].line] + "\"";
}

u8* Block::resolve(u64 address, u32 bytes, const char* what, u32 lane, const Instruction& i) {
  if (address & (bytes - 1)) {
    throw Fault(MISALIGNED_ADDRESS,
                format("%s of %u bytes at %#llx, which is not a multiple", what, bytes, static_cast<unsigned long long>(address)),
                static_cast<int>(lane));
  }
  try {
    const Memory& memory = launch_.memory;
    const Allocation* owner = memory.owner(address);
    const Memory* other = Memory::of(address);
    if (other && other != &memory) {
      throw Fault(ILLEGAL_ADDRESS, format("%s of %u bytes at %#llx: memory of device %d", what, bytes,
                                          static_cast<unsigned long long>(address), other->device()));
    }
    if (!owner) return resolveAddress(address, bytes, what);
    u8* host = memory.at(address, bytes, what);
    ranges_[i.site] = memory.rangeOf(*owner);
    return host;
  } catch (Fault& fault) {
    throw Fault(fault.code, fault.text, static_cast<int>(lane));
  }
}

u8* Block::sharedAt(u64 address, u32 bytes, const char* what, u32 lane) {
  const std::vector<u8>& inside = buffers_.inside;
  if (address & (bytes - 1)) {
    throw Fault(MISALIGNED_ADDRESS, format("%s of %u bytes of shared memory at %llu, which is not a multiple", what, bytes,
                                           static_cast<unsigned long long>(address)),
                static_cast<int>(lane));
  }
  if (address >= sharedBytes_ || bytes > sharedBytes_ - address || !inside[address] || !inside[address + bytes - 1]) {
    std::string near;
    for (const SharedVariable& v : launch_.kernel.shared) {
      near += format(" %s [%u, %u)", v.name.c_str(), v.offset, v.offset + v.bytes);
    }
    if (launch_.dynamicShared) near += format(" dynamic [%u, %u)", launch_.kernel.dynamicBase, sharedBytes_);
    throw Fault(ILLEGAL_ADDRESS, format("%s of %u bytes out of bounds of shared memory at %llu; there are%s", what, bytes,
                                        static_cast<unsigned long long>(address), near.empty() ? " none" : near.c_str()),
                static_cast<int>(lane));
  }
  return buffers_.shared.data() + address;
}

u8* Block::readShared(u64 address, u32 bytes, const Warp& warp, u32 lane, const Instruction& i) {
  u8* at = sharedAt(address, bytes, "read", lane);
  buffers_.races.read(static_cast<u32>(address), bytes, warp, lane, i);
  return at;
}

u8* Block::writeShared(u64 address, u32 bytes, const Warp& warp, u32 lane, const Instruction& i) {
  u8* at = sharedAt(address, bytes, "write", lane);
  buffers_.races.write(static_cast<u32>(address), bytes, warp, lane, i);
  return at;
}

u8* Block::atomicShared(u64 address, u32 bytes, const Warp& warp, u32 lane, const Instruction& i) {
  u8* at = sharedAt(address, bytes, "atomic update", lane);
  buffers_.races.atomic(static_cast<u32>(address), bytes, warp, lane, i);
  return at;
}

void runLaunch(const Launch& launch) {
  static BlockBuffers buffers;
  buffers.random = settings().seed * 0x9e3779b97f4a7c15ull | 1;
  Block block(launch, buffers);
  std::vector<u32> order(launch.blocks());
  buffers.arrange(order);
  for (u32 b : order) {
    block.run(b % launch.grid[0], b / launch.grid[0] % launch.grid[1], b / launch.grid[0] / launch.grid[1]);
  }
  KernelCounters& total = counters().kernels[launch.kernel.name];
  total.add(block.counted());
}

}  // namespace swcuda
