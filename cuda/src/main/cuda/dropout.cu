// Dropout: y = dropped ? 0 : x scale. The definition is ReferenceDropout.
#include "dropout.cuh"
#include "rows.cuh"

// A thread has four columns of the first half of a block of 32 and the same of the second half, which share their four
// words; y may be x.
extern "C" __global__ void __launch_bounds__(256)
    dropout(int rows, int columns, unsigned threshold, float scale, unsigned seedLow, unsigned seedHigh, unsigned stream,
            const unsigned* seedWords, const float* x, float* y) {
  DropoutSeed seed = seedOf({seedLow, seedHigh, stream}, seedWords);
  bool fours = inFours(columns, x, y);
  unsigned perRow = (columns + 31) / 32 * 4;
  unsigned long long all = (unsigned long long)rows * perRow;
  for (unsigned long long i = firstElement(); i < all; i += gridStep()) {
    // 64-bit division is slow, and most matrices have fewer pieces.
    unsigned row = all >> 32 ? (unsigned)(i / perRow) : (unsigned)i / perRow;
    unsigned piece = (unsigned)(i - (unsigned long long)row * perRow);
    int block = piece / 4;
    int lane = piece % 4 * 4;
    int low = block * 32 + lane;
    int high = low + 16;
    if (low >= columns) {
      continue;
    }
    unsigned key = seed.key(row);
    const float* from = x + (long long)row * columns;
    float* to = y + (long long)row * columns;
    Four<float> a = loadFour(from, low, columns, fours, 0);
    Four<float> b = {};
    if (high < columns) {
      b = loadFour(from, high, columns, fours, 0);
    }
#pragma unroll
    for (int k = 0; k < 4; k++) {
      unsigned word = dropoutWord(key, block, lane + k);
      a.v[k] = dropsLow(word, threshold) ? 0 : a.v[k] * scale;
      b.v[k] = dropsHigh(word, threshold) ? 0 : b.v[k] * scale;
    }
    storeFour(to, low, columns, fours, a);
    if (high < columns) {
      storeFour(to, high, columns, fours, b);
    }
  }
}
