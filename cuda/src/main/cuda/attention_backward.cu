// Gradients of attention, by blocks in shared memory. Probabilities are computed again from the log-sum-exp of each query
// and dropout from its counters (Dao et al. 2022). With p the probabilities, m what dropout made of them, g = m dout . v
// and mean = sum of p g = dout . out: ds = p (g - mean), dq = scale ds k, dk = scale ds^T q, dv = (p m)^T dout.
//
// No two blocks add to the same number: one kernel has a block for some queries, which goes along the keys, for dq; the
// other a block for some keys, which goes along the queries of all heads that share them, for dk and dv. So the order of
// all sums is fixed, at the price of computing the scores twice.
#include "attention.cuh"

namespace {

constexpr int QUERIES = 32;

// The launch bounds ask for three blocks on a multiprocessor: left alone, the assembler aims at as many as the shared
// memory of the largest devices has room for, and spills registers for it.

}  // namespace

// A block has 32 queries (blockIdx.x) of a head (blockIdx.y) and 64 columns of dq (blockIdx.z).
extern "C" __global__ void __launch_bounds__(128, 3)
    attention_backward_queries(const __grid_constant__ Problem p, const float* q, const float* k, const float* v,
                               const int* offsetsQ, const int* offsetsK, const int* prefixes, const Bool* allowed,
                               const float* out, const float* logSumExp, const float* dout, float* dq, float* states,
                               FaultWord* faultQ, FaultWord* faultK, FaultWord* faultMask,
                               const unsigned* seedWords) {
  __shared__ alignas(16) float tileQ[QUERIES][PITCH];
  __shared__ alignas(16) float tileDout[QUERIES][PITCH];
  __shared__ alignas(16) float tileK[KEYS][PITCH];
  __shared__ alignas(16) float tileV[KEYS][PITCH];
  __shared__ alignas(16) float slopes[QUERIES][SCORE_PITCH];  // ds
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
  const float* headDout = dout + (long long)tile.first * p.stepDout + head * p.dim;
  const float* headOut = out + (long long)tile.first * p.stepOut + head * p.dim;
  const float* headK = k + (long long)sight.keyBegin * p.stepK + head / p.group * p.dim;
  const float* headV = v + (long long)sight.keyBegin * p.stepV + head / p.group * p.dim;
  bool quadsQ = inQuads(q, p.stepQ, p.dim);
  bool quadsK = inQuads(k, p.stepK, p.dim);
  bool quadsV = inQuads(v, p.stepV, p.dim);
  bool quadsDout = inQuads(dout, p.stepDout, p.dim);

  float mean[4] = {};
  float base[4];
  float total[4] = {};
  unsigned keys[4];
#pragma unroll
  for (int n = 0; n < 4; n++) {
    int row = 4 * ty + n;
    base[n] = Extremes<float>::largest();
    keys[n] = p.threshold ? seedOf(p.seed, seedWords).key((long long)(tile.first + row) * p.heads + head) : 0;
    if (row < rows) {
      base[n] = baseOf(logSumExp[(long long)(tile.first + row) * p.heads + head]);
      for (int d = tx; d < p.dim; d += HALF_KEYS) {
        mean[n] = fmaf(headDout[(long long)row * p.stepDout + d], headOut[(long long)row * p.stepOut + d], mean[n]);
      }
    }
    mean[n] = joinKeys(mean[n]);
  }
  float sums[4][4] = {};
  int begin = sight.firstKey(p, first);
  int end = sight.endOfKeys(p, first + rows);
  for (int from = begin; from < end; from += KEYS) {
    int count = min(KEYS, sight.keys - from);
    float scores[4][2] = {};
    float slope[4][2] = {};  // dout . v
    for (int part = 0; part < p.dim; part += HEAD) {
      int width = min(HEAD, p.dim - part);
      __syncthreads();  // all have used what is replaced
      if (from == begin || p.dim > HEAD) {
        loadTile<QUERIES>(tileQ, headQ + part, p.stepQ, rows, width, quadsQ);
        loadTile<QUERIES>(tileDout, headDout + part, p.stepDout, rows, width, quadsDout);
      }
      loadTile<KEYS>(tileK, headK + (long long)from * p.stepK + part, p.stepK, count, width, quadsK);
      loadTile<KEYS>(tileV, headV + (long long)from * p.stepV + part, p.stepV, count, width, quadsV);
      __syncthreads();
      addScores(scores, tileQ, tileK, width, tx, ty);
      addScores(slope, tileDout, tileV, width, tx, ty);
    }
#pragma unroll
    for (int n = 0; n < 4; n++) {
      int i = first + 4 * ty + n;
      float factors[2];
      keepFactors(p, keys[n], from, tx, factors);
#pragma unroll
      for (int m = 0; m < 2; m++) {
        int j = tx + HALF_KEYS * m;
        float weight = sight.sees(p, allowed, i, from + j) ? expf(scores[n][m] * p.scale - base[n]) : 0;
        total[n] += weight;
        slopes[4 * ty + n][j] = weight * fmaf(slope[n][m], factors[m], -mean[n]);
      }
    }
    if (p.dim > HEAD) {
      __syncthreads();  // all have used the last columns
      loadTile<KEYS>(tileK, headK + (long long)from * p.stepK + column, p.stepK, count, columns, quadsK);
      __syncthreads();
    } else {
      __syncwarp();  // the slopes of a query are written and read by one warp
    }
    addWeighted(sums, slopes, tileK, tx, ty);
  }

  bool quadsDq = inQuads(dq, p.stepDq, p.dim);
#pragma unroll
  for (int n = 0; n < 4; n++) {
    total[n] = joinKeys(total[n]);
    if (4 * ty + n < rows) {
      int row = tile.first + 4 * ty + n;
      float factor = total[n] == 0 ? 0 : 1 / total[n];
#pragma unroll
      for (int c = 0; c < 4; c++) {
        sums[n][c] *= factor * p.scale;
      }
      storeQuad(dq + (long long)row * p.stepDq + head * p.dim + column, 4 * tx, columns, quadsDq, sums[n]);
      if (tx == 0 && blockIdx.z == 0) {
        reinterpret_cast<QueryState*>(states)[(long long)row * p.heads + head] = {mean[n], factor};
      }
    }
  }
}

