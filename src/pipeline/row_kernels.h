// Row kernels: the few loops over contiguous float and int8 rows in which training and parsing spend their time.
//
//   AddScaled(0.5f, row, sum, width);                // sum += 0.5 * row
//   float score = Dot(weights, hidden, width);
//
// Every width is a multiple of kRowLanes; rows are padded with zeros (PaddedWidth). Each function computes in eight
// lanes with a fixed order of reduction, without fused multiply-add and without libm, so the result is the same bits
// on every x86-64 machine, with SSE2 and with AVX2 alike. Which of the two runs is chosen when the program starts.
//
// Thread rules: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>

namespace greenroom {

inline constexpr size_t kRowLanes = 8;

// The row width that holds `count` values.
inline size_t PaddedWidth(size_t count) { return (count + kRowLanes - 1) / kRowLanes * kRowLanes; }

// out += scale * row.
void AddScaled(float scale, const float* row, float* out, size_t width);
// The same for a quantized row; `scale` already holds the scale of the row.
void AddScaledBytes(float scale, const int8_t* row, float* out, size_t width);
// The inner product, summed lane by lane.
float Dot(const float* a, const float* b, size_t width);
// Replaces each value by its exponential. Cephes' polynomial, about 1e-7 relative; values are clipped to [-87, 88].
void ExpRow(float* values, size_t width);
// Turns `count` logits into probabilities; the padding up to `width` becomes 0.
void SoftmaxRow(float* logits, size_t count, size_t width);

}  // namespace greenroom
