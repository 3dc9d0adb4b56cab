// Model package: one file, data only, that holds a whole trained model.
//
// Layout (little endian): magic "GRNMODEL", u32 format version, u32 manifest length, manifest (JSON), then parts, each
// aligned to 64 bytes, then a trailer (JSON). package_layout.h has the details. The manifest lists for every part its
// name, offset (from the first part), length and SHA-256; and format version,
// engine version, source fingerprint, config, training metrics, assistant id, trained_at. The digest of the model is
// the SHA-256 of the manifest bytes (which hold the digests of all parts), so it identifies the whole content.
// `trained_at` and durations stand outside the digest in the trailer, so that equal training gives an equal digest.
//
// Written aside, synced, renamed. Opened by mapping; structure and digests are verified at open. Errors:
// package_too_new / package_too_old (both versions named), package_corrupt, package_truncated, file errors.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "pipeline/component.h"

namespace greenroom {

inline constexpr uint32_t kPackageFormat = 1;
inline constexpr uint32_t kOldestReadablePackageFormat = 1;

struct PackageDraft {
  Json manifest = Json::Object();                          // everything but the part table, which the writer adds
  Json trailer = Json::Object();                           // trained_at, durations: not part of the digest
  std::vector<std::pair<std::string, std::string>> parts;  // name ("nlu/3/weights") -> bytes
};

// Returns the digest (64 hex digits).
Result<std::string> WritePackage(const PackageDraft& draft, const std::string& path);

class Package {
 public:
  // Maps and verifies. The result keeps the file mapped as long as it lives; views stay valid.
  static Result<std::shared_ptr<const Package>> Open(const std::string& path);
  // The same over bytes in memory, for tests and fuzzing.
  static Result<std::shared_ptr<const Package>> FromBytes(std::string_view bytes);

  const std::string& digest() const { return digest_; }
  const Json& manifest() const { return manifest_; }
  const Json& trailer() const { return trailer_; }
  // Error: model_part_missing.
  Result<std::string_view> Part(std::string_view name) const;
  std::vector<std::string> PartNames() const;
  // A reader for the parts under "prefix/". The package must outlive it.
  std::unique_ptr<BlobReader> Under(std::string prefix) const;

 private:
  Package() = default;
  struct Slice {
    uint64_t offset = 0, length = 0;
  };
  static Result<std::shared_ptr<const Package>> Read(std::shared_ptr<const void> owner, std::string_view bytes);
  std::shared_ptr<const void> owner_;
  std::string_view bytes_;
  std::string digest_;
  Json manifest_;
  Json trailer_;
  std::map<std::string, Slice, std::less<>> parts_;
};

}  // namespace greenroom
