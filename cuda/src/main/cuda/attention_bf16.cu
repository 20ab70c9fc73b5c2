// Attention forward on tensor cores: the factors of both products are rounded to bfloat16, sums and softmax stay in single
// precision (Dao 2023). The definition is ReferenceAttention; attention.cu is the same in single precision throughout, and
// takes the same parameters.
#include "tensor_cores.cuh"

namespace {

constexpr int QUERIES = 128;
constexpr int THREADS = QUERIES / WARP_ROWS * WARP;

struct Outputs {
  float* out;
  float* logSumExp;
};

// A block has 128 queries (blockIdx.x) of a head (blockIdx.y), a warp 16 of them and all columns. It goes along the keys
// as the kernel in single precision does. Weights never leave the registers: sums of the first product lie in them as the
// left factor of the second is wanted.
template <int DIM>
__device__ __forceinline__ void forward(const Problem& p, const float* q, const float* k, const float* v,
                                        const Ragged& ragged, Outputs outputs, const unsigned* seedWords) {
  // Queries first, until they are in registers; then keys and values.
  __shared__ RoundedRow<DIM> tileQ[QUERIES];
  RoundedRow<DIM>* tileK = tileQ;
  RoundedRow<DIM>* tileV = tileQ + KEYS;
  const float lowest = Extremes<float>::smallest();
  checkRagged(p, ragged);
  Tile tile = tileOfBlock<QUERIES>(ragged.offsetsQ, p.sequences, p.rowsQ, blockIdx.x);
  int head = blockIdx.y;
  bool fine;
  Sight sight = sightOf(p, ragged, tile.sequence, head, fine);
  if (tile.first >= tile.end || !fine) {
    return;
  }
  int first = tile.first - tile.begin;
  int rows = min(QUERIES, tile.end - tile.first);
  int firstOfWarp = threadIdx.x / WARP * WARP_ROWS;
  int group = threadIdx.x % WARP / 4;
  int pair = threadIdx.x % 4;
  const float* headQ = q + (long long)tile.first * p.stepQ + head * p.dim;
  const float* headK = k + (long long)sight.keyBegin * p.stepK + head / p.group * p.dim;
  const float* headV = v + (long long)sight.keyBegin * p.stepV + head / p.group * p.dim;
  bool quadsK = inQuads(k, p.stepK, p.dim);
  bool quadsV = inQuads(v, p.stepV, p.dim);

  loadRounded<QUERIES, DIM>(tileQ, headQ, p.stepQ, rows, p.dim, inQuads(q, p.stepQ, p.dim));
  __syncthreads();
  unsigned queries[DIM / DEPTH][4];
#pragma unroll
  for (int step = 0; step < DIM / DEPTH; step++) {
    loadLeft<DIM>(queries[step], tileQ, firstOfWarp, COLUMNS, step);
  }
  float sums[DIM / COLUMNS][4] = {};
  float largest[2] = {lowest, lowest};
  float total[2] = {};
  unsigned keys[2] = {};
  if (p.threshold) {
    DropoutSeed seed = seedOf(p.seed, seedWords);
    keys[0] = seed.key((long long)(tile.first + firstOfWarp + group) * p.heads + head);
    keys[1] = seed.key((long long)(tile.first + firstOfWarp + group + 8) * p.heads + head);
  }
  int end = sight.endOfKeys(p, first + rows);
  for (int from = sight.firstKey(p, first); from < end; from += KEYS) {
    int count = min(KEYS, sight.keys - from);
    __syncthreads();  // all have used what is replaced
    loadRounded<KEYS, DIM>(tileK, headK + (long long)from * p.stepK, p.stepK, count, p.dim, quadsK);
    loadRounded<KEYS, DIM>(tileV, headV + (long long)from * p.stepV, p.stepV, count, p.dim, quadsV);
    __syncthreads();
    if (firstOfWarp >= rows) {
      continue;
    }
    float scores[KEYS / COLUMNS][4] = {};
#pragma unroll
    for (int step = 0; step < DIM / DEPTH; step++) {
      addRowProducts<KEYS, DIM>(scores, queries[step], tileK, step);
    }
    bool open = sight.allSee(p, ragged.allowed, first, rows, from, KEYS);
#pragma unroll
    for (int n = 0; n < KEYS / COLUMNS; n++) {
#pragma unroll
      for (int c = 0; c < 4; c++) {
        int i = first + firstOfWarp + group + c / 2 * 8;
        bool seen = open || sight.sees(p, ragged.allowed, i, from + COLUMNS * n + 2 * pair + c % 2);
        scores[n][c] = seen ? scores[n][c] * (p.scale * LOG2_E) : lowest;
      }
    }
#pragma unroll
    for (int r = 0; r < 2; r++) {
      float higher = largest[r];
#pragma unroll
      for (int n = 0; n < KEYS / COLUMNS; n++) {
        higher = fmaxf(higher, fmaxf(scores[n][2 * r], scores[n][2 * r + 1]));
      }
      higher = largestOfPairs(higher);
      // Where nothing has been seen, nothing must become 2^(-infinity + infinity).
      float base = higher == lowest ? 0 : higher;
      float before = powerOfTwo(largest[r] - base);
      largest[r] = higher;
      total[r] *= before;
#pragma unroll
      for (int n = 0; n < KEYS / COLUMNS; n++) {
#pragma unroll
        for (int c = 2 * r; c < 2 * r + 2; c++) {
          scores[n][c] = powerOfTwo(scores[n][c] - base);
          total[r] += scores[n][c];
        }
      }
#pragma unroll
      for (int n = 0; n < DIM / COLUMNS; n++) {
        sums[n][2 * r] *= before;
        sums[n][2 * r + 1] *= before;
      }
    }
    if (p.threshold) {
      // One word decides a column and the one 16 behind it.
#pragma unroll
      for (int n = 0; n < 2; n++) {
#pragma unroll
        for (int c = 0; c < 4; c++) {
          unsigned word = dropoutWord(keys[c / 2], from / KEYS, COLUMNS * n + 2 * pair + c % 2);
          scores[n][c] *= dropsLow(word, p.threshold) ? 0 : p.keepScale;
          scores[n + 2][c] *= dropsHigh(word, p.threshold) ? 0 : p.keepScale;
        }
      }
    }
    addWeightedRows<KEYS, DIM>(sums, scores, tileV);
  }

  bool quadsOut = inQuads(outputs.out, p.stepOut, p.dim);
#pragma unroll
  for (int r = 0; r < 2; r++) {
    total[r] = joinPairs(total[r]);
    int row = firstOfWarp + group + 8 * r;
    if (row < rows) {
      bool blind = total[r] == 0;
      float* outRow = outputs.out + (long long)(tile.first + row) * p.stepOut + head * p.dim;
      storeRow<DIM>(outRow, sums, 2 * r, blind ? 0 : 1 / total[r], p.dim, quadsOut);
      if (pair == 0) {
        outputs.logSumExp[(long long)(tile.first + row) * p.heads + head] =
            blind ? lowest : fmaf(largest[r], LN_2, logf(total[r]));
      }
    }
  }
}

}  // namespace

// The launch bounds ask for two blocks on a multiprocessor where the registers are enough.
#define FORWARD(DIM, BLOCKS)                                                                                       \
  extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS) attention_bf16_forward_##DIM(                      \
      const __grid_constant__ Problem p, const float* q, const float* k, const float* v, const int* offsetsQ,      \
      const int* offsetsK, const int* prefixes, const Bool* allowed, float* out, float* logSumExp,                 \
      FaultWord* faultQ, FaultWord* faultK, FaultWord* faultMask, const unsigned* seedWords) {                     \
    Ragged ragged = {offsetsQ, offsetsK, prefixes, allowed, faultQ, faultK, faultMask};                            \
    forward<DIM>(p, q, k, v, ragged, Outputs{out, logSumExp}, seedWords);                                          \
  }

// Heads of up to so many columns; narrower ones are filled up with zeros.
FORWARD(32, 2)
FORWARD(64, 2)
FORWARD(128, 1)
