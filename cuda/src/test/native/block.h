// A launch, and one block of it: its warps, its shared memory and its barriers.
#pragma once

#include <vector>

#include "counters.h"
#include "kernel.h"
#include "memory.h"

namespace swcuda {

class Warp;

/// A kernel with all that a call of it says.
struct Launch {
  const Kernel& kernel;
  Memory& memory;
  u32 grid[3];
  u32 block[3];
  u32 dynamicShared;
  std::vector<u8> parameters;

  u32 threads() const { return block[0] * block[1] * block[2]; }
  u32 warps() const { return (threads() + kLanes - 1) / kLanes; }
  u64 blocks() const { return u64{grid[0]} * grid[1] * grid[2]; }
};

/// How many warps of a block have come to a barrier, and what they bring to a reduction over it.
struct Barrier {
  u32 arrivedWarps = 0;
  u32 arrivedThreads = 0;
  /// 0 when all threads of the block take part.
  u32 expectedThreads = 0;
  u32 votes = 0;
  u32 voters = 0;
  /// What the last completed round of votes came to.
  u32 result = 0;
  u32 resultThreads = 0;
};

constexpr u32 kBarriers = 16;

/// What blocks need room for, kept from launch to launch.
struct BlockBuffers;

class Block {
 public:
  Block(const Launch& launch, BlockBuffers& buffers);
  ~Block();

  /// Runs the block at these coordinates to its end.
  void run(u32 x, u32 y, u32 z);

  const Launch& launch() const { return launch_; }
  const u32* coordinates() const { return coordinates_; }
  KernelCounters& counted() { return counted_; }

  /// Shared memory at `address`, after the checks of bounds, alignment and races.
  u8* readShared(u64 address, u32 bytes, const Warp& warp, u32 lane, const Instruction& i);
  u8* writeShared(u64 address, u32 bytes, const Warp& warp, u32 lane, const Instruction& i);
  u8* atomicShared(u64 address, u32 bytes, const Warp& warp, u32 lane, const Instruction& i);

  /// Device memory at `address`, after the checks; `site` remembers the last allocation an instruction met.
  u8* global(u64 address, u32 bytes, const char* what, u32 lane, const Instruction& i) {
    const Range& range = ranges_[i.site];
    u64 distance = address - range.address;
    if (distance < range.bytes && range.bytes - distance >= bytes && (address & (bytes - 1)) == 0) {
      return range.host + distance;
    }
    return resolve(address, bytes, what, lane, i);
  }

  /// A warp comes to barrier `id`. `threads` is 0 for all threads of the block. Returns true when the
  /// warp must stop there.
  void arrive(Warp& warp, u32 id, u32 threads, u32 votes, bool waits);
  Barrier& barrier(u32 id) { return barriers_[id]; }

  /// Where in the program and in the grid a fault came up, for its text.
  std::string place(const Warp& warp, u32 lane) const;

 private:
  void layOutShared();
  void runWarp(Warp& warp);
  bool openBarriers();
  void fillRegisters(Warp& warp);
  void fillCoordinates(Warp& warp);
  u8* resolve(u64 address, u32 bytes, const char* what, u32 lane, const Instruction& i);
  u8* sharedAt(u64 address, u32 bytes, const char* what, u32 lane);
  [[noreturn]] void stuck();

  const Launch& launch_;
  KernelCounters counted_;
  u32 coordinates_[3] = {0, 0, 0};
  u32 sharedBytes_;
  BlockBuffers& buffers_;
  Range* ranges_;
  Barrier barriers_[kBarriers];
};

/// Runs every block of a launch, in the order of the settings.
void runLaunch(const Launch& launch);

}  // namespace swcuda
