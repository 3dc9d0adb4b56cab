// Forms with a file. The first byte says how the body is cut: the outcome must not depend on it.
#include <cstdint>

#include "base/check.h"
#include "http/multipart.h"

namespace greenroom {
namespace {

std::string Read(std::string_view body, size_t piece) {
  auto form = MultipartFile::Create("multipart/form-data; boundary=b", "model");
  CHECK(form.ok(), "the type is sound");
  std::string content;
  while (!body.empty()) {
    std::string_view bytes = body.substr(0, piece);
    body.remove_prefix(bytes.size());
    auto written = form->Write(bytes, [&](std::string_view more) -> Result<void> {
      content += more;
      return {};
    });
    if (!written.ok()) return written.error().reason;
  }
  auto finished = form->Finish();
  return finished.ok() ? "content: " + content + " of " + form->file_name() : finished.error().reason;
}

}  // namespace
}  // namespace greenroom

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace greenroom;
  if (size < 1) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = Read(body, body.size() + 1);
  CHECK(Read(body, 1) == whole, "cuts do not matter");
  CHECK(Read(body, 1 + data[0] % 32) == whole, "cuts do not matter");
  return 0;
}
