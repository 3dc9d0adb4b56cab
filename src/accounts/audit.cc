#include "accounts/audit.h"

#include <bit>

#include "base/digest.h"

namespace greenroom {
namespace {

void Add(Sha256& hash, std::string_view text) {
  hash.Update(std::to_string(text.size()) + ":");
  hash.Update(text);
}

}  // namespace

std::string AuditHash(const std::string& previous, const AuditRecord& record) {
  Sha256 hash;
  Add(hash, previous);
  Add(hash, std::to_string(record.number));
  Add(hash, std::to_string(std::bit_cast<int64_t>(record.at)));
  const AuditEntry& entry = record.entry;
  for (const std::string* text : {&entry.actor, &entry.address, &entry.action, &entry.subject}) Add(hash, *text);
  Add(hash, entry.before.Dump());
  Add(hash, entry.after.Dump());
  return hash.HexDigest();
}

bool AuditWalk::Take(const AuditRecord& record) {
  std::string place = "record " + std::to_string(record.number);
  if (record.number != count_ + 1)
    problem_ = place + " follows record " + std::to_string(count_) + ": records are missing";
  else if (record.hash != AuditHash(head_, record))
    problem_ = place + " is not what was written";
  if (!problem_.empty()) return false;
  head_ = record.hash;
  ++count_;
  return true;
}

}  // namespace greenroom
