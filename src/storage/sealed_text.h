// Texts of the store that are secrets and have to be read back: the tokens of remote servers.
//
//   SealedText text(options.box);
//   statement.Text(text.Seal(token));                     // "sealed:<...>", or the token when there is no key
//   GR_ASSIGN(std::string token, text.Open(row.TextAt(2)));
//
// What an older program stored plainly is read as it is, and sealed by SealTokens at the next opening with a key.
// Without a key (tools that look at a stopped store) sealed texts are given as they are. Errors: secret_unreadable.
// Thread rules: immutable.
#pragma once

#include <optional>
#include <string>

#include "accounts/secret_box.h"
#include "storage/sqlite.h"

namespace greenroom {

class SealedText {
 public:
  explicit SealedText(std::optional<SecretBox> box) : box_(std::move(box)) {}

  std::string Seal(const std::string& text) const;
  Result<std::string> Open(std::string stored) const;

 private:
  std::optional<SecretBox> box_;
};

// Seals the tokens of all environments that are plain, in one transaction. Does nothing when there are none.
Result<void> SealTokens(Database& db, const SealedText& text);

}  // namespace greenroom
