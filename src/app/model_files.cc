#include "app/model_files.h"

#include <memory>

#include "base/digest.h"
#include "base/files.h"
#include "pipeline/package.h"

namespace greenroom {
namespace {

constexpr std::string_view kPackageMagic = "GRNMODEL";

Result<std::string> DigestOf(const std::string& path) {
  GR_ASSIGN(std::shared_ptr<const MappedFile> file, MappedFile::Open(path));
  if (!file->bytes().starts_with(kPackageMagic)) return Sha256Hex(file->bytes());
  GR_ASSIGN(std::shared_ptr<const Package> package, Package::Open(path));
  return package->digest();
}

}  // namespace

Result<void> CheckModelFile(const std::string& path, const std::string& digest) {
  GR_ASSIGN(std::string found, DigestOf(path));
  if (found == digest) return {};
  return Error{ErrorCode::kDataLoss, "model_digest",
               "the file `" + path + "` is another model: its digest is " + found + ", not " + digest,
               "put the right file back, or delete the model"};
}

}  // namespace greenroom
