#include "pipeline/package.h"

#include <new>

#include "base/digest.h"
#include "base/files.h"
#include "pipeline/package_layout.h"

namespace greenroom {
namespace {

constexpr JsonLimits kManifestLimits = {.bytes = kMaxManifestBytes, .depth = 64, .nodes = 1'000'000};

Error Corrupt(const std::string& what) {
  return {ErrorCode::kDataLoss, "package_corrupt", "the model package is damaged: " + what,
          "fetch the model again or train it again"};
}

Error Truncated() {
  return {ErrorCode::kDataLoss, "package_truncated", "the model package ends too early",
          "fetch the model again or train it again"};
}

Error WrongFormat(uint32_t format) {
  const bool newer = format > kPackageFormat;
  return {ErrorCode::kInvalidArgument, newer ? "package_too_new" : "package_too_old",
          "the model package has format " + std::to_string(format) + "; this version reads formats " +
              std::to_string(kOldestReadablePackageFormat) + " to " + std::to_string(kPackageFormat),
          newer ? "update Greenroom, or train the model again here" : "train the model again with this version"};
}

// A non-negative integer member that is at most `limit`.
bool ReadCount(const Json& object, std::string_view name, uint64_t limit, uint64_t& value) {
  const Json& member = object[name];
  if (!member.is_int() || member.AsInt() < 0) return false;
  value = static_cast<uint64_t>(member.AsInt());
  return value <= limit;
}

bool AllZero(std::string_view bytes) { return bytes.find_first_not_of('\0') == std::string_view::npos; }

// The parts of the file in front of the parts, once the header is known to be sound.
struct Head {
  std::string_view manifest;
  uint64_t first_part = 0;
};

Result<Head> ReadHead(std::string_view bytes) {
  const std::string_view magic = bytes.substr(0, kPackageMagic.size());
  if (!kPackageMagic.starts_with(magic)) {
    return Error{ErrorCode::kInvalidArgument, "package_corrupt", "the file is not a Greenroom model package"};
  }
  if (bytes.size() < kPackageHeader) return Truncated();
  const uint32_t format = ReadU32(bytes, 8);
  if (format < kOldestReadablePackageFormat || format > kPackageFormat) return WrongFormat(format);
  const uint64_t length = ReadU32(bytes, 12);
  if (length > kMaxManifestBytes) return Corrupt("its manifest has an impossible length");
  const uint64_t first_part = AlignedOffset(kPackageHeader + length);
  if (first_part > bytes.size()) return Truncated();
  if (!AllZero(bytes.substr(kPackageHeader + length, first_part - kPackageHeader - length)))
    return Corrupt("bytes after its manifest");
  return Head{bytes.substr(kPackageHeader, length), first_part};
}

struct PartEntry {
  std::string name;
  uint64_t offset = 0;  // from the start of the file
  uint64_t length = 0;
  std::string sha256;
};

// The table must describe exactly the layout that the writer makes: parts in order, without gaps or overlaps.
Result<std::vector<PartEntry>> ReadPartTable(const Json& table, uint64_t first_part) {
  if (!table.is_array() || table.size() > kMaxPackageParts) return Corrupt("its manifest has no table of parts");
  std::vector<PartEntry> entries;
  uint64_t expected = 0;
  for (const Json& row : table.array()) {
    PartEntry entry{.name = row["name"].AsString(), .sha256 = row["sha256"].AsString()};
    uint64_t offset = 0;
    const bool sound =
        ReadCount(row, "offset", kMaxPackageBytes, offset) && ReadCount(row, "length", kMaxPackageBytes, entry.length);
    if (!sound || offset != expected || entry.name.empty() || entry.name.size() > kMaxPartName ||
        entry.sha256.size() != 64) {
      return Corrupt("its table of parts is malformed");
    }
    expected = AlignedOffset(offset + entry.length);
    if (expected > kMaxPackageBytes) return Corrupt("its table of parts is malformed");
    entry.offset = first_part + offset;
    entries.push_back(std::move(entry));
  }
  return entries;
}

Result<void> VerifyPart(const PartEntry& entry, std::string_view bytes) {
  const uint64_t end = entry.offset + entry.length;
  const uint64_t next = AlignedOffset(end);
  if (next > bytes.size()) return Truncated();
  if (Sha256Hex(bytes.substr(entry.offset, entry.length)) != entry.sha256)
    return Corrupt("part `" + entry.name + "` does not match its digest");
  if (!AllZero(bytes.substr(end, next - end))) return Corrupt("bytes after part `" + entry.name + "`");
  return {};
}

Result<Json> ReadTrailer(std::string_view bytes, const Head& head, uint64_t tail) {
  if (tail > bytes.size() || bytes.size() - tail < kPackageTailHeader) return Truncated();
  const uint64_t length = ReadU32(bytes, tail);
  const std::string_view text = bytes.substr(tail + kPackageTailHeader);
  if (length > kMaxTrailerBytes) return Corrupt("its trailer has an impossible length");
  if (text.size() < length) return Truncated();
  if (text.size() > length) return Corrupt("bytes after its end");
  std::string covered(bytes.substr(0, kPackageHeader + head.manifest.size()));
  covered += text;
  if (Sha256Hex(covered) != bytes.substr(tail + 4, kPackageTailHeader - 4))
    return Corrupt("its manifest does not match its digest");
  Result<Json> trailer = ParseJson(text, kManifestLimits);
  if (!trailer.ok()) return Corrupt("its trailer is not JSON");
  return trailer;
}

// Copies bytes to where parts are aligned as they are in a mapped file.
std::shared_ptr<const char> AlignedCopy(std::string_view bytes) {
  constexpr std::align_val_t kAlignment{kPackageAlignment};
  char* memory = static_cast<char*>(::operator new(std::max<size_t>(bytes.size(), 1), kAlignment));
  std::copy(bytes.begin(), bytes.end(), memory);
  return {memory, [](const char* p) { ::operator delete(const_cast<char*>(p), kAlignment); }};
}

class PartReader final : public BlobReader {
 public:
  PartReader(const Package& package, std::string prefix) : package_(package), prefix_(std::move(prefix)) {}
  Result<std::string_view> Get(std::string_view name) const override {
    return package_.Part(prefix_ + std::string(name));
  }

