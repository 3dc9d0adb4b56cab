#include "http/multipart.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace greenroom {
namespace {

struct Outcome {
  std::string content, file_name, reason;
};

// The form read in pieces of so many bytes.
Outcome Read(const std::string& type, std::string_view body, size_t piece) {
  Outcome outcome;
  auto form = MultipartFile::Create(type, "model");
  if (!form.ok()) return {"", "", form.error().reason};
  while (!body.empty()) {
    std::string_view bytes = body.substr(0, piece);
    body.remove_prefix(bytes.size());
    auto written = form->Write(bytes, [&](std::string_view content) -> Result<void> {
      outcome.content += content;
      return {};
    });
    if (!written.ok()) return {"", "", written.error().reason};
  }
  auto finished = form->Finish();
  if (!finished.ok()) return {"", "", finished.error().reason};
  outcome.file_name = form->file_name();
  return outcome;
}

const std::string kType = "multipart/form-data; boundary=----x7";
std::string Part(const std::string& head, const std::string& content) {
  return "------x7\r\n" + head + "\r\n\r\n" + content + "\r\n";
}
const std::string kHead =
    "Content-Disposition: form-data; name=\"model\"; filename=\"a.tar.gz\"\r\nContent-Type: application/octet-stream";
const std::string kEnd = "------x7--\r\n";

struct Form {
  const char* name;
  std::string type, body, content, file_name, reason;
};
void PrintTo(const Form& form, std::ostream* out) { *out << form.name; }

const Form kForms[] = {
    {"plain", kType, Part(kHead, "bytes") + kEnd, "bytes", "a.tar.gz", ""},
    {"empty_file", kType, Part(kHead, "") + kEnd, "", "a.tar.gz", ""},
    {"line_breaks_inside", kType, Part(kHead, "\r\n--\r\n------x\r\n\r\n") + kEnd, "\r\n--\r\n------x\r\n\r\n",
     "a.tar.gz", ""},
    {"preamble", kType, "hello\r\n" + Part(kHead, "bytes") + kEnd, "bytes", "a.tar.gz", ""},
    {"other_fields", kType,
     Part("Content-Disposition: form-data; name=\"note\"", "text") + Part(kHead, "bytes") +
         Part("content-disposition: form-data; name=last", "x") + kEnd,
     "bytes", "a.tar.gz", ""},
    {"quoted_boundary", "Multipart/Form-Data; charset=x; boundary=\"----x7\"", Part(kHead, "bytes") + kEnd, "bytes",
     "a.tar.gz", ""},
    {"name_with_folders", kType,
     Part("Content-Disposition: form-data; name=model; filename=\"..\\..\\\"x\\\".tar.gz\"", "b") + kEnd, "b",
     "..\\..\"x\".tar.gz", ""},
    {"no_file", kType, Part("Content-Disposition: form-data; name=\"other\"", "x") + kEnd, "", "", "missing_part"},
    {"two_files", kType, Part(kHead, "1") + Part(kHead, "2") + kEnd, "", "", "duplicate_part"},
    {"no_end", kType, Part(kHead, "bytes"), "", "", "bad_multipart"},
    {"nothing", kType, "", "", "", "bad_multipart"},
    {"no_boundary", "multipart/form-data", Part(kHead, "bytes") + kEnd, "", "", "bad_multipart"},
    {"long_boundary", "multipart/form-data; boundary=" + std::string(300, 'b'), "", "", "", "bad_multipart"},
    {"other_type", "application/json; boundary=----x7", "", "", "", "bad_multipart"},
    {"part_without_head", kType, "------x7\r\n\r\nbytes\r\n" + kEnd, "", "", "bad_multipart"},
    {"junk_behind_the_boundary", kType, "------x7junk\r\n" + kEnd, "", "", "bad_multipart"},
    {"endless_head", kType, "------x7\r\n" + std::string(20'000, 'h'), "", "", "bad_multipart"},
};

class Multipart : public testing::TestWithParam<Form> {};

TEST_P(Multipart, IsReadTheSameHoweverItIsCut) {
  const Form& form = GetParam();
  for (size_t piece : {size_t{1}, size_t{2}, size_t{3}, size_t{7}, size_t{64}, size_t{1} << 20}) {
    Outcome outcome = Read(form.type, form.body, piece);
    EXPECT_EQ(outcome.reason, form.reason) << piece;
    EXPECT_EQ(outcome.content, form.content) << piece;
    EXPECT_EQ(outcome.file_name, form.file_name) << piece;
  }
}

INSTANTIATE_TEST_SUITE_P(Forms, Multipart, testing::ValuesIn(kForms),
                         [](const auto& form) { return std::string(form.param.name); });

}  // namespace
}  // namespace greenroom
