// Gradients of attention on tensor cores: the factors of all products are rounded to bfloat16, sums and softmax stay in
// single precision. The formulas, the two kernels and their parameters are those of attention_backward.cu; so is the order
// of sums, which no atomics disturb. A warp has whole heads, so that no score is computed once more for other columns.
#include "tensor_cores.cuh"

namespace {

constexpr int ROWS = 64;  // queries of a block of the first kernel, keys of a block of the second
constexpr int THREADS = ROWS / WARP_ROWS * WARP;

struct Inputs {
  const float* q;
  const float* k;
  const float* v;
  const float* logSumExp;
  const float* dout;
};

// The sum of dout . out of a row, by the four lanes that share it.
__device__ __forceinline__ float meanSlope(const float* dout, const float* out, int columns, bool quadsDout,
                                           bool quadsOut) {
  float sum = 0;
  for (int d = threadIdx.x % 4 * 4; d < columns; d += 16) {
    Quad a = loadQuad(dout, d, columns, quadsDout);
    Quad b = loadQuad(out, d, columns, quadsOut);
#pragma unroll
    for (int c = 0; c < 4; c++) {
      sum = fmaf(a.v[c], b.v[c], sum);
    }
  }
  return sum;
}

// A block has 64 queries (blockIdx.x) of a head (blockIdx.y), a warp 16 of them and all columns of dq.
template <int DIM>
__device__ __forceinline__ void ofQueries(const Problem& p, const Inputs& in, const Ragged& ragged, const float* out,
                                          float* dq, QueryState* states, const unsigned* seedWords) {
  // Queries and slopes first, until they are in registers; then keys and values.
  __shared__ RoundedRow<DIM> tileQ[2 * ROWS];
  RoundedRow<DIM>* tileDout = tileQ + ROWS;
  RoundedRow<DIM>* tileK = tileQ;
  RoundedRow<DIM>* tileV = tileQ + KEYS;
  checkRagged(p, ragged);
  Tile tile = tileOfBlock<ROWS>(ragged.offsetsQ, p.sequences, p.rowsQ, blockIdx.x);
  int head = blockIdx.y;
  bool fine;
  Sight sight = sightOf(p, ragged, tile.sequence, head, fine);
  if (tile.first >= tile.end || !fine) {
    return;
  }
  int first = tile.first - tile.begin;
  int rows = min(ROWS, tile.end - tile.first);
  int firstOfWarp = threadIdx.x / WARP * WARP_ROWS;
  int group = threadIdx.x % WARP / 4;
  int pair = threadIdx.x % 4;
  const float* headQ = in.q + (long long)tile.first * p.stepQ + head * p.dim;
  const float* headDout = in.dout + (long long)tile.first * p.stepDout + head * p.dim;
  const float* headOut = out + (long long)tile.first * p.stepOut + head * p.dim;
  const float* headK = in.k + (long long)sight.keyBegin * p.stepK + head / p.group * p.dim;
  const float* headV = in.v + (long long)sight.keyBegin * p.stepV + head / p.group * p.dim;
  bool quadsK = inQuads(in.k, p.stepK, p.dim);
  bool quadsV = inQuads(in.v, p.stepV, p.dim);
  bool quadsDout = inQuads(in.dout, p.stepDout, p.dim);
  bool quadsOut = inQuads(out, p.stepOut, p.dim);

  loadRounded<ROWS, DIM>(tileQ, headQ, p.stepQ, rows, p.dim, inQuads(in.q, p.stepQ, p.dim));
  loadRounded<ROWS, DIM>(tileDout, headDout, p.stepDout, rows, p.dim, quadsDout);
  __syncthreads();
  unsigned queries[DIM / DEPTH][4];
  unsigned slopes[DIM / DEPTH][4];  // dout
#pragma unroll
  for (int step = 0; step < DIM / DEPTH; step++) {
    loadLeft<DIM>(queries[step], tileQ, firstOfWarp, COLUMNS, step);
    loadLeft<DIM>(slopes[step], tileDout, firstOfWarp, COLUMNS, step);
  }
  float mean[2];
  float base[2];
  float total[2] = {};
  unsigned keys[2] = {};
#pragma unroll
  for (int r = 0; r < 2; r++) {
    int row = firstOfWarp + group + 8 * r;
    mean[r] = 0;
    base[r] = Extremes<float>::largest();
    if (row < rows) {
      long long at = (long long)(tile.first + row) * p.heads + head;
      base[r] = baseOf(in.logSumExp[at]) * LOG2_E;
      keys[r] = p.threshold ? seedOf(p.seed, seedWords).key(at) : 0;
      mean[r] = meanSlope(headDout + (long long)row * p.stepDout, headOut + (long long)row * p.stepOut, p.dim,
                          quadsDout, quadsOut);
    }
    mean[r] = joinPairs(mean[r]);
  }
  float sums[DIM / COLUMNS][4] = {};
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
    float slope[KEYS / COLUMNS][4] = {};  // dout . v
#pragma unroll
    for (int step = 0; step < DIM / DEPTH; step++) {
      addRowProducts<KEYS, DIM>(scores, queries[step], tileK, step);
      addRowProducts<KEYS, DIM>(slope, slopes[step], tileV, step);
    }
    bool open = sight.allSee(p, ragged.allowed, first, rows, from, KEYS);
#pragma unroll
    for (int n = 0; n < 2; n++) {
#pragma unroll
      for (int c = 0; c < 4; c++) {
        int r = c / 2;
        int column = COLUMNS * n + 2 * pair + c % 2;
        // One word decides a column and the one 16 behind it.
        unsigned word = p.threshold ? dropoutWord(keys[r], from / KEYS, column) : 0;
#pragma unroll
        for (int half = 0; half < 2; half++) {
          int i = first + firstOfWarp + group + 8 * r;
          int j = from + column + HALF_KEYS * half;
          float& score = scores[n + 2 * half][c];
          bool seen = open || sight.sees(p, ragged.allowed, i, j);
          float weight = seen ? powerOfTwo(fmaf(score, p.scale * LOG2_E, -base[r])) : 0;
          total[r] += weight;
          bool dropped = half ? dropsHigh(word, p.threshold) : dropsLow(word, p.threshold);
          float factor = p.threshold == 0 ? 1 : dropped ? 0 : p.keepScale;
          score = weight * fmaf(slope[n + 2 * half][c], factor, -mean[r]);
        }
      }
    }
    addWeightedRows<KEYS, DIM>(sums, scores, tileK);
  }

