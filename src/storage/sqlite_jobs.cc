#include "storage/sqlite_jobs.h"

namespace greenroom {
namespace {

#define GR_JOB_COLUMNS                                                                                         \
  "id, assistant, state, step, fraction, eta_seconds, model, diagnostics, error, message, actor, created_at, " \
  "finished_at"
constexpr const char* kPut =
    "INSERT INTO training_job (" GR_JOB_COLUMNS
    ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET state = excluded.state, step = excluded.step, fraction = excluded.fraction,"
    " eta_seconds = excluded.eta_seconds, model = excluded.model, diagnostics = excluded.diagnostics, error = "
    "excluded.error,"
    " message = excluded.message, actor = excluded.actor, finished_at = excluded.finished_at";
constexpr const char* kFind = "SELECT " GR_JOB_COLUMNS " FROM training_job WHERE id = ?";
constexpr const char* kList =
    "SELECT " GR_JOB_COLUMNS " FROM training_job WHERE assistant = ? ORDER BY number DESC LIMIT ?";
#undef GR_JOB_COLUMNS

Result<TrainingJob> ReadJob(const Statement& row) {
  std::optional<JobState> state = JobStateFromName(row.ViewAt(2));
  if (!state)
    return Error{ErrorCode::kDataLoss, "store_corrupt", "training job " + row.TextAt(0) + " has no known state"};
  TrainingJob job{.id = row.TextAt(0),
                  .assistant = row.TextAt(1),
                  .state = *state,
                  .step = row.TextAt(3),
                  .fraction = row.RealAt(4),
                  .model = row.TextAt(6),
                  .error = row.TextAt(8),
                  .message = row.TextAt(9),
                  .actor = row.TextAt(10),
                  .created_at = row.RealAt(11),
                  .finished_at = row.RealAt(12)};
  if (!row.IsNull(5)) job.eta_seconds = row.RealAt(5);
  GR_ASSIGN(job.diagnostics, ParseJson(row.ViewAt(7), {.bytes = 64u << 20, .nodes = 5'000'000}));
  return job;
}

}  // namespace

Result<void> SqliteJobStore::Put(const TrainingJob& job) {
  std::string diagnostics = job.diagnostics.Dump();
  return committer_.Run([&](Database& db) {
    Statement put = db.Use(kPut);
    put.Text(job.id).Text(job.assistant).Text(JobStateName(job.state)).Text(job.step).Real(job.fraction);
    if (job.eta_seconds)
      put.Real(*job.eta_seconds);
    else
      put.Null();
    return put.Text(job.model)
        .Text(diagnostics)
        .Text(job.error)
        .Text(job.message)
        .Text(job.actor)
        .Real(job.created_at)
        .Real(job.finished_at)
        .Run();
  });
}

Result<std::optional<TrainingJob>> SqliteJobStore::Find(const std::string& id) const {
  ReaderPool::Lease lease = readers_.Take();
  Statement row = lease->Use(kFind);
  row.Text(id);
  GR_ASSIGN(bool found, row.Row());
  if (!found) return std::optional<TrainingJob>();
  GR_ASSIGN(TrainingJob job, ReadJob(row));
  return std::optional<TrainingJob>(std::move(job));
}

Result<std::vector<TrainingJob>> SqliteJobStore::List(const std::string& assistant, int64_t limit) const {
  ReaderPool::Lease lease = readers_.Take();
  Statement rows = lease->Use(kList);
  rows.Text(assistant).Int(limit);
  std::vector<TrainingJob> jobs;
  while (true) {
    GR_ASSIGN(bool more, rows.Row());
    if (!more) return jobs;
    GR_ASSIGN(TrainingJob job, ReadJob(rows));
    jobs.push_back(std::move(job));
  }
}

}  // namespace greenroom
