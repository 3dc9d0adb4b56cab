// The key for stored secrets: a file of 32 random bytes beside the store that only its owner may read.
//
//   GR_ASSIGN(SecretBox box, OpenSecretFile(home + "/secret.key"));
//
// It is made once and must go with the data directory: without it the signing key and the tokens of remote servers
// cannot be read. Errors: key_malformed, those of files. Thread rules: before the threads begin.
#pragma once

#include <string>

#include "accounts/secret_box.h"

namespace greenroom {

Result<SecretBox> OpenSecretFile(const std::string& path);

}  // namespace greenroom
