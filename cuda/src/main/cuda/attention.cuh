// What the kernels of attention share: who sees whom, tiles of a head in shared memory, and scores.
//
// The threads of a block are pairs (tx, ty), tx < 16: thread (tx, ty) has the scores of the queries 4 ty .. 4 ty + 3 of a
// tile with the keys tx and tx + 16. Sixteen neighbours of a warp so have all 32 keys of four queries, and exchange what
// softmax needs by shuffles.
#pragma once

#include "arithmetic.cuh"
#include "dropout.cuh"
#include "ragged.cuh"

// Keys of a tile. Tiles begin at multiples of it, as the blocks of columns that share words of dropout do, so that one
// word decides both keys of a thread; and a query adds up its keys in the same groups whatever the other queries are.
constexpr int KEYS = 32;
constexpr int HALF_KEYS = KEYS / 2;

// Columns of a head that are in shared memory at once. Wider heads take several turns.
constexpr int HEAD = 64;

// Four columns more than there are, so that the rows which eight threads read at once begin in different banks.
constexpr int PITCH = HEAD + 4;
constexpr int SCORE_PITCH = KEYS + 4;

constexpr unsigned WHOLE_WARP = 0xffffffffu;

struct alignas(16) Quad {
  float v[4];
};

// Written by the class Attentions in Java, member by member. In no anonymous namespace, for which the compiler would write
// a random number into the names of the kernels' shared memory.
struct Problem {
  int sequences;
  int rowsQ;
  int rowsK;
  int heads;
  int group;  // query heads that share a key head
  int dim;    // columns of a head
  int causal;
  int window;
  float scale;
  unsigned threshold;  // of dropout
  float keepScale;
  DropoutSeed seed;
  // How far rows are apart.
  int stepQ;
  int stepK;
  int stepV;
  int stepOut;
  int stepDout;
  int stepDq;
  int stepDk;
  int stepDv;
  // The mask: how many neighbours share one, its sizes, and its steps.
  int sequencesPerMask;
  int headsPerMask;
  int maskQueries;
  int maskKeys;
  int maskStepSequence;
  int maskStepHead;
  int maskStepQuery;
  int maskStepKey;
};

// Where the sequences are, what hides keys, and the words for what is wrong with them.
struct Ragged {
  const int* offsetsQ;
  const int* offsetsK;
  const int* prefixes;  // null for none
  const Bool* allowed;  // null for all
  FaultWord* faultQ;
  FaultWord* faultK;
  FaultWord* faultMask;
};

// The queries and keys of one sequence, and who sees whom in a head.
struct Sight {
  int queryBegin;
  int queries;
  int keyBegin;
  int keys;
  int shift;  // the last query stands where the last key does
  int prefix;
  long long maskAt;  // where the mask of the sequence and head begins

  // Whether query i sees key j. The mask is null or the kernel's parameter itself, which the compiler knows to be global
  // memory.
  __device__ __forceinline__ bool sees(const Problem& p, const Bool* allowed, int i, int j) const {
    int place = i + shift;
    bool seen = i < queries && j < keys && (!p.causal || j <= place || j < prefix) &&
                (p.window == 0 || abs(place - j) < p.window);
    if (allowed && seen) {
      seen = allowed[maskAt + (long long)i * p.maskStepQuery + (long long)j * p.maskStepKey];
    }
    return seen;
  }

  // Whether all of some queries see all of some keys, by what is known without looking at each.
  __device__ __forceinline__ bool allSee(const Problem& p, const Bool* allowed, int i, int queriesSeeing, int j,
                                         int keysSeen) const {
    return !allowed && p.window == 0 && i + queriesSeeing <= queries && j + keysSeen <= keys &&
           (!p.causal || j + keysSeen - 1 <= i + shift);
  }

  // The first tile of keys that a query from i on may see, and where the keys end that one before `end` may see.
  __device__ __forceinline__ int firstKey(const Problem& p, int i) const {
    return p.window == 0 ? 0 : max(0, i + shift - p.window + 1) / KEYS * KEYS;
  }
  __device__ __forceinline__ int endOfKeys(const Problem& p, int end) const {
    int last = p.causal ? max(end + shift, prefix) : p.window > 0 ? end - 1 + shift + p.window : keys;
    return min(last, keys);
  }