 private:
  const Package& package_;
  std::string prefix_;
};

}  // namespace

Result<std::shared_ptr<const Package>> Package::Read(std::shared_ptr<const void> owner, std::string_view bytes) {
  GR_ASSIGN(const Head head, ReadHead(bytes));
  Result<Json> manifest = ParseJson(head.manifest, kManifestLimits);
  if (!manifest.ok()) return Corrupt("its manifest is not JSON");
  GR_ASSIGN(const std::vector<PartEntry> entries, ReadPartTable((*manifest)["parts"], head.first_part));
  std::shared_ptr<Package> package(new Package());
  uint64_t tail = head.first_part;
  for (const PartEntry& entry : entries) {
    GR_TRY(VerifyPart(entry, bytes));
    tail = AlignedOffset(entry.offset + entry.length);
    if (!package->parts_.emplace(entry.name, Slice{entry.offset, entry.length}).second)
      return Corrupt("part `" + entry.name + "` twice");
  }
  GR_ASSIGN(package->trailer_, ReadTrailer(bytes, head, tail));
  package->digest_ = Sha256Hex(head.manifest);
  package->manifest_ = std::move(manifest).value();
  package->owner_ = std::move(owner);
  package->bytes_ = bytes;
  return std::shared_ptr<const Package>(std::move(package));
}

Result<std::shared_ptr<const Package>> Package::Open(const std::string& path) {
  GR_ASSIGN(std::shared_ptr<const MappedFile> file, MappedFile::Open(path));
  const std::string_view bytes = file->bytes();
  Result<std::shared_ptr<const Package>> package = Read(std::move(file), bytes);
  if (!package.ok()) return std::move(package).error().With(path);
  return package;
}

Result<std::shared_ptr<const Package>> Package::FromBytes(std::string_view bytes) {
  std::shared_ptr<const char> copy = AlignedCopy(bytes);
  const std::string_view view(copy.get(), bytes.size());
  return Read(std::move(copy), view);
}

Result<std::string_view> Package::Part(std::string_view name) const {
  const auto found = parts_.find(name);
  if (found == parts_.end()) {
    return Error{ErrorCode::kDataLoss, "model_part_missing",
                 "the model package has no part `" + std::string(name) + "`"};
  }
  return bytes_.substr(found->second.offset, found->second.length);
}

std::vector<std::string> Package::PartNames() const {
  std::vector<std::string> names;
  for (const auto& [name, slice] : parts_) names.push_back(name);
  return names;
}

std::unique_ptr<BlobReader> Package::Under(std::string prefix) const {
  return std::make_unique<PartReader>(*this, std::move(prefix) + "/");
}

}  // namespace greenroom
