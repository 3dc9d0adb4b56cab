#include "pipeline/quantized_rows.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "pipeline/learned_blob.h"
#include "pipeline/row_kernels.h"

namespace greenroom {
namespace {

constexpr size_t kMaxSegments = 16;
constexpr size_t kMaxWidth = 1 << 20;
constexpr size_t kCacheLine = 64;

size_t ScaleBytes(size_t segments) { return (segments * sizeof(float) + 15) / 16 * 16; }

int8_t Rounded(float value) { return static_cast<int8_t>(value < 0 ? value - 0.5f : value + 0.5f); }

bool ScalesAreFinite(std::string_view records, size_t stride, size_t segments) {
  for (size_t at = 0; at < records.size(); at += stride) {
    for (size_t s = 0; s < segments; ++s) {
      float scale = 0;
      std::memcpy(&scale, records.data() + at + s * sizeof scale, sizeof scale);
      if (!std::isfinite(scale)) return false;
    }
  }
  return true;
}

}  // namespace

void QuantizedRowsBuilder::Row(std::span<const float* const> segments) {
  std::string scales(ScaleBytes(widths_.size()), '\0');
  std::string values;
  for (size_t s = 0; s < widths_.size(); ++s) {
    float top = 0;
    for (size_t i = 0; i < widths_[s]; ++i) top = std::max(top, std::fabs(segments[s][i]));
    const float scale = top / 127.0f;
    std::memcpy(scales.data() + s * sizeof(float), &scale, sizeof scale);
    const float inverse = scale > 0 ? 1.0f / scale : 0.0f;
    for (size_t i = 0; i < widths_[s]; ++i)
      values.push_back(static_cast<char>(Rounded(std::clamp(segments[s][i] * inverse, -127.0f, 127.0f))));
  }
  records_ += scales;
  records_ += values;
  ++rows_;
}

std::string QuantizedRowsBuilder::Take() const {
  LearnedBlobWriter writer;
  writer.U32(static_cast<uint32_t>(widths_.size()));
  for (size_t width : widths_) writer.U32(static_cast<uint32_t>(width));
  writer.U32(rows_);
  return writer.Take() + records_;
}

Result<QuantizedRows> QuantizedRows::Open(std::string_view blob) {
  LearnedBlobReader reader(blob);
  QuantizedRows table;
  const size_t segments = reader.U32();
  if (segments == 0 || segments > kMaxSegments) return BlobCorrupt("weights");
  table.stride_ = ScaleBytes(segments);
  for (size_t s = 0; s < segments; ++s) {
    const size_t width = reader.U32();
    if (width > kMaxWidth || width % kRowLanes != 0) return BlobCorrupt("weights");
    table.widths_.push_back(width);
    table.offsets_.push_back(table.stride_);
    table.stride_ += width;
  }
  table.rows_ = reader.U32();
  const size_t header = (segments + 2) * sizeof(uint32_t);
  if (!reader.ok() || blob.size() != header + table.rows_ * table.stride_) return BlobCorrupt("weights");
  table.records_ = blob.substr(header);
  if (!ScalesAreFinite(table.records_, table.stride_, segments)) return BlobCorrupt("weights");
  return table;
}

void QuantizedRows::AddSegment(uint32_t row, size_t segment, float value, float* out) const {
  const char* record = records_.data() + row * stride_;
  float scale = 0;
  std::memcpy(&scale, record + segment * sizeof(float), sizeof scale);
  AddScaledBytes(value * scale, reinterpret_cast<const int8_t*>(record + offsets_[segment]), out, widths_[segment]);
}

void QuantizedRows::Prefetch(uint32_t row) const {
  const char* record = records_.data() + row * stride_;
  for (size_t at = 0; at < stride_; at += kCacheLine) __builtin_prefetch(record + at);
}

}  // namespace greenroom