  // The first query that may see key j or one after it, and where the queries end that may see one before `end`.
  __device__ __forceinline__ int firstQuery(const Problem& p, int j) const {
    return j < prefix ? 0 : p.causal ? max(0, j - shift) : p.window > 0 ? max(0, j - shift - p.window + 1) : 0;
  }
  __device__ __forceinline__ int endOfQueries(const Problem& p, int end) const {
    return p.window == 0 ? queries : min(queries, end - 1 - shift + p.window);
  }
};

// Of a sequence, which may be one of none (rows outside all sequences): it has no keys and no queries then. `fine` is
// false when offsets are wrong.
__device__ __forceinline__ Sight sightOf(const Problem& p, const Ragged& ragged, int sequence, int head, bool& fine) {
  Sight sight = {};
  fine = true;
  if (sequence < 0 || sequence >= p.sequences) {
    return sight;
  }
  sight.queryBegin = ragged.offsetsQ[sequence];
  sight.queries = ragged.offsetsQ[sequence + 1] - sight.queryBegin;
  sight.keyBegin = ragged.offsetsK[sequence];
  sight.keys = ragged.offsetsK[sequence + 1] - sight.keyBegin;
  sight.shift = sight.keys - sight.queries;
  sight.prefix = ragged.prefixes ? ragged.prefixes[sequence] : 0;
  fine = sight.queryBegin >= 0 && sight.queries >= 0 && sight.queryBegin + sight.queries <= p.rowsQ &&
         sight.keyBegin >= 0 && sight.keys >= 0 && sight.keyBegin + sight.keys <= p.rowsK;
  if (ragged.allowed) {
    if (sight.keys > 0 && sight.queries > 0 && (sight.queries > p.maskQueries || sight.keys > p.maskKeys)) {
      reportFault(ragged.faultMask, sequence, max(sight.queries, sight.keys));
      fine = false;
    }
    sight.maskAt = (long long)(sequence / p.sequencesPerMask) * p.maskStepSequence +
                   (long long)(head / p.headsPerMask) * p.maskStepHead;
  }
  return sight;
}

// One block looks at all offsets, so that wrong ones are found even where they hide whole sequences.
__device__ __forceinline__ void checkRagged(const Problem& p, const Ragged& ragged) {
  if (blockIdx.x == 0 && blockIdx.y == 0 && blockIdx.z == 0) {
    checkOffsets(ragged.offsetsQ, p.sequences, p.rowsQ, ragged.faultQ);
    checkOffsets(ragged.offsetsK, p.sequences, p.rowsK, ragged.faultK);
  }
}

// Whether rows this far apart from this address on can be read four columns at a time.
__device__ __forceinline__ bool inQuads(const float* x, int step, int dim) {
  return (((unsigned long long)x | (unsigned)step * 4u | (unsigned)dim * 4u) & 15) == 0;
}

// Four columns of a row from `column` on, 0 where it has ended.
__device__ __forceinline__ Quad loadQuad(const float* row, int column, int columns, bool quads) {
  Quad quad = {};
  if (quads && column < columns) {
    quad = *reinterpret_cast<const Quad*>(row + column);
  } else if (!quads) {
#pragma unroll
    for (int k = 0; k < 4; k++) {
      quad.v[k] = column + k < columns ? row[column + k] : 0;
    }
  }
  return quad;
}

// Copies `rows` rows and `columns` columns of a matrix into a tile of ROWS rows and HEAD columns; the rest becomes 0, which
// adds nothing to any product.
template <int ROWS>
__device__ __forceinline__ void loadTile(float (*tile)[PITCH], const float* from, int step, int rows, int columns,
                                         bool quads) {
  for (int i = threadIdx.x; i < ROWS * (HEAD / 4); i += blockDim.x) {
    int row = i / (HEAD / 4);
    int column = i % (HEAD / 4) * 4;
    Quad quad = {};
    if (row < rows) {
      quad = loadQuad(from + (long long)row * step, column, columns, quads);
    }
    *reinterpret_cast<Quad*>(&tile[row][column]) = quad;
  }
}

