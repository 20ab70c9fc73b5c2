#include "products.h"

#include <cmath>
#include <cstring>
#include <vector>

#include "bridge.h"
#include "lane_math.h"

namespace swcuda {

namespace {
float read(const u8* from, Element element) {
  switch (element) {
    case Element::F16: {
      F16 value;
      memcpy(&value, from, sizeof value);
      return toFloat(value);
    }
    case Element::BF16: {
      BF16 value;
      memcpy(&value, from, sizeof value);
      return toFloat(value);
    }
    default: {
      float value;
      memcpy(&value, from, sizeof value);
      return value;
    }
  }
}

void write(u8* to, Element element, float value) {
  if (element == Element::F16) {
    F16 half = toF16(value);
    memcpy(to, &half, sizeof half);
  } else if (element == Element::BF16) {
    BF16 half = toBF16(value);
    memcpy(to, &half, sizeof half);
  } else {
    memcpy(to, &value, sizeof value);
  }
}

float rounded(float value, Precision precision) {
  switch (precision) {
    case Precision::TF32: return toTf32(value);
    case Precision::BF16: return toFloat(toBF16(value));
    case Precision::F16: return toFloat(toF16(value));
    default: return value;
  }
}

/// op(matrix) as floats, column after column without gaps.
std::vector<float> packed(const char* name, const Matrix& matrix, s64 rows, s64 columns, Precision precision) {
  std::vector<float> out(static_cast<std::size_t>(rows * columns));
  s64 storedRows = matrix.transposed ? columns : rows;
  s64 storedColumns = matrix.transposed ? rows : columns;
  const u8* from = blasMemory(matrix.address, spanOf(matrix, storedRows, storedColumns), name);
  s64 bytes = static_cast<s64>(bytesOf(matrix.element));
  s64 rowStep = matrix.transposed ? matrix.leading * bytes : bytes;
  s64 columnStep = matrix.transposed ? bytes : matrix.leading * bytes;
  for (s64 column = 0; column < columns; column++) {
    for (s64 row = 0; row < rows; row++) {
      float value = read(from + row * rowStep + column * columnStep, matrix.element);
      out[static_cast<std::size_t>(column * rows + row)] = rounded(value, precision);
    }
  }
  return out;
}
}  // namespace

u64 bytesOf(Element element) {
  switch (element) {
    case Element::F32: return 4;
    case Element::F16: case Element::BF16: return 2;
    default: return 0;
  }
}

u64 spanOf(const Matrix& matrix, s64 rows, s64 columns) {
  if (rows == 0 || columns == 0) return 0;
  return static_cast<u64>((columns - 1) * matrix.leading + rows) * bytesOf(matrix.element);
}

void multiply(const char* name, const Product& p, float alpha, float beta) {
  std::vector<float> sums(static_cast<std::size_t>(p.m));
  std::vector<float> a;
  std::vector<float> b;
  if (p.k > 0) {
    a = packed(name, p.a, p.m, p.k, p.precision);
    b = packed(name, p.b, p.k, p.n, p.precision);
  }
  u8* c = blasMemory(p.c.address, spanOf(p.c, p.m, p.n), name);
  s64 bytes = static_cast<s64>(bytesOf(p.c.element));
  for (s64 column = 0; column < p.n; column++) {
    std::fill(sums.begin(), sums.end(), 0.0f);
    for (s64 k = 0; k < p.k; k++) {
      float factor = b[static_cast<std::size_t>(column * p.k + k)];
      const float* values = a.data() + k * p.m;
      for (s64 row = 0; row < p.m; row++) sums[static_cast<std::size_t>(row)] = std::fma(values[row], factor, sums[static_cast<std::size_t>(row)]);
    }
    for (s64 row = 0; row < p.m; row++) {
      u8* to = c + (column * p.c.leading + row) * bytes;
      float value = alpha * sums[static_cast<std::size_t>(row)];
      // With beta 0 the old content is not read: it may be NaN.
      if (beta != 0) value = std::fma(beta, read(to, p.c.element), value);
      write(to, p.c.element, value);
    }
  }
  u64 sources = static_cast<u64>(p.m * p.k) * bytesOf(p.a.element) + static_cast<u64>(p.k * p.n) * bytesOf(p.b.element);
  u64 result = static_cast<u64>(p.m * p.n) * bytesOf(p.c.element);
  blasCount(name, sources + (beta != 0 ? result : 0), result);
}

}  // namespace swcuda
