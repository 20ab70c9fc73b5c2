// Branches, the end of a thread, barriers, fences and traps.
#include "handlers.h"

namespace swcuda {

namespace {
void branch(Warp& warp, const Instruction& i) { warp.branch(i.target); }

void decodeBranch(Decoder& decoder, const Statement& s, Instruction& i) {
  i.run = branch;
  decoder.branchTo(i, s.operands.at(0));
}

/// Each lane goes where its index says; lanes of one target go together.
void branchByIndex(Warp& warp, const Instruction& i) {
  const u32* index = warp.lanes<u32>(i.a);
  u32 lane = warp.firstActive();
  u32 chosen = index[lane];
  if (chosen >= i.count) {
    throw Fault(LAUNCH_FAILED, format("branch index %u of a table of %u", chosen, i.count), static_cast<int>(lane));
  }
  u32 together = 0;
  forLanes(warp.active(), [&](u32 other) { together |= u32{index[other] == chosen} << other; });
  warp.branchSome(together, warp.list(i, chosen));
}

void decodeBranchByIndex(Decoder& decoder, const Statement& s, Instruction& i) {
  i.run = branchByIndex;
  i.a = decoder.source(s.operands.at(0), Type::U32);
  decoder.branchTable(i, s.operands.at(1));
}

void exitThread(Warp& warp, const Instruction&) { warp.exit(); }

void decodeExit(Decoder&, const Statement&, Instruction& i) { i.run = exitThread; }

void decodeReturn(Decoder& decoder, const Statement&, Instruction& i) {
  i.run = decoder.inFunction() ? branch : exitThread;
  if (decoder.inFunction()) decoder.branchTo(i, decoder.endOfFunction());
}

void trap(Warp&, const Instruction&) { throw Fault(LAUNCH_FAILED, "trap: the kernel stops itself"); }

void decodeTrap(Decoder&, const Statement&, Instruction& i) { i.run = trap; }

/// One warp runs at a time and sees all that others have written: a fence has nothing to do.
void decodeFence(Decoder&, const Statement&, Instruction& i) { i.run = nullptr; }

// Of a barrier: `a` its number, `b` the count of threads (0: all), `c` the predicate of a reduction.

template <bool waits>
void barrier(Warp& warp, const Instruction& i) {
  if (!warp.gathered(warp.live())) return;
  u32 id = warp.lanes<u32>(i.a)[warp.firstActive()];
  u32 threads = warp.lanes<u32>(i.b)[warp.firstActive()];
  if (id >= kBarriers) throw Fault(LAUNCH_FAILED, format("barrier %u: there are %u", id, kBarriers));
  warp.block().arrive(warp, id, threads, 0, waits);
}

void barrierWithVotes(Warp& warp, const Instruction& i) {
  if (!warp.gathered(warp.live())) return;
  u32 id = warp.lanes<u32>(i.a)[warp.firstActive()];
  u32 threads = warp.lanes<u32>(i.b)[warp.firstActive()];
  if (id >= kBarriers) throw Fault(LAUNCH_FAILED, format("barrier %u: there are %u", id, kBarriers));
  u32 votes = static_cast<u32>(std::popcount((warp.predicate(i.c) ^ i.flip) & warp.active()));
  warp.block().arrive(warp, id, threads, votes, true);
}

/// What the votes came to, once the barrier has opened.
void countVotes(Warp& warp, const Instruction& i) {
  u32 result = warp.block().barrier(warp.lanes<u32>(i.a)[warp.firstActive()]).result;
  u32* d = warp.lanes<u32>(i.d);
  forLanes(warp.active(), [=](u32 lane) { d[lane] = result; });
}

template <bool all>
void judgeVotes(Warp& warp, const Instruction& i) {
  const Barrier& barrier = warp.block().barrier(warp.lanes<u32>(i.a)[warp.firstActive()]);
  bool holds = all ? barrier.result == barrier.resultThreads : barrier.result > 0;
  u32& d = warp.predicate(i.d);
  d = (d & ~warp.active()) | (holds ? warp.active() : 0);
}

void decodeVotes(Decoder& decoder, const Statement& s, Instruction& i) {
  i.run = barrierWithVotes;
  i.a = decoder.source(s.operands.at(1), Type::U32);
  bool counted = s.operands.size() == 4;
  i.b = counted ? decoder.source(s.operands[2], Type::U32) : decoder.constant(4, 0);
  i.c = decoder.predicate(s.operands.back(), i.flip);
  decoder.append(i);
  Instruction result = i;
  bool number = s.has("popc");
  result.d = decoder.destination(s.operands[0], number ? Type::U32 : Type::PRED);
  result.run = number ? countVotes : s.has("and") ? judgeVotes<true> : judgeVotes<false>;
  i = result;
}

void waitForLanes(Warp& warp, const Instruction& i) { warp.gathered(warp.lanes<u32>(i.a)[warp.firstActive()]); }

void decodeBarrier(Decoder& decoder, const Statement& s, Instruction& i) {
  if (s.has("warp")) {
    i.run = waitForLanes;
    i.a = decoder.source(s.operands.at(0), Type::U32);
    return;
  }
  if (s.has("cluster")) Decoder::unsupported(s);
  if (s.has("red")) return decodeVotes(decoder, s, i);
  i.run = s.has("arrive") ? barrier<false> : barrier<true>;
  i.a = decoder.source(s.operands.at(0), Type::U32);
  i.b = s.operands.size() > 1 ? decoder.source(s.operands[1], Type::U32) : decoder.constant(4, 0);
}
}  // namespace

void addControlOpcodes(Opcodes& opcodes) {
  auto& table = opcodes.any;
  table["bra"] = decodeBranch;
  table["brx"] = decodeBranchByIndex;
  table["ret"] = decodeReturn;
  table["exit"] = decodeExit;
  table["trap"] = decodeTrap;
  table["bar"] = decodeBarrier;
  table["barrier"] = decodeBarrier;
  table["membar"] = decodeFence;
  table["fence"] = decodeFence;
  table["nanosleep"] = decodeFence;
}

}  // namespace swcuda
