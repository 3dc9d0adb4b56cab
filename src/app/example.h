// The bundled example assistant on disk.
#pragma once

#include <string>

#include "base/result.h"

namespace greenroom {

// Writes it below `directory`. Error: file_exists when one of its files is there already; nothing is then written.
Result<void> WriteExample(const std::string& directory);

}  // namespace greenroom
