// What the JSON reader accepts must survive writing and reading again in every form we write, and what the event reader
// accepts must be a fixed point of write and read.
#include <cstdint>

#include "base/check.h"
#include "base/json.h"
#include "conversation/event.h"

namespace greenroom {
namespace {

constexpr JsonLimits kWide = {.bytes = 64u << 20, .depth = 64, .nodes = 100'000};

void CheckReadsBack(const std::string& text, const Json& expected) {
  const Result<Json> again = ParseJson(text, kWide);
  CHECK(again.ok(), "what was written is read back");
  CHECK(*again == expected, "what was written is read back");
}

void CheckEvent(const Json& json) {
  const Result<Event> event = EventFromJson(json);
  if (!event.ok()) return;
  const Json written = EventToJson(*event);
  const Result<Event> again = EventFromJson(written);
  CHECK(again.ok(), "what was written is read back");
  CHECK(EventToJson(*again) == written, "what was written is read back");
}

}  // namespace
}  // namespace greenroom

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace greenroom;
  const Result<Json> json = ParseJson({reinterpret_cast<const char*>(data), size});
  if (!json.ok()) return 0;
  CheckReadsBack(json->Dump(), *json);
  CheckReadsBack(json->Pretty(), *json);
  CheckReadsBack(json->DumpPythonSorted(), *json);
  CheckEvent(*json);
  return 0;
}