  bool quadsDq = inQuads(dq, p.stepDq, p.dim);
#pragma unroll
  for (int r = 0; r < 2; r++) {
    total[r] = joinPairs(total[r]);
    int row = firstOfWarp + group + 8 * r;
    if (row < rows) {
      float factor = total[r] == 0 ? 0 : 1 / total[r];
      float* dqRow = dq + (long long)(tile.first + row) * p.stepDq + head * p.dim;
      storeRow<DIM>(dqRow, sums, 2 * r, factor * p.scale, p.dim, quadsDq);
      if (pair == 0) {
        states[(long long)(tile.first + row) * p.heads + head] = {mean[r], factor};
      }
    }
  }
}

// What the second kernel needs of a query.
struct alignas(16) Seeing {
  float base;
  float mean;
  float factor;
  unsigned key;  // of its row of dropout
};

// A block has 64 keys (blockIdx.x) of a key head (blockIdx.y), a warp 16 of them and all columns of dk and dv. It computes
// scores with keys as rows, so that they lie in the registers as the left factors of dk and dv are wanted. The second eight
// rows of a warp are not the next keys but those 16 behind: one word of dropout decides both keys of a thread.
template <int DIM>
__device__ __forceinline__ void ofKeys(const Problem& p, const Inputs& in, const Ragged& ragged,
                                       const QueryState* states, float* dk, float* dv, const unsigned* seedWords) {
  // Fewer where a head is wide: registers and shared memory have no room for more.
  constexpr int QUERIES = DIM > 64 ? 16 : 32;
  __shared__ RoundedRow<DIM> tileK[ROWS];
  __shared__ RoundedRow<DIM> tileV[ROWS];
  __shared__ RoundedRow<DIM> tileQ[QUERIES];
  __shared__ RoundedRow<DIM> tileDout[QUERIES];
  __shared__ Seeing seeing[QUERIES];
  Tile tile = tileOfBlock<ROWS>(ragged.offsetsK, p.sequences, p.rowsK, blockIdx.x);
  int keyHead = blockIdx.y;
  if (tile.first >= tile.end) {
    return;
  }
  int from = tile.first - tile.begin;
  int count = min(ROWS, tile.end - tile.first);
  int warp = threadIdx.x / WARP;
  int firstOfWarp = warp / 2 * KEYS + warp % 2 * 8;
  int group = threadIdx.x % WARP / 4;
  int pair = threadIdx.x % 4;
  bool quadsQ = inQuads(in.q, p.stepQ, p.dim);
  bool quadsDout = inQuads(in.dout, p.stepDout, p.dim);
  loadRounded<ROWS, DIM>(tileK, in.k + (long long)tile.first * p.stepK + keyHead * p.dim, p.stepK, count, p.dim,
                         inQuads(in.k, p.stepK, p.dim));
  loadRounded<ROWS, DIM>(tileV, in.v + (long long)tile.first * p.stepV + keyHead * p.dim, p.stepV, count, p.dim,
                         inQuads(in.v, p.stepV, p.dim));

  float sumsK[DIM / COLUMNS][4] = {};
  float sumsV[DIM / COLUMNS][4] = {};
  for (int head = keyHead * p.group; head < (keyHead + 1) * p.group; head++) {
    bool fine;
    Sight sight = sightOf(p, ragged, tile.sequence, head, fine);
    if (!fine) {
      return;
    }
    int end = sight.endOfQueries(p, from + count);
    for (int first = sight.firstQuery(p, from) / QUERIES * QUERIES; first < end; first += QUERIES) {
      int rows = min(QUERIES, sight.queries - first);
      int row = sight.queryBegin + first;
      __syncthreads();  // all have used what is replaced
      loadRounded<QUERIES, DIM>(tileQ, in.q + (long long)row * p.stepQ + head * p.dim, p.stepQ, rows, p.dim, quadsQ);
      loadRounded<QUERIES, DIM>(tileDout, in.dout + (long long)row * p.stepDout + head * p.dim, p.stepDout, rows, p.dim,
                                quadsDout);
      if (threadIdx.x < QUERIES) {
        Seeing one = {Extremes<float>::largest()};
        if (threadIdx.x < rows) {
          long long at = (long long)(row + threadIdx.x) * p.heads + head;
          unsigned key = p.threshold ? seedOf(p.seed, seedWords).key(at) : 0;
          one = {baseOf(in.logSumExp[at]) * LOG2_E, states[at].mean, states[at].factor, key};
        }
        seeing[threadIdx.x] = one;
      }
      __syncthreads();
      if (firstOfWarp >= count) {
        continue;
      }
      float scores[QUERIES / COLUMNS][4] = {};
      float slope[QUERIES / COLUMNS][4] = {};  // dout . v
#pragma unroll
      for (int step = 0; step < DIM / DEPTH; step++) {
        unsigned left[4];
        loadLeft<DIM>(left, tileK, firstOfWarp, HALF_KEYS, step);
        addRowProducts<QUERIES, DIM>(scores, left, tileQ, step);
        loadLeft<DIM>(left, tileV, firstOfWarp, HALF_KEYS, step);
        addRowProducts<QUERIES, DIM>(slope, left, tileDout, step);
      }
      bool open = sight.allSee(p, ragged.allowed, first, QUERIES, from, ROWS);
#pragma unroll
      for (int n = 0; n < QUERIES / COLUMNS; n++) {
#pragma unroll
        for (int c = 0; c < 2; c++) {
          int query = COLUMNS * n + 2 * pair + c;
          Seeing one = seeing[query];
          int key = from + firstOfWarp + group;
          unsigned word = p.threshold ? dropoutWord(one.key, key / KEYS, key % HALF_KEYS) : 0;
#pragma unroll
          for (int half = 0; half < 2; half++) {
            bool seen = open || sight.sees(p, ragged.allowed, first + query, key + HALF_KEYS * half);
            float& score = scores[n][2 * half + c];
            float& toSlope = slope[n][2 * half + c];
            float weight = seen ? powerOfTwo(fmaf(score, p.scale * LOG2_E, -one.base)) * one.factor : 0;
            bool dropped = half ? dropsHigh(word, p.threshold) : dropsLow(word, p.threshold);
            float factor = p.threshold == 0 ? 1 : dropped ? 0 : p.keepScale;
            score = weight * factor;
            toSlope = weight * fmaf(toSlope, factor, -one.mean);
          }
        }
      }
      addWeightedRows<QUERIES, DIM>(sumsV, scores, tileDout);
      addWeightedRows<QUERIES, DIM>(sumsK, slope, tileQ);
    }
  }

  bool quadsDk = inQuads(dk, p.stepDk, p.dim);
  bool quadsDv = inQuads(dv, p.stepDv, p.dim);
#pragma unroll
  for (int half = 0; half < 2; half++) {
    int key = firstOfWarp + group + HALF_KEYS * half;
    if (key < count) {
      long long row = tile.first + key;
      storeRow<DIM>(dk + row * p.stepDk + keyHead * p.dim, sumsK, 2 * half, p.scale, p.dim, quadsDk);
      storeRow<DIM>(dv + row * p.stepDv + keyHead * p.dim, sumsV, 2 * half, 1, p.dim, quadsDv);
    }
  }
}

}  // namespace

