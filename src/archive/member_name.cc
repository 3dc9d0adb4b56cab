#include "archive/member_name.h"

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include "base/text.h"

namespace greenroom {
namespace {

Error Bad(std::string_view name, const char* why) {
  return {ErrorCode::kInvalidArgument, "bad_member_path",
          "the archive has a member named `" + EscapeControls(name.substr(0, 100)) + "`: " + why};
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

Result<std::string> CheckMemberName(std::string_view name, size_t limit) {
  if (name.size() > limit) {
    return Error{ErrorCode::kInvalidArgument, "member_name_too_long",
                 "the archive has a member whose name is longer than " + std::to_string(limit) + " bytes"};
  }
  if (!IsValidUtf8(name)) return Bad(name, "it is not UTF-8");
  if (name == "/" || name == "." || name == "./" || name.empty()) return std::string();
  std::string_view rest = name;
  if (rest.starts_with("./")) rest.remove_prefix(2);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.starts_with('/')) return Bad(name, "it is absolute");
  if (rest.size() >= 2 && IsLetter(rest[0]) && rest[1] == ':') return Bad(name, "it names a drive");
  for (char c : rest) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return Bad(name, "it has control characters");
    if (c == '\\') return Bad(name, "it has a backslash");
  }
  for (const std::string& part : Split(rest, '/')) {
    if (part.empty() || part == "." || part == "..") return Bad(name, "it leaves its folder or has empty parts");
  }
  return std::string(rest);
}

std::string MemberKey(std::string_view name) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* fold = icu::Normalizer2::getNFKCCasefoldInstance(status);
  if (U_FAILURE(status)) return LowerCase(name);
  icu::UnicodeString text =
      icu::UnicodeString::fromUTF8(icu::StringPiece(name.data(), static_cast<int32_t>(name.size())));
  std::string key;
  icu::UnicodeString folded = fold->normalize(text, status);
  if (U_FAILURE(status)) return LowerCase(name);
  folded.toUTF8String(key);
  return key;
}

}  // namespace greenroom
