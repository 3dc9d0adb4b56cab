// The audit log: who changed what, from where, with what stood there before and after. Each record carries a hash that
// continues the one before it, so that a changed, removed or inserted record shows.
//
//   AuditRecord record{.number = 8, .at = now, .entry = {.actor = "ann", .action = "user.create", .subject = "ben"}};
//   record.hash = AuditHash(previous_hash, record);
//
// Algorithm: SHA-256 over the previous hash and all members, each with its length in front. The hash of the newest
// record (the head) stands for the whole log: who keeps a copy of it elsewhere also notices a log cut off at its end.
// Secrets never go into an entry. Thread rules: plain values, pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace greenroom {

struct AuditEntry {
  std::string actor;
  std::string address = {};  // of the peer; "" for the program itself
  std::string action;        // "user.create", "tag.move"
  std::string subject = {};  // what it was done to
  Json before = {};          // null = it was not there
  Json after = {};           // null = it is gone
};

struct AuditRecord {
  int64_t number = 0;  // 1, 2, 3 ... without gaps
  double at = 0;
  AuditEntry entry;
  std::string hash = {};  // 64 hex digits
};

// The hash of a record after the one with `previous` ("" before the first).
std::string AuditHash(const std::string& previous, const AuditRecord& record);

// Checks records that come in order, page by page.
class AuditWalk {
 public:
  // False at the first record that does not continue the chain; problem() says which and why.
  bool Take(const AuditRecord& record);
  const std::string& problem() const { return problem_; }
  const std::string& head() const { return head_; }
  int64_t count() const { return count_; }

 private:
  std::string head_, problem_;
  int64_t count_ = 0;
};

// What a reader of the log asks for.
struct AuditQuery {
  int64_t after = 0;  // records with larger numbers only
  int64_t limit = 100;
  std::string actor = {};    // "" = anybody
  std::string subject = {};  // "" = anything
  enum class Order { kOldestFirst, kNewestFirst } order = Order::kNewestFirst;
};

}  // namespace greenroom
