#include "pipeline/row_kernels.h"

#include <algorithm>
#include <cstring>

// Fusing a multiply and an add would round once instead of twice and make the result depend on the machine.
#if defined(__clang__)
#pragma clang fp contract(off)
#else
#pragma GCC optimize("fp-contract=off")
#endif

#define GR_INLINE __attribute__((always_inline)) inline
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
#define GR_AVX2 __attribute__((target("avx2")))
#define GR_HAS_AVX2() __builtin_cpu_supports("avx2")
#else
#define GR_AVX2
#define GR_HAS_AVX2() false
#endif

namespace greenroom {
namespace {

using Lanes = float __attribute__((vector_size(32)));
using IntLanes = int32_t __attribute__((vector_size(32)));
using ByteLanes = int8_t __attribute__((vector_size(8)));

GR_INLINE void AddScaledLoop(float scale, const float* row, float* out, size_t width) {
  for (size_t i = 0; i < width; i += kRowLanes) {
    Lanes x, y;
    std::memcpy(&x, row + i, sizeof x);
    std::memcpy(&y, out + i, sizeof y);
    y += scale * x;
    std::memcpy(out + i, &y, sizeof y);
  }
}

GR_INLINE void AddScaledBytesLoop(float scale, const int8_t* row, float* out, size_t width) {
  for (size_t i = 0; i < width; i += kRowLanes) {
    ByteLanes bytes;
    Lanes y;
    std::memcpy(&bytes, row + i, sizeof bytes);
    std::memcpy(&y, out + i, sizeof y);
    y += scale * __builtin_convertvector(bytes, Lanes);
    std::memcpy(out + i, &y, sizeof y);
  }
}

GR_INLINE float SumLanes(const Lanes& lanes) {
  return ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7]));
}

GR_INLINE float DotLoop(const float* a, const float* b, size_t width) {
  Lanes sum = {};
  for (size_t i = 0; i < width; i += kRowLanes) {
    Lanes x, y;
    std::memcpy(&x, a + i, sizeof x);
    std::memcpy(&y, b + i, sizeof y);
    sum += x * y;
  }
  return SumLanes(sum);
}

GR_INLINE void ExpLoop(float* values, size_t width) {
  for (size_t i = 0; i < width; i += kRowLanes) {
    Lanes x;
    std::memcpy(&x, values + i, sizeof x);
    x = x < -87.0f ? Lanes{} - 87.0f : x;
    x = x > 88.0f ? Lanes{} + 88.0f : x;
    // exp(x) = 2^n * exp(r) with n the nearest integer to x / ln 2.
    const Lanes shifted = x * 1.44269504088896341f + 12582912.0f;
    const Lanes n = shifted - 12582912.0f;
    const Lanes r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    Lanes p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = (p * r) * r + r + 1.0f;
    const IntLanes exponent = (__builtin_convertvector(n, IntLanes) + 127) << 23;
    Lanes power;
    std::memcpy(&power, &exponent, sizeof power);
    p *= power;
    std::memcpy(values + i, &p, sizeof p);
  }
}

void AddScaledPlain(float scale, const float* row, float* out, size_t width) { AddScaledLoop(scale, row, out, width); }
void AddScaledBytesPlain(float scale, const int8_t* row, float* out, size_t width) {
  AddScaledBytesLoop(scale, row, out, width);
}
float DotPlain(const float* a, const float* b, size_t width) { return DotLoop(a, b, width); }
void ExpPlain(float* values, size_t width) { ExpLoop(values, width); }

GR_AVX2 void AddScaledAvx2(float scale, const float* row, float* out, size_t width) {
  AddScaledLoop(scale, row, out, width);
}
GR_AVX2 void AddScaledBytesAvx2(float scale, const int8_t* row, float* out, size_t width) {
  AddScaledBytesLoop(scale, row, out, width);
}
GR_AVX2 float DotAvx2(const float* a, const float* b, size_t width) { return DotLoop(a, b, width); }
GR_AVX2 void ExpAvx2(float* values, size_t width) { ExpLoop(values, width); }

}  // namespace

void AddScaled(float scale, const float* row, float* out, size_t width) {
  GR_HAS_AVX2() ? AddScaledAvx2(scale, row, out, width) : AddScaledPlain(scale, row, out, width);
}

void AddScaledBytes(float scale, const int8_t* row, float* out, size_t width) {
  GR_HAS_AVX2() ? AddScaledBytesAvx2(scale, row, out, width) : AddScaledBytesPlain(scale, row, out, width);
}

float Dot(const float* a, const float* b, size_t width) {
  return GR_HAS_AVX2() ? DotAvx2(a, b, width) : DotPlain(a, b, width);
}

void ExpRow(float* values, size_t width) { GR_HAS_AVX2() ? ExpAvx2(values, width) : ExpPlain(values, width); }

void SoftmaxRow(float* logits, size_t count, size_t width) {
  const float top = *std::max_element(logits, logits + count);
  for (size_t i = 0; i < count; ++i) logits[i] -= top;
  ExpRow(logits, width);
  float sum = 0;
  for (size_t i = 0; i < count; ++i) sum += logits[i];
  const float scale = 1.0f / sum;
  for (size_t i = 0; i < count; ++i) logits[i] *= scale;
  std::fill(logits + count, logits + width, 0.0f);
}

}  // namespace greenroom
