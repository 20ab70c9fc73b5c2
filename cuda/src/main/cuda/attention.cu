// Attention forward, by blocks in shared memory without storing scores (Dao et al. 2022). The definition is
// ReferenceAttention; here in single precision.
#include "attention.cuh"

namespace {

constexpr int QUERIES = 64;

// The launch bounds ask for two blocks on a multiprocessor: left alone, the assembler aims at as many as the shared memory
// of the largest devices has room for, and spills registers for it.

}  // namespace

// A block has 64 queries (blockIdx.x) of a head (blockIdx.y) and 64 columns of it (blockIdx.z). It goes along the keys and
// keeps for each query the largest score so far and, relative to it, the sum of the weights and of the weighted values
// (Milakov, Gimelshein 2018).
extern "C" __global__ void __launch_bounds__(256, 2)
    attention_forward(const __grid_constant__ Problem p, const float* q, const float* k, const float* v,
                      const int* offsetsQ, const int* offsetsK, const int* prefixes, const Bool* allowed, float* out,
                      float* logSumExp, FaultWord* faultQ, FaultWord* faultK, FaultWord* faultMask,
                      const unsigned* seedWords) {
  __shared__ alignas(16) float tileQ[QUERIES][PITCH];
  __shared__ alignas(16) float tileK[KEYS][PITCH];
  __shared__ alignas(16) float tileV[KEYS][PITCH];
  __shared__ alignas(16) float weights[QUERIES][SCORE_PITCH];
  const float lowest = Extremes<float>::smallest();
  Ragged ragged = {offsetsQ, offsetsK, prefixes, allowed, faultQ, faultK, faultMask};
  checkRagged(p, ragged);
  Tile tile = tileOfBlock<QUERIES>(offsetsQ, p.sequences, p.rowsQ, blockIdx.x);
  int head = blockIdx.y;
  bool fine;
  Sight sight = sightOf(p, ragged, tile.sequence, head, fine);
  if (tile.first >= tile.end || !fine) {
    return;
  }
  int tx = threadIdx.x % HALF_KEYS;
  int ty = threadIdx.x / HALF_KEYS;
  int first = tile.first - tile.begin;
  int rows = min(QUERIES, tile.end - tile.first);
  int column = blockIdx.z * HEAD;
  int columns = min(HEAD, p.dim - column);
  const float* headQ = q + (long long)tile.first * p.stepQ + head * p.dim;
  const float* headK = k + (long long)sight.keyBegin * p.stepK + head / p.group * p.dim;
  const float* headV = v + (long long)sight.keyBegin * p.stepV + head / p.group * p.dim;
  bool quadsQ = inQuads(q, p.stepQ, p.dim);
  bool quadsK = inQuads(k, p.stepK, p.dim);
  bool quadsV = inQuads(v, p.stepV, p.dim);

  float sums[4][4] = {};
  float largest[4];
  float total[4] = {};
  unsigned keys[4];
#pragma unroll
  for (int n = 0; n < 4; n++) {
    largest[n] = lowest;
    keys[n] = p.threshold ? seedOf(p.seed, seedWords).key((long long)(tile.first + 4 * ty + n) * p.heads + head) : 0;
  }
  int begin = sight.firstKey(p, first);
  int end = sight.endOfKeys(p, first + rows);
  for (int from = begin; from < end; from += KEYS) {
    int count = min(KEYS, sight.keys - from);
    float scores[4][2] = {};
    for (int part = 0; part < p.dim; part += HEAD) {
      int width = min(HEAD, p.dim - part);
      __syncthreads();  // all have used what is replaced
      if (from == begin || p.dim > HEAD) {  // else they are there
        loadTile<QUERIES>(tileQ, headQ + part, p.stepQ, rows, width, quadsQ);
      }
      loadTile<KEYS>(tileK, headK + (long long)from * p.stepK + part, p.stepK, count, width, quadsK);
      if (part == column) {
        loadTile<KEYS>(tileV, headV + (long long)from * p.stepV + part, p.stepV, count, width, quadsV);
      }
      __syncthreads();
      addScores(scores, tileQ, tileK, width, tx, ty);
    }
#pragma unroll
    for (int n = 0; n < 4; n++) {
      int i = first + 4 * ty + n;
      float low = sight.sees(p, allowed, i, from + tx) ? scores[n][0] * p.scale : lowest;
      float high = sight.sees(p, allowed, i, from + tx + HALF_KEYS) ? scores[n][1] * p.scale : lowest;
      float higher = Max::of(largest[n], largestOfKeys(Max::of(low, high)));
      // Where nothing has been seen, nothing must become e^(-infinity + infinity).
      float base = higher == lowest ? 0 : higher;
      float before = expf(largest[n] - base);
      float factors[2];
      keepFactors(p, keys[n], from, tx, factors);
      low = expf(low - base);
      high = expf(high - base);
      total[n] = fmaf(total[n], before, joinKeys(low + high));
      largest[n] = higher;
      weights[4 * ty + n][tx] = low * factors[0];
      weights[4 * ty + n][tx + HALF_KEYS] = high * factors[1];
#pragma unroll
      for (int c = 0; c < 4; c++) {
        sums[n][c] *= before;
      }
    }
    __syncwarp();  // the weights of a query are written and read by one warp
    addWeighted(sums, weights, tileV, tx, ty);
  }

  bool quadsOut = inQuads(out, p.stepOut, p.dim);
#pragma unroll
  for (int n = 0; n < 4; n++) {
    if (4 * ty + n < rows) {
      int row = tile.first + 4 * ty + n;
      bool blind = largest[n] == lowest;
      float factor = blind ? 0 : 1 / total[n];
#pragma unroll
      for (int c = 0; c < 4; c++) {
        sums[n][c] *= factor;
      }
      storeQuad(out + (long long)row * p.stepOut + head * p.dim + column, 4 * tx, columns, quadsOut, sums[n]);
      if (tx == 0 && blockIdx.z == 0) {
        logSumExp[(long long)row * p.heads + head] = blind ? lowest : largest[n] + logf(total[n]);
      }
    }
  }
}
