// The OutboxStore on SQLite: table outbox, joined with the events that its rows name.
//
//   store.outbox().Waiting("platform", 500);
//
// Rows of one sink are found by walking the table, which is short: a delivered row is deleted.
// Thread rules: safe from any thread.
#pragma once

#include "conversation/outbox.h"
#include "storage/committer.h"
#include "storage/reader_pool.h"

namespace greenroom {

class SqliteOutboxStore final : public OutboxStore {
 public:
  SqliteOutboxStore(Committer& committer, ReaderPool& readers) : committer_(committer), readers_(readers) {}

  Result<std::vector<OutboxEvent>> Waiting(const std::string& sink, int64_t limit) const override;
  Result<void> Delivered(const std::string& sink, const std::vector<OutboxEvent>& events) override;
  Result<int64_t> Count(const std::string& sink) const override;
  Result<int64_t> Drop(const std::string& sink) override;

 private:
  Committer& committer_;
  ReaderPool& readers_;
};

}  // namespace greenroom
