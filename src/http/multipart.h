// The one file of a multipart/form-data body, as `curl -F model=@x.tar.gz` sends it, piece by piece.
//
//   GR_ASSIGN(auto form, MultipartFile::Create(head.headers.Get("Content-Type"), "model"));
//   GR_TRY(form.Write(bytes, [&](std::string_view content) { return file.Write(content); }));   // as often as needed
//   GR_TRY(form.Finish());
//
// Fields of other names are skipped. The outcome does not depend on how the body is cut into pieces. Memory: a few KiB.
// Format: RFC 7578 and RFC 2046 part 5.1. Errors (kInvalidArgument): bad_multipart (no or bad boundary, bad head of a
// part, no end), missing_part, duplicate_part. Thread rules: one owner.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace greenroom {

class MultipartFile {
 public:
  using Content = std::function<Result<void>(std::string_view)>;

  static bool Is(std::string_view content_type);
  static Result<MultipartFile> Create(std::string_view content_type, std::string field);

  Result<void> Write(std::string_view bytes, const Content& content);
  Result<void> Finish() const;
  // As the client said, with folders and all: not to be used as a path.
  const std::string& file_name() const { return file_name_; }

 private:
  enum class State { kContent, kAfterDelimiter, kHead, kEnd };
  MultipartFile(std::string delimiter, std::string field)
      : delimiter_(std::move(delimiter)), field_(std::move(field)), rest_("\r\n") {}

  // Each takes what it can off `rest_`; false when it needs more bytes.
  Result<bool> Step(const Content& content);
  Result<bool> TakeContent(const Content& content);
  Result<bool> TakeDelimiterEnd();
  Result<bool> TakeHead();

  std::string delimiter_;  // with the line break before it
  std::string field_;
  std::string rest_;  // bytes not understood yet; begins with a line break, so that the first delimiter is like others
  std::string file_name_;
  State state_ = State::kContent;
  bool inside_ = false;  // of the wanted part
  bool seen_ = false;
};

// The value of a parameter in a header such as Content-Disposition: form-data; name="model". "" when absent.
std::string HeaderParameter(std::string_view header, std::string_view name);

}  // namespace greenroom
