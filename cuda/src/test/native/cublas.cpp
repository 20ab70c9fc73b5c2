// The cuBLAS subset: handles, streams, workspaces, and products of f32, bf16 and f16.
#include <algorithm>
#include <cstring>
#include <memory>
#include <set>

#include "bridge.h"
#include "products.h"

#define BLAS_API extern "C" __attribute__((visibility("default")))

using namespace swcuda;

namespace {
enum Status { OK = 0, NO_HANDLE = 1, BAD_VALUE = 7, UNSUPPORTED = 15 };

enum ComputeType { COMPUTE_32F = 68, COMPUTE_32F_PEDANTIC = 69, COMPUTE_FAST_16F = 74, COMPUTE_FAST_BF16 = 75, COMPUTE_FAST_TF32 = 77 };

constexpr int kVersion = 120600;
constexpr int kTf32MathMode = 3;

struct Handle {
  void* stream = nullptr;
  bool hasWorkspace = false;
  int mathMode = 0;
  bool scalarsOnDevice = false;
};

std::set<Handle*>& handles() {
  static std::set<Handle*> all;
  return all;
}

Handle& handleOf(void* handle) {
  auto found = handles().find(static_cast<Handle*>(handle));
  if (found == handles().end()) throw Fault(INVALID_VALUE, "no handle, or one that was destroyed");
  return **found;
}

/// alpha or beta: read now from the host, or later from the device.
struct Scalar {
  float value = 0;
  u64 address = 0;

  Scalar(const Handle& handle, const void* from) {
    if (!from) throw Fault(INVALID_VALUE, "alpha or beta is null");
    if (handle.scalarsOnDevice) {
      address = reinterpret_cast<u64>(from);
    } else {
      memcpy(&value, from, sizeof value);
    }
  }

  float get() const {
    float read = value;
    if (address) memcpy(&read, blasMemory(address, sizeof read, "alpha or beta"), sizeof read);
    return read;
  }
};

Matrix matrix(const void* address, int element, int operation, int leading, s64 rows, s64 columns) {
  if (operation < 0 || operation > 2) throw Fault(INVALID_VALUE, "an operation that is none");
  Matrix found{reinterpret_cast<u64>(address), static_cast<Element>(element), operation != 0, leading};
  if (bytesOf(found.element) == 0) throw Fault(NOT_SUPPORTED, format("element type %d", element));
  s64 stored = found.transposed ? columns : rows;
  if (leading < std::max<s64>(1, stored)) {
    throw Fault(INVALID_VALUE, format("a leading dimension of %d for %lld rows", leading, static_cast<long long>(stored)));
  }
  return found;
}

Precision precisionOf(const Handle& handle, int computeType) {
  switch (computeType) {
    case COMPUTE_32F: return handle.mathMode == kTf32MathMode ? Precision::TF32 : Precision::FULL;
    case COMPUTE_32F_PEDANTIC: return Precision::FULL;
    case COMPUTE_FAST_16F: return Precision::F16;
    case COMPUTE_FAST_BF16: return Precision::BF16;
    case COMPUTE_FAST_TF32: return Precision::TF32;
    default: throw Fault(NOT_SUPPORTED, format("compute type %d", computeType));
  }
}

/// Everything a product of any form says, but for its addresses.
struct Shape {
  int transA, transB, m, n, k;
  int elementA, lda, elementB, ldb, elementC, ldc;
  int computeType;
};

Product productOf(const Handle& handle, const Shape& s, const void* a, const void* b, const void* c) {
  if (s.m < 0 || s.n < 0 || s.k < 0) throw Fault(INVALID_VALUE, format("sizes %d %d %d", s.m, s.n, s.k));
  if (s.elementA != s.elementB) throw Fault(NOT_SUPPORTED, "A and B of two types");
  Precision precision = s.elementA == 0 ? precisionOf(handle, s.computeType) : (precisionOf(handle, s.computeType), Precision::FULL);
  return {s.m, s.n, s.k, matrix(a, s.elementA, s.transA, s.lda, s.m, s.k), matrix(b, s.elementB, s.transB, s.ldb, s.k, s.n),
          matrix(c, s.elementC, 0, s.ldc, s.m, s.n), precision};
}

void requireWorkspace(const Handle& handle) {
  if (!handle.hasWorkspace && blasCaptures(handle.stream)) {
    throw Fault(NOT_SUPPORTED, "a product in a capture with no workspace set: call cublasSetWorkspace before");
  }
}

const u8* advanced(const void* base, s64 elements, int element) {
  return static_cast<const u8*>(base) + elements * static_cast<s64>(bytesOf(static_cast<Element>(element)));
}

int strided(const char* name, void* handle, const Shape& shape, const void* alpha, const void* a, long long strideA, const void* b,
            long long strideB, const void* beta, void* c, long long strideC, int count) {
  return blasCall(name, [&] {
    Handle& h = handleOf(handle);
    requireWorkspace(h);
    if (count < 0) throw Fault(INVALID_VALUE, "a negative count of products");
    Product first = productOf(h, shape, a, b, c);
    Scalar scale(h, alpha);
    Scalar keep(h, beta);
    if (shape.m == 0 || shape.n == 0 || count == 0) return OK;
    blasEnqueue(h.stream, name, [=] {
      for (int n = 0; n < count; n++) {
        Product product = first;
        product.a.address = reinterpret_cast<u64>(advanced(a, n * strideA, shape.elementA));
        product.b.address = reinterpret_cast<u64>(advanced(b, n * strideB, shape.elementB));
        product.c.address = reinterpret_cast<u64>(advanced(c, n * strideC, shape.elementC));
        multiply(name, product, scale.get(), keep.get());
      }
    });
    return OK;
  });
}
}  // namespace

