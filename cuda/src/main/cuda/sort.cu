// The stable order of the elements of each lane along an axis. The definition is ReferenceAlong.
//
// Elements become 64-bit keys whose unsigned order is theirs. Tiles are sorted by counting, for each element, how many
// come before it; then runs are merged two by two, each element finding its place by a search in the other run. Nothing
// depends on the order in which threads run.
#include "arithmetic.cuh"
#include "axes.cuh"

namespace {

constexpr int TILE = 256;

typedef unsigned long long Key;

// A lane has `tiles` blocks, one after another.
struct Position {
  unsigned lane;
  int tile;
};

__device__ Position position(int length) {
  unsigned tiles = (length + TILE - 1) / TILE;
  return {blockIdx.x / tiles, (int)(blockIdx.x % tiles)};
}

__device__ Key key(Bool x) {
  return x;
}

__device__ Key key(int x) {
  return (unsigned)x ^ 0x80000000u;
}

__device__ Key key(long long x) {
  return (Key)x ^ 0x8000000000000000ull;
}

// -0 is 0, and NaN is above everything.
__device__ Key key(float x) {
  if (x != x) {
    return 0xffffffffu;
  }
  unsigned bits = __float_as_uint(x == 0 ? 0.f : x);
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

__device__ Key key(double x) {
  if (x != x) {
    return ~0ull;
  }
  Key bits = __double_as_longlong(x == 0 ? 0. : x);
  return bits & 0x8000000000000000ull ? ~bits : bits | 0x8000000000000000ull;
}

// One block for each tile of each lane; keys and places lie lane by lane.
template <class T>
__device__ void sortTiles(const Axes<1>& lanes, int length, int step, int descending, const T* x, Key* keys, int* places) {
  __shared__ Key tile[TILE];
  Position at = position(length);
  int begin = at.tile * TILE;
  int count = min(TILE, length - begin);
  int mine = threadIdx.x;
  if (mine < count) {
    Key k = key(x[locate(lanes, at.lane).at[0] + (begin + mine) * step]);
    tile[mine] = descending ? ~k : k;
  }
  __syncthreads();
  if (mine >= count) {
    return;
  }
  Key own = tile[mine];
  int before = 0;
  for (int other = 0; other < count; other++) {
    before += tile[other] < own || (tile[other] == own && other < mine);
  }
  long long to = (long long)at.lane * length + begin + before;
  keys[to] = own;
  places[to] = begin + mine;
}

// The number of keys in a sorted run that come before `own`: those that are less, or equal ones too.
__device__ int countBefore(const Key* run, int length, Key own, bool equalToo) {
  int low = 0;
  int high = length;
  while (low < high) {
    int middle = (low + high) / 2;
    if (run[middle] < own || (equalToo && run[middle] == own)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace

// Merges runs of `width` two by two.
extern "C" __global__ void __launch_bounds__(256) merge_runs(int length, int width, const Key* keys, const int* places,
                                                            Key* mergedKeys, int* mergedPlaces) {
  Position at = position(length);
  int i = at.tile * TILE + threadIdx.x;
  if (i >= length) {
    return;
  }
  long long lane = (long long)at.lane * length;
  int run = i / width;
  int sibling = (run ^ 1) * width;
  int siblingLength = max(0, min(width, length - sibling));
  bool isLeft = (run & 1) == 0;
  Key own = keys[lane + i];
  int before = countBefore(keys + lane + sibling, siblingLength, own, !isLeft);
  long long to = lane + min(sibling, run * width) + (i - run * width) + before;
  mergedKeys[to] = own;
  mergedPlaces[to] = places[lane + i];
}

// Writes the first `wanted` places of each lane as I64.
extern "C" __global__ void __launch_bounds__(256)
    write_order(const __grid_constant__ Axes<1> lanes, int length, int wanted, int step, const int* places, long long* order) {
  Position at = position(wanted);
  int i = at.tile * TILE + threadIdx.x;
  if (i < wanted) {
    order[locate(lanes, at.lane).at[0] + (long long)i * step] = places[(long long)at.lane * length + i];
  }
}

#define SORT(suffix, T)                                                                                  \
  extern "C" __global__ void __launch_bounds__(256)                                                      \
      sort_tiles_##suffix(const __grid_constant__ Axes<1> lanes, int length, int step, int descending,   \
                          const T* x, Key* keys, int* places) {                                          \
    sortTiles(lanes, length, step, descending, x, keys, places);                                         \
  }

SORT(f32, float)
SORT(f64, double)
SORT(i32, int)
SORT(i64, long long)
SORT(bool, Bool)
