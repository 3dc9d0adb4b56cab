// Reading and writing the binary blobs of learned models: little-endian numbers and counted strings, one after another.
//
//   LearnedBlobWriter writer;
//   writer.U32(classes);
//   writer.Floats(bias);
//   LearnedBlobReader reader(bytes);
//   uint32_t classes = reader.U32();
//   if (!reader.ok()) return BlobCorrupt("intents");
//
// The reader never reads past the end: a short or hostile blob makes ok() false and every further value zero or empty.
// Views that it returns point into the blob, which is used in place; nothing relies on alignment.
//
// Thread rules: one reader or writer per call; not shared.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace greenroom {

// Appends values to a blob. Arrays and strings are written with their length in front.
class LearnedBlobWriter {
 public:
  void U32(uint32_t value) { Raw(&value, sizeof value); }
  void Float(float value) { Raw(&value, sizeof value); }
  void Floats(std::span<const float> values) {
    U32(static_cast<uint32_t>(values.size()));
    Raw(values.data(), values.size_bytes());
  }
  void Bytes(std::string_view bytes) {
    U32(static_cast<uint32_t>(bytes.size()));
    Raw(bytes.data(), bytes.size());
  }
  std::string Take() { return std::move(bytes_); }

 private:
  void Raw(const void* data, size_t size) {
    if (size > 0) bytes_.append(static_cast<const char*>(data), size);
  }
  std::string bytes_;
};

// Takes the values off a blob in the order in which they were written.
class LearnedBlobReader {
 public:
  explicit LearnedBlobReader(std::string_view bytes) : rest_(bytes) {}

  // False once anything was asked for that the blob does not hold.
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  uint32_t U32() { return Scalar<uint32_t>(); }
  float Float() { return Scalar<float>(); }
  // Copies, because the blob may be unaligned. Meant for small arrays.
  std::vector<float> Floats() {
    const uint32_t count = U32();
    const std::string_view raw = Take(size_t{count} * sizeof(float));
    std::vector<float> values(raw.size() / sizeof(float));
    if (!raw.empty()) std::memcpy(values.data(), raw.data(), raw.size());
    return values;
  }
  std::string_view Bytes() { return Take(U32()); }

 private:
  template <typename T>
  T Scalar() {
    T value = {};
    const std::string_view raw = Take(sizeof value);
    if (!raw.empty()) std::memcpy(&value, raw.data(), raw.size());
    return value;
  }
  std::string_view Take(size_t size) {
    if (!ok_ || size > rest_.size()) {
      ok_ = false;
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string_view rest_;
  bool ok_ = true;
};

// The error of a blob that cannot be used.
inline Error BlobCorrupt(std::string_view what) {
  return {ErrorCode::kDataLoss, "package_corrupt", "the learned " + std::string(what) + " in the model are damaged",
          "train the assistant again"};
}

}  // namespace greenroom
