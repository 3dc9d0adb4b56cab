// Two ways into the package reader. An input that begins with `{` is a recipe: a line of manifest, a line of trailer
// and the bytes of the parts, which are sealed here with right digests, so that mutations get past the digests.
// Anything else is a package as it stands.
#include <cstdint>

#include "base/check.h"
#include "base/digest.h"
#include "pipeline/package.h"
#include "pipeline/package_layout.h"

namespace greenroom {
namespace {

std::string_view TakeLine(std::string_view& rest) {
  const size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

// Writes the digest that the bytes at the row's place have, when it has one.
void SealRow(Json& row, std::string_view parts) {
  const int64_t offset = row["offset"].AsInt(-1), length = row["length"].AsInt(-1);
  if (!row.is_object() || offset < 0 || length < 0) return;
  const uint64_t begin = static_cast<uint64_t>(offset);
  if (begin > parts.size() || static_cast<uint64_t>(length) > parts.size() - begin) return;
  row.Set("sha256", Sha256Hex(parts.substr(begin, static_cast<size_t>(length))));
}

std::string Seal(std::string_view recipe) {
  const std::string_view manifest_line = TakeLine(recipe);
  const std::string_view trailer = TakeLine(recipe);
  Result<Json> manifest = ParseJson(manifest_line);
  if (!manifest.ok()) return std::string(manifest_line);
  std::string parts(recipe);
  parts.resize(AlignedOffset(parts.size()));
  if (Json* table = manifest->Find("parts"); table && table->is_array()) {
    for (Json& row : table->MutableArray()) SealRow(row, parts);
  }
  const std::string text = manifest->Dump();
  std::string package(kPackageMagic);
  AppendU32(package, kPackageFormat);
  AppendU32(package, static_cast<uint32_t>(text.size()));
  package += text;
  const std::string tail = Sha256Hex(package + std::string(trailer));
  package.resize(AlignedOffset(package.size()));
  package += parts;
  AppendU32(package, static_cast<uint32_t>(trailer.size()));
  return package + tail + std::string(trailer);
}

void ReadAll(const Package& package) {
  uint64_t sum = 0;
  for (const std::string& name : package.PartNames()) {
    const Result<std::string_view> part = package.Part(name);
    CHECK(part.ok(), "what was accepted is readable");
    CHECK(reinterpret_cast<uintptr_t>(part->data()) % kPackageAlignment == 0, "what was accepted is readable");
    for (const char byte : *part) sum += static_cast<unsigned char>(byte);
    const size_t slash = name.find('/');
    if (slash != std::string::npos) {
      CHECK(package.Under(name.substr(0, slash))->Get(name.substr(slash + 1)).ok(), "what was accepted is readable");
    }
  }
  CHECK(package.digest().size() == 64, "what was accepted is readable");
  CHECK(sum <= 255 * kMaxPackageBytes, "what was accepted is readable");
}

}  // namespace
}  // namespace greenroom

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace greenroom;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto package = Package::FromBytes(input.starts_with("{") ? Seal(input) : std::string(input));
  if (package.ok()) ReadAll(**package);
  return 0;
}
