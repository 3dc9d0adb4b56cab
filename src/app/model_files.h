// Checks of model files on disk, for backups and the doctor.
#pragma once

#include <string>

#include "base/result.h"

namespace greenroom {

// Success when the file is the model that has this digest: a package of ours by the digest of its manifest, an archive
// of another program by the SHA-256 of its bytes. Errors: model_digest (kDataLoss), those of Package::Open and of
// files.h.
Result<void> CheckModelFile(const std::string& path, const std::string& digest);

}  // namespace greenroom