BLAS_API int cublasCreate_v2(void** handle) {
  return blasCall("cublasCreate", [&] {
    *handle = *handles().insert(new Handle).first;
    return OK;
  });
}

BLAS_API int cublasDestroy_v2(void* handle) {
  return blasCall("cublasDestroy", [&] {
    Handle* gone = &handleOf(handle);
    handles().erase(gone);
    delete gone;
    return OK;
  });
}

BLAS_API int cublasGetVersion_v2(void*, int* version) {
  *version = kVersion;
  return OK;
}

BLAS_API int cublasSetStream_v2(void* handle, void* stream) {
  return blasCall("cublasSetStream", [&] {
    Handle& h = handleOf(handle);
    blasCaptures(stream);  // refuses what is no stream
    h.stream = stream;
    // As with the real library: a workspace belongs to the stream it was set for.
    h.hasWorkspace = false;
    return OK;
  });
}

BLAS_API int cublasGetStream_v2(void* handle, void** stream) {
  return blasCall("cublasGetStream", [&] {
    *stream = handleOf(handle).stream;
    return OK;
  });
}

BLAS_API int cublasSetWorkspace_v2(void* handle, void* workspace, std::size_t bytes) {
  return blasCall("cublasSetWorkspace", [&] {
    Handle& h = handleOf(handle);
    if (bytes > 0) blasMemory(reinterpret_cast<u64>(workspace), bytes, "workspace");
    h.hasWorkspace = bytes > 0;
    return OK;
  });
}

BLAS_API int cublasSetMathMode(void* handle, int mode) {
  return blasCall("cublasSetMathMode", [&] {
    handleOf(handle).mathMode = mode & 15;
    return OK;
  });
}

BLAS_API int cublasGetMathMode(void* handle, int* mode) {
  return blasCall("cublasGetMathMode", [&] {
    *mode = handleOf(handle).mathMode;
    return OK;
  });
}

BLAS_API int cublasSetPointerMode_v2(void* handle, int mode) {
  return blasCall("cublasSetPointerMode", [&] {
    handleOf(handle).scalarsOnDevice = mode == 1;
    return OK;
  });
}

BLAS_API int cublasGetPointerMode_v2(void* handle, int* mode) {
  return blasCall("cublasGetPointerMode", [&] {
    *mode = handleOf(handle).scalarsOnDevice;
    return OK;
  });
}

