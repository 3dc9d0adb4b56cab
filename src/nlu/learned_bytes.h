// LearnedBytes: the bytes of a learned model, owned after training or borrowed from a mapped package after loading.
//
//   LearnedBytes bytes = LearnedBytes::Owned(std::move(blob));
//   GR_ASSIGN(IntentModel model, IntentModel::Open(bytes.view()));   // stays valid when `bytes` is moved
//
// Thread rules: const after construction.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace greenroom {

class LearnedBytes {
 public:
  LearnedBytes() = default;
  static LearnedBytes Owned(std::string bytes) {
    LearnedBytes result;
    result.owned_ = std::make_shared<const std::string>(std::move(bytes));
    result.view_ = *result.owned_;
    return result;
  }
  // `bytes` outlive the result: BlobReader promises it for the life of the loaded model.
  static LearnedBytes Borrowed(std::string_view bytes) {
    LearnedBytes result;
    result.view_ = bytes;
    return result;
  }
  std::string_view view() const { return view_; }

 private:
  std::shared_ptr<const std::string> owned_;
  std::string_view view_;
};

}  // namespace greenroom
