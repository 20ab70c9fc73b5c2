// Rotary position embedding: turns each pair (a, b) of each head to (a cos - b sin, a sin + b cos). The definition is
// ReferenceRotary; each result is two products and a sum, rounded one by one, with the bits of the CPU.
#include "faults.cuh"
#include "rows.cuh"

namespace {

// The heads that a thread turns by the same angles, which it reads once.
constexpr int HEADS = 4;

struct Turn {
  int rows;
  int heads;
  int half;  // pairs of a head
  int count;  // rows of the tables
  bool inverse;
};

// A thread has four pairs of up to four heads of a row. The pairs of a head are neighbours, or its halves.
template <bool INTERLEAVED>
__device__ void rotary(Turn turn, const float* x, const int* positions, const float* cosines, const float* sines, float* y,
                       FaultWord* fault) {
  int half = turn.half;
  bool fours = inFours(half, x, cosines, sines, y);
  unsigned quads = (half + 3) / 4;
  unsigned groups = (turn.heads + HEADS - 1) / HEADS;
  unsigned all = (unsigned)turn.rows * groups * quads;
  for (unsigned i = firstElement(); i < all; i += gridStep()) {
    unsigned row = i / (groups * quads);
    unsigned rest = i - row * (groups * quads);
    int group = rest / quads;
    int j = (rest - group * quads) * 4;
    int position = positions[row];
    if (position < 0 || position >= turn.count) {
      reportFault(fault, row, position);
      continue;
    }
    Four<float> c = loadFour(cosines + (long long)position * half, j, half, fours, 0);
    Four<float> s = loadFour(sines + (long long)position * half, j, half, fours, 0);
    for (int head = group * HEADS; head < min(group * HEADS + HEADS, turn.heads); head++) {
      long long begin = ((long long)row * turn.heads + head) * 2 * half;
      // Where the two fours lie, and which elements of them are a pair, is all that differs.
      int first = INTERLEAVED ? 2 * j : j;
      int second = INTERLEAVED ? 2 * j + 4 : half + j;
      int end = INTERLEAVED ? 2 * half : half;
      Four<float> p = loadFour(x + begin, first, end, fours, 0);
      Four<float> q = loadFour(x + begin, second, 2 * half, fours, 0);
#pragma unroll
      for (int k = 0; k < 4; k++) {
        float& a = INTERLEAVED ? (k < 2 ? p : q).v[k % 2 * 2] : p.v[k];
        float& b = INTERLEAVED ? (k < 2 ? p : q).v[k % 2 * 2 + 1] : q.v[k];
        float sine = turn.inverse ? -s.v[k] : s.v[k];
        float turned = a * c.v[k] - b * sine;
        b = a * sine + b * c.v[k];
        a = turned;
      }
      storeFour(y + begin, first, end, fours, p);
      storeFour(y + begin, second, 2 * half, fours, q);
    }
  }
}

}  // namespace

#define ROTARY(name, INTERLEAVED)                                                                             \
  extern "C" __global__ void __launch_bounds__(256)                                                           \
      name(int rows, int heads, int half, int count, int inverse, const float* x, const int* positions,       \
           const float* cosines, const float* sines, float* y, FaultWord* fault) {                            \
    rotary<INTERLEAVED>({rows, heads, half, count, inverse != 0}, x, positions, cosines, sines, y, fault);    \
  }

ROTARY(rotary_halves, false)
ROTARY(rotary_neighbours, true)