// sums[n][m] += a[4 ty + n] . b[tx + 16 m] over the first columns.
__device__ __forceinline__ void addScores(float (&sums)[4][2], const float (*a)[PITCH], const float (*b)[PITCH], int columns,
                                          int tx, int ty) {
#pragma unroll 2
  for (int d = 0; d < columns; d += 4) {
    Quad low = *reinterpret_cast<const Quad*>(&b[tx][d]);
    Quad high = *reinterpret_cast<const Quad*>(&b[tx + HALF_KEYS][d]);
#pragma unroll
    for (int n = 0; n < 4; n++) {
      Quad x = *reinterpret_cast<const Quad*>(&a[4 * ty + n][d]);
#pragma unroll
      for (int k = 0; k < 4; k++) {
        sums[n][0] = fmaf(x.v[k], low.v[k], sums[n][0]);
        sums[n][1] = fmaf(x.v[k], high.v[k], sums[n][1]);
      }
    }
  }
}

// sums[n][c] += sum over the keys of weights[4 ty + n][key] * values[key][4 tx + c].
__device__ __forceinline__ void addWeighted(float (&sums)[4][4], const float (*weights)[SCORE_PITCH],
                                            const float (*values)[PITCH], int tx, int ty) {
#pragma unroll 2
  for (int key = 0; key < KEYS; key += 4) {
    Quad w[4];
#pragma unroll
    for (int n = 0; n < 4; n++) {
      w[n] = *reinterpret_cast<const Quad*>(&weights[4 * ty + n][key]);
    }
#pragma unroll
    for (int k = 0; k < 4; k++) {
      Quad value = *reinterpret_cast<const Quad*>(&values[key + k][4 * tx]);
#pragma unroll
      for (int n = 0; n < 4; n++) {
#pragma unroll
        for (int c = 0; c < 4; c++) {
          sums[n][c] = fmaf(w[n].v[k], value.v[c], sums[n][c]);
        }
      }
    }
  }
}

// Adds up over the sixteen threads that share a query; all get the sum.
__device__ __forceinline__ float joinKeys(float x) {
#pragma unroll
  for (int distance = HALF_KEYS / 2; distance > 0; distance /= 2) {
    x += __shfl_xor_sync(WHOLE_WARP, x, distance);
  }
  return x;
}

__device__ __forceinline__ float largestOfKeys(float x) {
#pragma unroll
  for (int distance = HALF_KEYS / 2; distance > 0; distance /= 2) {
    x = Max::of(x, __shfl_xor_sync(WHOLE_WARP, x, distance));
  }
  return x;
}

// What dropout makes of the weights of a thread's two keys in the tile of keys from `tile` on: 0, or a factor.
__device__ __forceinline__ void keepFactors(const Problem& p, unsigned key, int tile, int tx, float (&factors)[2]) {
  factors[0] = 1;
  factors[1] = 1;
  if (p.threshold != 0) {
    unsigned word = dropoutWord(key, tile / KEYS, tx);
    factors[0] = dropsLow(word, p.threshold) ? 0 : p.keepScale;
    factors[1] = dropsHigh(word, p.threshold) ? 0 : p.keepScale;
  }
}

// Stores four columns of a row from `column` on.
__device__ __forceinline__ void storeQuad(float* row, int column, int columns, bool quads, const float (&x)[4]) {
  if (quads && column < columns) {
    *reinterpret_cast<Quad*>(row + column) = {{x[0], x[1], x[2], x[3]}};
  } else {
#pragma unroll
    for (int c = 0; c < 4; c++) {
      if (column + c < columns) {
        row[column + c] = x[c];
      }
    }
  }
}

// What backward's second kernel needs of a query and a head, and its first one leaves.
struct alignas(8) QueryState {
  float mean;
  float factor;  // 1 / sum of e^(score - log-sum-exp): 1, but for the rounding of the log-sum-exp; 0 of the blind
};

// The base of a query's probabilities: infinity where it sees nothing, so that they are 0.
__device__ __forceinline__ float baseOf(float logSumExp) {
  return logSumExp == Extremes<float>::smallest() ? Extremes<float>::largest() : logSumExp;
}
