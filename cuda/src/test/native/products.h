// Matrix products as cuBLAS defines them: column-major, C = alpha op(A) op(B) + beta C.
#pragma once

#include "types.h"

namespace swcuda {

/// cudaDataType, as far as it is known here.
enum class Element : int { F32 = 0, F64 = 1, F16 = 2, BF16 = 14 };

/// To what the sources are rounded before they are multiplied, besides their own type.
enum class Precision { FULL, TF32, BF16, F16 };

struct Matrix {
  u64 address;
  Element element;
  bool transposed;
  s64 leading;
};

struct Product {
  s64 m;
  s64 n;
  s64 k;
  Matrix a;
  Matrix b;
  Matrix c;
  Precision precision;
};

/// The bytes of one element; 0 for a type that is not known.
u64 bytesOf(Element element);

/// The bytes from a matrix's first element to the end of its last, as stored.
u64 spanOf(const Matrix& matrix, s64 rows, s64 columns);

/// Computes one product. Sums are f32, one fused multiply-add after another in increasing k.
void multiply(const char* name, const Product& product, float alpha, float beta);

}  // namespace swcuda
