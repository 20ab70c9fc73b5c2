// Turning many elements into one. The definition is ReferenceReduce; here reals are added in their own precision.
//
// Each result has `lanes` lanes: lane l takes the elements l, l + lanes, l + 2 lanes, ... of a chunk, and the lanes are
// joined pair by pair. How many lanes and chunks there are depends on the number of elements alone, so the bits depend
// neither on how they lie in memory nor on how many results there are. A second launch reduces the chunks.
#include "arithmetic.cuh"
#include "axes.cuh"

namespace {

constexpr int THREADS = 256;

// Whether one lane of a result is the neighbour of the next (rows in memory), or of the same lane of the next result.
struct Share {
  int lanes;
  int lanesAreNeighbours;
  __device__ int lane() const { return lanesAreNeighbours ? threadIdx.x % lanes : threadIdx.x / (THREADS / lanes); }
  __device__ int result() const { return lanesAreNeighbours ? threadIdx.x / lanes : threadIdx.x % (THREADS / lanes); }
  __device__ int results() const { return THREADS / lanes; }
};

struct Problem {
  unsigned outputs;
  unsigned length;  // elements of an output
  unsigned chunk;   // elements of a chunk
  unsigned chunks;  // of an output
};

template <class F, class T>
__device__ void reduceAll(const Axes<2>& kept, const Axes<1>& reduced, Problem p, Share share, const T* x, T* out) {
  __shared__ T values[THREADS];
  int lane = share.lane();
  int slot = share.result() * share.lanes + lane;
  unsigned all = p.outputs * p.chunks;
  for (unsigned first = blockIdx.x * share.results(); first < all; first += gridDim.x * share.results()) {
    unsigned piece = first + share.result();
    bool mine = piece < all;
    unsigned output = piece % p.outputs;
    unsigned chunk = piece / p.outputs;
    T value = F::template identity<T>();
    Places<2> places = {};
    if (mine) {
      places = locate(kept, output);
      unsigned begin = chunk * p.chunk;
      unsigned end = min(begin + p.chunk, p.length);
      if (begin + lane < end) {
        value = x[places.at[0] + locate(reduced, begin + lane).at[0]];
        for (unsigned j = begin + lane + share.lanes; j < end; j += share.lanes) {
          value = F::of(value, x[places.at[0] + locate(reduced, j).at[0]]);
        }
      }
    }
    values[slot] = value;
    __syncthreads();
    for (int half = share.lanes / 2; half > 0; half /= 2) {
      if (lane < half) {
        values[slot] = F::of(values[slot], values[slot + half]);
      }
      __syncthreads();
    }
    if (mine && lane == 0) {
      out[p.chunks == 1 ? places.at[1] : output * p.chunks + chunk] = values[slot];
    }
    __syncthreads();
  }
}

template <class T>
__device__ bool isNan(T x) {
  return x != x;
}

// Whether the element at place `i` comes before the one at place `j`: larger (or smaller), the first NaN before all, and
// the first of equal ones.
template <bool LARGEST, class T>
__device__ bool isBetter(T x, unsigned i, T y, unsigned j) {
  if (isNan(x) || isNan(y)) {
    return isNan(x) && (!isNan(y) || i < j);
  }
  return x == y ? i < j : LARGEST ? x > y : x < y;
}

constexpr unsigned NOWHERE = ~0u;

// As reduceAll, but the result is a place. In the second launch `candidates` holds the places that the chunks chose.
template <bool LARGEST, class T>
__device__ void placeAll(const Axes<2>& kept, const Axes<1>& reduced, Problem p, Share share, const T* x,
                         const long long* candidates, long long* out) {
  __shared__ T values[THREADS];
  __shared__ unsigned where[THREADS];
  int lane = share.lane();
  int slot = share.result() * share.lanes + lane;
  unsigned all = p.outputs * p.chunks;
  for (unsigned first = blockIdx.x * share.results(); first < all; first += gridDim.x * share.results()) {
    unsigned piece = first + share.result();
    bool mine = piece < all;
    unsigned output = piece % p.outputs;
    unsigned chunk = piece / p.outputs;
    Places<2> places = {};
    T best = 0;
    unsigned place = NOWHERE;
    if (mine) {
      places = locate(kept, output);
      unsigned begin = chunk * p.chunk;
      unsigned end = min(begin + p.chunk, p.length);
      for (unsigned j = begin + lane; j < end; j += share.lanes) {
        unsigned at = candidates ? (unsigned)candidates[output * p.length + j] : j;
        T value = x[places.at[0] + locate(reduced, at).at[0]];
        if (place == NOWHERE || isBetter<LARGEST>(value, at, best, place)) {
          best = value;
          place = at;
        }
      }
    }
    values[slot] = best;
    where[slot] = place;
    __syncthreads();
    for (int half = share.lanes / 2; half > 0; half /= 2) {
      if (lane < half && where[slot + half] != NOWHERE &&
          isBetter<LARGEST>(values[slot + half], where[slot + half], values[slot], where[slot])) {
        values[slot] = values[slot + half];
        where[slot] = where[slot + half];
      }
      __syncthreads();
    }
    if (mine && lane == 0) {
      out[p.chunks == 1 ? places.at[1] : output * p.chunks + chunk] = where[slot];
    }
    __syncthreads();
  }
}

}  // namespace

#define REDUCE(name, F, suffix, T)                                                                       \
  extern "C" __global__ void __launch_bounds__(256)                                                      \
      name##_##suffix(const __grid_constant__ Axes<2> kept, const __grid_constant__ Axes<1> reduced,     \
                      unsigned outputs, unsigned length, unsigned chunk, unsigned chunks, int lanes,     \
                      int neighbours, const T* x, T* out) {                                              \
    reduceAll<F>(kept, reduced, {outputs, length, chunk, chunks}, {lanes, neighbours}, x, out);          \
  }

#define PLACE(name, LARGEST, suffix, T)                                                                  \
  extern "C" __global__ void __launch_bounds__(256)                                                      \
      name##_##suffix(const __grid_constant__ Axes<2> kept, const __grid_constant__ Axes<1> reduced,     \
                      unsigned outputs, unsigned length, unsigned chunk, unsigned chunks, int lanes,     \
                      int neighbours, const T* x, const long long* candidates, long long* out) {         \
    placeAll<LARGEST>(kept, reduced, {outputs, length, chunk, chunks}, {lanes, neighbours}, x, candidates, out); \
  }

#define ALL(suffix, T)                \
  REDUCE(sum, Add, suffix, T)         \
  REDUCE(max, Max, suffix, T)         \
  REDUCE(min, Min, suffix, T)         \
  REDUCE(prod, Mul, suffix, T)        \
  PLACE(arg_max, true, suffix, T)     \
  PLACE(arg_min, false, suffix, T)

ALL(f32, float)
ALL(f64, double)
ALL(i32, int)
ALL(i64, long long)
ALL(bool, Bool)