namespace {

// sums[n][c] += sum over the queries of weights[query][4 ty + n] * values[query][4 tx + c]: the product with the transpose.
__device__ __forceinline__ void addTransposed(float (&sums)[4][4], const float (*weights)[SCORE_PITCH],
                                              const float (*values)[PITCH], int rows, int tx, int ty) {
#pragma unroll 4
  for (int query = 0; query < rows; query++) {
    Quad w = *reinterpret_cast<const Quad*>(&weights[query][4 * ty]);
    Quad value = *reinterpret_cast<const Quad*>(&values[query][4 * tx]);
#pragma unroll
    for (int n = 0; n < 4; n++) {
#pragma unroll
      for (int c = 0; c < 4; c++) {
        sums[n][c] = fmaf(w.v[n], value.v[c], sums[n][c]);
      }
    }
  }
}

}  // namespace

// A block has 32 keys (blockIdx.x) of a key head (blockIdx.y) and 64 columns of dk and dv (blockIdx.z).
extern "C" __global__ void __launch_bounds__(128, 3)
    attention_backward_keys(const __grid_constant__ Problem p, const float* q, const float* k, const float* v,
                            const int* offsetsQ, const int* offsetsK, const int* prefixes, const Bool* allowed,
                            const float* logSumExp, const float* dout, const float* states, float* dk, float* dv,
                            FaultWord* faultQ, FaultWord* faultK, FaultWord* faultMask,
                            const unsigned* seedWords) {
  __shared__ alignas(16) float tileQ[QUERIES][PITCH];
  __shared__ alignas(16) float tileDout[QUERIES][PITCH];
  __shared__ alignas(16) float tileK[KEYS][PITCH];
  __shared__ alignas(16) float tileV[KEYS][PITCH];
  __shared__ alignas(16) float weights[QUERIES][SCORE_PITCH];  // p m
  __shared__ alignas(16) float slopes[QUERIES][SCORE_PITCH];   // ds
  Ragged ragged = {offsetsQ, offsetsK, prefixes, allowed, faultQ, faultK, faultMask};
  Tile tile = tileOfBlock<KEYS>(offsetsK, p.sequences, p.rowsK, blockIdx.x);
  int keyHead = blockIdx.y;
  if (tile.first >= tile.end) {
    return;
  }
  int tx = threadIdx.x % HALF_KEYS;
  int ty = threadIdx.x / HALF_KEYS;
  int from = tile.first - tile.begin;
  int count = min(KEYS, tile.end - tile.first);
  int column = blockIdx.z * HEAD;
  int columns = min(HEAD, p.dim - column);
  const float* headK = k + (long long)tile.first * p.stepK + keyHead * p.dim;
  const float* headV = v + (long long)tile.first * p.stepV + keyHead * p.dim;
  bool quadsQ = inQuads(q, p.stepQ, p.dim);
  bool quadsK = inQuads(k, p.stepK, p.dim);
  bool quadsV = inQuads(v, p.stepV, p.dim);
  bool quadsDout = inQuads(dout, p.stepDout, p.dim);
  if (p.dim <= HEAD) {
    loadTile<KEYS>(tileK, headK, p.stepK, count, p.dim, quadsK);
    loadTile<KEYS>(tileV, headV, p.stepV, count, p.dim, quadsV);
  }

  float sumsK[4][4] = {};
  float sumsV[4][4] = {};
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
      const float* headQ = q + (long long)row * p.stepQ + head * p.dim;
      const float* headDout = dout + (long long)row * p.stepDout + head * p.dim;
      float scores[4][2] = {};
      float slope[4][2] = {};  // dout . v
      for (int part = 0; part < p.dim; part += HEAD) {
        int width = min(HEAD, p.dim - part);
        __syncthreads();  // all have used what is replaced
        loadTile<QUERIES>(tileQ, headQ + part, p.stepQ, rows, width, quadsQ);
        loadTile<QUERIES>(tileDout, headDout + part, p.stepDout, rows, width, quadsDout);
        if (p.dim > HEAD) {
          loadTile<KEYS>(tileK, headK + part, p.stepK, count, width, quadsK);
          loadTile<KEYS>(tileV, headV + part, p.stepV, count, width, quadsV);
        }
        __syncthreads();
        addScores(scores, tileQ, tileK, width, tx, ty);
        addScores(slope, tileDout, tileV, width, tx, ty);
      }
#pragma unroll
      for (int n = 0; n < 4; n++) {
        int query = 4 * ty + n;
        float base = Extremes<float>::largest();
        QueryState state = {};
        float factors[2] = {};
        if (query < rows) {
          long long at = (long long)(row + query) * p.heads + head;
          base = baseOf(logSumExp[at]);
          state = reinterpret_cast<const QueryState*>(states)[at];
          keepFactors(p, p.threshold ? seedOf(p.seed, seedWords).key(at) : 0, from, tx, factors);
        }
#pragma unroll
        for (int m = 0; m < 2; m++) {
          int j = tx + HALF_KEYS * m;
          bool seen = sight.sees(p, allowed, first + query, from + j);
          float weight = seen ? expf(scores[n][m] * p.scale - base) * state.factor : 0;
          weights[query][j] = weight * factors[m];
          slopes[query][j] = weight * fmaf(slope[n][m], factors[m], -state.mean);
        }
      }
      __syncthreads();
      if (p.dim > HEAD) {
        loadTile<QUERIES>(tileQ, headQ + column, p.stepQ, rows, columns, quadsQ);
        loadTile<QUERIES>(tileDout, headDout + column, p.stepDout, rows, columns, quadsDout);
        __syncthreads();
      }
      addTransposed(sumsV, weights, tileDout, rows, tx, ty);
      addTransposed(sumsK, slopes, tileQ, rows, tx, ty);
    }
  }

  bool quadsDk = inQuads(dk, p.stepDk, p.dim);
  bool quadsDv = inQuads(dv, p.stepDv, p.dim);
#pragma unroll
  for (int n = 0; n < 4; n++) {
    if (4 * ty + n < count) {
      int row = tile.first + 4 * ty + n;
#pragma unroll
      for (int c = 0; c < 4; c++) {
        sumsK[n][c] *= p.scale;
      }
      storeQuad(dk + (long long)row * p.stepDk + keyHead * p.dim + column, 4 * tx, columns, quadsDk, sumsK[n]);
      storeQuad(dv + (long long)row * p.stepDv + keyHead * p.dim + column, 4 * tx, columns, quadsDv, sumsV[n]);
    }
  }
}
