#include <set>

#include "base/digest.h"
#include "base/files.h"
#include "pipeline/package.h"
#include "pipeline/package_layout.h"

namespace greenroom {
namespace {

Error TooLarge(const std::string& what) { return {ErrorCode::kInvalidArgument, "package_too_large", what}; }

Result<Json> MakePartTable(const PackageDraft& draft) {
  if (draft.parts.size() > kMaxPackageParts) return TooLarge("a model package holds at most 10,000 parts");
  Json table = Json::List();
  std::set<std::string_view> names;
  uint64_t offset = 0;
  for (const auto& [name, bytes] : draft.parts) {
    if (name.empty() || name.size() > kMaxPartName || !names.insert(name).second) {
      return Error{ErrorCode::kInternal, "package_part_name",
                   "part name `" + name + "` is empty, too long or used twice"};
    }
    table.Append(Json::Object(
        {{"name", name}, {"offset", offset}, {"length", uint64_t{bytes.size()}}, {"sha256", Sha256Hex(bytes)}}));
    offset = AlignedOffset(offset + bytes.size());
    if (offset > kMaxPackageBytes) return TooLarge("the model is larger than 4 GiB");
  }
  return table;
}

void PadTo(std::string& out, uint64_t alignment) {
  out.resize((out.size() + alignment - 1) / alignment * alignment, '\0');
}

}  // namespace

Result<std::string> WritePackage(const PackageDraft& draft, const std::string& path) {
  Json manifest = draft.manifest;
  manifest.Set("format", kPackageFormat);
  GR_ASSIGN(Json table, MakePartTable(draft));
  manifest.Set("parts", std::move(table));
  const std::string text = manifest.Dump();
  const std::string trailer = draft.trailer.Dump();
  if (text.size() > kMaxManifestBytes || trailer.size() > kMaxTrailerBytes)
    return TooLarge("the manifest is larger than 16 MiB");

  std::string out(kPackageMagic);
  AppendU32(out, kPackageFormat);
  AppendU32(out, static_cast<uint32_t>(text.size()));
  out += text;
  const std::string head_digest = Sha256Hex(out + trailer);
  PadTo(out, kPackageAlignment);
  for (const auto& [name, bytes] : draft.parts) {
    out += bytes;
    PadTo(out, kPackageAlignment);
  }
  AppendU32(out, static_cast<uint32_t>(trailer.size()));
  out += head_digest + trailer;
  GR_TRY(WriteFileDurably(path, out));
  return Sha256Hex(text);
}

}  // namespace greenroom
