// Names of archive members. Nothing is ever written to a path that an archive names; the names are checked all the
// same, because the archive is handed on to servers that do unpack it.
//
//   CheckMemberName("./components/x.json", 255)   // "components/x.json"
//   CheckMemberName("/", 255)                     // "": the folder of the archive itself, as Rasa writes it
//
// Errors (kInvalidArgument): bad_member_path (absolute, `..`, empty or `.` parts, backslash, drive letter, control
// characters, invalid UTF-8), member_name_too_long. Thread rules: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace greenroom {

// The name without a leading `./` and without the slash of a folder.
Result<std::string> CheckMemberName(std::string_view name, size_t limit);
// Equal for names that some file system takes for the same file: case and Unicode normal form are folded.
std::string MemberKey(std::string_view name);

}  // namespace greenroom
