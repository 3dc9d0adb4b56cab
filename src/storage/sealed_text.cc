#include "storage/sealed_text.h"

#include <vector>

namespace greenroom {
namespace {

constexpr std::string_view kPrefix = "sealed:";

struct PlainToken {
  std::string assistant, name, token;
};

Result<std::vector<PlainToken>> PlainTokens(Database& db) {
  Statement rows = db.Use("SELECT assistant, name, token FROM environment WHERE token <> ''");
  std::vector<PlainToken> plain;
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return plain;
    if (!rows.ViewAt(2).starts_with(kPrefix)) plain.push_back({rows.TextAt(0), rows.TextAt(1), rows.TextAt(2)});
  }
}

Result<void> SealAll(Database& db, const SealedText& text, const std::vector<PlainToken>& plain) {
  for (const PlainToken& row : plain) {
    std::string sealed = text.Seal(row.token);
    GR_TRY(db.Use("UPDATE environment SET token = ? WHERE assistant = ? AND name = ?")
               .Text(sealed)
               .Text(row.assistant)
               .Text(row.name)
               .Run());
  }
  return {};
}

}  // namespace

std::string SealedText::Seal(const std::string& text) const {
  if (!box_ || text.empty()) return text;
  return std::string(kPrefix) + box_->Seal(text);
}

Result<std::string> SealedText::Open(std::string stored) const {
  if (!box_ || !stored.starts_with(kPrefix)) return stored;
  return box_->Open(std::string_view(stored).substr(kPrefix.size()));
}

Result<void> SealTokens(Database& db, const SealedText& text) {
  GR_ASSIGN(std::vector<PlainToken> plain, PlainTokens(db));
  if (plain.empty()) return {};
  GR_TRY(db.Execute("BEGIN IMMEDIATE"));
  Result<void> done = SealAll(db, text, plain);
  if (done) done = db.Execute("COMMIT");
  if (!done && db.in_transaction()) GR_TRY(db.Execute("ROLLBACK"));
  return done;
}

}  // namespace greenroom
