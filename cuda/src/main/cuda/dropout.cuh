// Which elements dropout drops: the bits of the class DropoutMask in Java, a function of (seed, stream, row, column).
#pragma once

constexpr unsigned DROPOUT_STEP = 0x9E3779B9u;

__device__ __forceinline__ unsigned mixBits(unsigned x) {
  x ^= x >> 16;
  x *= 0x7FEB352Du;
  x ^= x >> 15;
  x *= 0x846CA68Bu;
  return x ^ x >> 16;
}

// What all rows of a launch share: the low and the high half of the seed, and the stream, mixed.
struct DropoutSeed {
  unsigned seedLow;
  unsigned seedHigh;
  unsigned stream;

  // The key of a row.
  __device__ __forceinline__ unsigned key(long long row) const {
    unsigned key = mixBits(seedLow + DROPOUT_STEP);
    key = mixBits(key ^ seedHigh);
    key = mixBits(key + stream * 0x85EBCA6Bu);
    key = mixBits(key ^ (unsigned)((unsigned long long)row >> 32));
    return mixBits(key + (unsigned)row * 0xC2B2AE35u);
  }
};

// The seed of a launch, or where there are `words`, the one in them, low half first: a launch that was recorded reads the
// seed of its run.
__device__ __forceinline__ DropoutSeed seedOf(DropoutSeed seed, const unsigned* words) {
  if (words) {
    seed.seedLow = words[0];
    seed.seedHigh = words[1];
  }
  return seed;
}

// The word that decides the columns 32 block + lane (its low half) and 32 block + lane + 16 (its high half).
__device__ __forceinline__ unsigned dropoutWord(unsigned key, int block, int lane) {
  return mixBits(key + (unsigned)(block * 16 + lane) * DROPOUT_STEP);
}

__device__ __forceinline__ bool dropsLow(unsigned word, unsigned threshold) { return (word & 0xffff) < threshold; }

__device__ __forceinline__ bool dropsHigh(unsigned word, unsigned threshold) { return word >> 16 < threshold; }
