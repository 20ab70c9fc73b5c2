// What only a kernel can see is reported in a 64-bit word: the place of the first wrong element in the upper half, its
// value (or the nearest 32-bit number) in the lower one. All ones mean that nothing was found.
#pragma once

typedef unsigned long long FaultWord;

constexpr FaultWord NO_FAULT = ~0ull;

__device__ __forceinline__ void reportFault(FaultWord* word, unsigned place, long long value) {
  int near = value > 2147483647 ? 2147483647 : value < -2147483648ll ? -2147483647 - 1 : (int)value;
  atomicMin(word, (FaultWord)place << 32 | (unsigned)near);
}

// Whether an earlier kernel reported something here, so that this one must leave its output alone.
__device__ __forceinline__ bool isFaulty(const FaultWord* word) {
  return *word != NO_FAULT;
}