// The launch bounds ask for three blocks on a multiprocessor where the registers are enough.
#define BACKWARD(DIM, BLOCKS)                                                                                      \
  extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS) attention_bf16_backward_queries_##DIM(             \
      const __grid_constant__ Problem p, const float* q, const float* k, const float* v, const int* offsetsQ,      \
      const int* offsetsK, const int* prefixes, const Bool* allowed, const float* out, const float* logSumExp,     \
      const float* dout, float* dq, float* states, FaultWord* faultQ, FaultWord* faultK, FaultWord* faultMask,     \
      const unsigned* seedWords) {                                                                                 \
    Ragged ragged = {offsetsQ, offsetsK, prefixes, allowed, faultQ, faultK, faultMask};                            \
    ofQueries<DIM>(p, Inputs{q, k, v, logSumExp, dout}, ragged, out, dq, reinterpret_cast<QueryState*>(states),    \
                   seedWords);                                                                                     \
  }                                                                                                                \
  extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS) attention_bf16_backward_keys_##DIM(                \
      const __grid_constant__ Problem p, const float* q, const float* k, const float* v, const int* offsetsQ,      \
      const int* offsetsK, const int* prefixes, const Bool* allowed, const float* logSumExp, const float* dout,    \
      const float* states, float* dk, float* dv, FaultWord* faultQ, FaultWord* faultK, FaultWord* faultMask,       \
      const unsigned* seedWords) {                                                                                 \
    Ragged ragged = {offsetsQ, offsetsK, prefixes, allowed, faultQ, faultK, faultMask};                            \
    ofKeys<DIM>(p, Inputs{q, k, v, logSumExp, dout}, ragged, reinterpret_cast<const QueryState*>(states), dk, dv,  \
                seedWords);                                                                                        \
  }

// Heads of up to so many columns; narrower ones are filled up with zeros.
BACKWARD(32, 3)
BACKWARD(64, 3)
BACKWARD(128, 2)
