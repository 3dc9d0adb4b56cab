// QuantizedRows: a table of rows of learned weights, each row cut into segments of int8 values with one float scale a
// segment. A quarter of the size of floats; a row of several models lies in one place, so one fetch serves them all.
//
//   QuantizedRowsBuilder builder({64, 128, 128});
//   builder.Row(segments);                           // three pointers to floats, once for each row
//   std::string blob = builder.Take();
//   GR_ASSIGN(QuantizedRows rows, QuantizedRows::Open(blob));
//   rows.AddSegment(row, 0, value, logits);          // logits += value * row's first segment
//
// Layout: u32 segment count, the widths as u32, u32 row count, then the records: scales, padding to 16 bytes, values.
// Widths are multiples of kRowLanes. Errors: package_corrupt. Thread rules: const, borrows its blob.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace greenroom {

class QuantizedRowsBuilder {
 public:
  explicit QuantizedRowsBuilder(std::vector<size_t> widths) : widths_(std::move(widths)) {}
  // One pointer a segment, each to as many floats as the segment is wide.
  void Row(std::span<const float* const> segments);
  size_t rows() const { return rows_; }
  std::string Take() const;

 private:
  std::vector<size_t> widths_;
  std::string records_;
  uint32_t rows_ = 0;
};

class QuantizedRows {
 public:
  QuantizedRows() = default;
  static Result<QuantizedRows> Open(std::string_view blob);

  size_t size() const { return rows_; }
  const std::vector<size_t>& widths() const { return widths_; }
  void AddSegment(uint32_t row, size_t segment, float value, float* out) const;
  void Prefetch(uint32_t row) const;

 private:
  std::vector<size_t> widths_;
  std::vector<size_t> offsets_;  // of each segment within a record
  size_t stride_ = 0;
  size_t rows_ = 0;
  std::string_view records_;
};

}  // namespace greenroom
