// Sparse vectors: one example as row numbers of a feature map with their values, and many of them packed end to end.
//
//   SparseMatrix examples;
//   examples.Append({.rows = rows, .values = values});
//   SparseView first = examples[0];
//
// Thread rules: plain values; concurrent const use is safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace greenroom {

// One example. Both spans have the same length.
struct SparseView {
  std::span<const uint32_t> rows;
  std::span<const float> values;
  size_t size() const { return rows.size(); }
};

// Examples in order, each a slice of two long arrays.
class SparseMatrix {
 public:
  void Append(const SparseView& example) {
    rows_.insert(rows_.end(), example.rows.begin(), example.rows.end());
    values_.insert(values_.end(), example.values.begin(), example.values.end());
    ends_.push_back(rows_.size());
  }
  size_t size() const { return ends_.size(); }
  SparseView operator[](size_t i) const {
    const size_t begin = i == 0 ? 0 : ends_[i - 1];
    return {.rows = std::span(rows_).subspan(begin, ends_[i] - begin),
            .values = std::span(values_).subspan(begin, ends_[i] - begin)};
  }

 private:
  std::vector<uint32_t> rows_;
  std::vector<float> values_;
  std::vector<size_t> ends_;
};

}  // namespace greenroom
