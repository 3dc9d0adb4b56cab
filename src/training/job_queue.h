// JobQueue: training jobs, one at a time, each in a child process of low priority.
//
// The child is this program's own `train` command with --progress json; its lines are progress, diagnostics and the
// result. A crash of the child fails the job and nothing else; cancelling kills the child. Finished models are
// registered, and the job then names the model: an earlier one when nothing has changed since. Changes of state are
// stored; progress is kept in memory, because a moving bar must not take the disk from turns. Thread rules: Submit,
// Cancel, Subscribe from any thread; RunNext is called by the owner's one worker thread.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "registry/registry.h"
#include "training/job_store.h"

namespace greenroom {

struct JobRequest {
  std::string assistant = "default";
  std::string source_directory;  // a Rasa project folder readable by the child
  std::string name = {};         // model name; made when empty
  std::string actor;
  bool remove_source = false;  // a folder made for this job
};

struct JobQueueOptions {
  std::string program;         // path of the greenroom binary
  std::string data_directory;  // packages go to <data_directory>/models/<name>.grm
  size_t threads = 0;          // of the child; 0 = all cores but one for the turns beside it, at least one
};

class JobQueue {
 public:
  using Listener = std::function<void(const TrainingJob&)>;

  JobQueue(JobStore& store, Registry& registry, const Clock& clock, JobQueueOptions options);

  Result<TrainingJob> Submit(JobRequest request);         // model_name_invalid, model_exists
  Result<TrainingJob> Cancel(const std::string& id);      // job_not_found, job_state_conflict
  Result<TrainingJob> Find(const std::string& id) const;  // job_not_found
  Result<std::vector<TrainingJob>> List(const std::string& assistant, int64_t limit) const;  // newest first

  // Jobs that train now, of all assistants: one at most.
  int64_t active() const;

  // Calls the listener at every change of the job until it returns a token that Unsubscribe takes.
  int64_t Subscribe(const std::string& id, Listener listener);
  void Unsubscribe(int64_t token);

  // Marks jobs that were running when the process ended as failed (reason interrupted) and removes the sources that
  // were sent for them. Called once at start.
  Result<void> FailInterrupted();
  // Waits for a job and runs it. False once stopped.
  bool RunNext();
  void Stop();

 private:
  struct Pending {
    TrainingJob job;
    JobRequest request;
  };
  // The job that runs, as it is now.
  struct Running {
    TrainingJob job;
    int process = 0;  // 0 while there is none
    bool cancelled = false;
  };
  struct Subscriber {
    std::string job;
    Listener listener;
  };
  // What a child left behind.
  struct Outcome {
    std::optional<Json> last;  // its result or its error
    int status = -1;
  };

  void Run(Pending pending);
  Result<Outcome> RunChild(const std::vector<std::string>& arguments, TrainingJob& job);
  std::optional<Json> WatchChild(int output, TrainingJob& job);
  Result<void> Train(const JobRequest& request, const std::string& name, TrainingJob& job);
  Result<void> Conclude(const JobRequest& request, const std::string& path, const Result<Outcome>& outcome,
                        TrainingJob& job);
  Result<void> RegisterResult(const JobRequest& request, const std::string& path, TrainingJob& job);
  void Store(const TrainingJob& job);
  void Publish(const TrainingJob& job);
  bool WasCancelled() const;

  JobStore& store_;
  Registry& registry_;
  const Clock& clock_;
  JobQueueOptions options_;
  mutable Mutex mutex_;
  ConditionVariable changed_;
  std::deque<Pending> waiting_ GUARDED_BY(mutex_);
  std::optional<Running> running_ GUARDED_BY(mutex_);
  std::map<int64_t, Subscriber> subscribers_ GUARDED_BY(mutex_);
  int64_t next_token_ GUARDED_BY(mutex_) = 1;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace greenroom
