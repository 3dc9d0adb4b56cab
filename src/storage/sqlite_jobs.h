// The JobStore on SQLite: table training_job. Writes are on disk when they return.
//
//   GR_TRY(store.jobs().Put(job));                // replaces the row of job.id as a whole; its place in List stays
//
// Errors: those of Committer; store_corrupt for a row whose state has no known name. Thread rules: safe from any
// thread.
#pragma once

#include "storage/committer.h"
#include "storage/reader_pool.h"
#include "training/job_store.h"

namespace greenroom {

class SqliteJobStore final : public JobStore {
 public:
  SqliteJobStore(Committer& committer, ReaderPool& readers) : committer_(committer), readers_(readers) {}

  Result<void> Put(const TrainingJob& job) override;
  Result<std::optional<TrainingJob>> Find(const std::string& id) const override;
  Result<std::vector<TrainingJob>> List(const std::string& assistant, int64_t limit) const override;

 private:
  Committer& committer_;
  ReaderPool& readers_;
};

}  // namespace greenroom