BLAS_API int cublasSetAtomicsMode(void* handle, int) {
  return blasCall("cublasSetAtomicsMode", [&] {
    handleOf(handle);
    return OK;
  });
}

BLAS_API int cublasSgemm_v2(void* handle, int transA, int transB, int m, int n, int k, const float* alpha, const float* a, int lda,
                            const float* b, int ldb, const float* beta, float* c, int ldc) {
  Shape shape{transA, transB, m, n, k, 0, lda, 0, ldb, 0, ldc, COMPUTE_32F};
  return strided("cublasSgemm", handle, shape, alpha, a, 0, b, 0, beta, c, 0, 1);
}

BLAS_API int cublasSgemmStridedBatched(void* handle, int transA, int transB, int m, int n, int k, const float* alpha, const float* a,
                                       int lda, long long strideA, const float* b, int ldb, long long strideB, const float* beta,
                                       float* c, int ldc, long long strideC, int count) {
  Shape shape{transA, transB, m, n, k, 0, lda, 0, ldb, 0, ldc, COMPUTE_32F};
  return strided("cublasSgemmStridedBatched", handle, shape, alpha, a, strideA, b, strideB, beta, c, strideC, count);
}

BLAS_API int cublasSgemmBatched(void* handle, int transA, int transB, int m, int n, int k, const float* alpha, const float* const* a,
                                int lda, const float* const* b, int ldb, const float* beta, float* const* c, int ldc, int count) {
  const char* name = "cublasSgemmBatched";
  return blasCall(name, [&] {
    Handle& h = handleOf(handle);
    requireWorkspace(h);
    Shape shape{transA, transB, m, n, k, 0, lda, 0, ldb, 0, ldc, COMPUTE_32F};
    Product first = productOf(h, shape, nullptr, nullptr, nullptr);
    Scalar scale(h, alpha);
    Scalar keep(h, beta);
    if (m == 0 || n == 0 || count <= 0) return OK;
    blasEnqueue(h.stream, name, [=] {
      // The lists of addresses lie in device memory.
      u64 bytes = static_cast<u64>(count) * sizeof(u64);
      const u8* as = blasMemory(reinterpret_cast<u64>(a), bytes, "the list of A");
      const u8* bs = blasMemory(reinterpret_cast<u64>(b), bytes, "the list of B");
      const u8* cs = blasMemory(reinterpret_cast<u64>(c), bytes, "the list of C");
      for (int i = 0; i < count; i++) {
        Product product = first;
        memcpy(&product.a.address, as + i * sizeof(u64), sizeof(u64));
        memcpy(&product.b.address, bs + i * sizeof(u64), sizeof(u64));
        memcpy(&product.c.address, cs + i * sizeof(u64), sizeof(u64));
        multiply(name, product, scale.get(), keep.get());
      }
    });
    return OK;
  });
}

BLAS_API int cublasGemmEx(void* handle, int transA, int transB, int m, int n, int k, const void* alpha, const void* a, int elementA,
                          int lda, const void* b, int elementB, int ldb, const void* beta, void* c, int elementC, int ldc,
                          int computeType, int) {
  Shape shape{transA, transB, m, n, k, elementA, lda, elementB, ldb, elementC, ldc, computeType};
  return strided("cublasGemmEx", handle, shape, alpha, a, 0, b, 0, beta, c, 0, 1);
}

BLAS_API int cublasGemmStridedBatchedEx(void* handle, int transA, int transB, int m, int n, int k, const void* alpha, const void* a,
                                        int elementA, int lda, long long strideA, const void* b, int elementB, int ldb,
                                        long long strideB, const void* beta, void* c, int elementC, int ldc, long long strideC,
                                        int count, int computeType, int) {
  Shape shape{transA, transB, m, n, k, elementA, lda, elementB, ldb, elementC, ldc, computeType};
  return strided("cublasGemmStridedBatchedEx", handle, shape, alpha, a, strideA, b, strideB, beta, c, strideC, count);
}
