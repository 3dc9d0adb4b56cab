#include "training/job_queue.h"

#include <signal.h>
#include <unistd.h>

#include <filesystem>

#include "base/log.h"
#include "base/random.h"
#include "pipeline/package.h"
#include "training/child_process.h"
#include "training/train_model.h"

namespace greenroom {
namespace {

Error JobNotFound(const std::string& id) {
  return {ErrorCode::kNotFound, "job_not_found", "there is no training job `" + id + "`",
          "list the jobs with GET .../jobs"};
}

void Fail(TrainingJob& job, std::string reason, std::string message) {
  job.state = JobState::kFailed;
  job.error = std::move(reason);
  job.message = std::move(message);
}

}  // namespace

JobQueue::JobQueue(JobStore& store, Registry& registry, const Clock& clock, JobQueueOptions options)
    : store_(store), registry_(registry), clock_(clock), options_(std::move(options)) {}

Result<TrainingJob> JobQueue::Submit(JobRequest request) {
  TrainingJob job{.id = NewId(),
                  .assistant = request.assistant,
                  .step = "waiting",
                  .actor = request.actor,
                  .created_at = clock_.NowSeconds()};
  GR_TRY(store_.Put(job));
  MutexLock lock(mutex_);
  waiting_.push_back({job, std::move(request)});
  changed_.NotifyAll();
  return job;
}

Result<TrainingJob> JobQueue::Find(const std::string& id) const {
  GR_ASSIGN(std::optional<TrainingJob> job, store_.Find(id));
  if (!job) return JobNotFound(id);
  return *job;
}

Result<TrainingJob> JobQueue::Cancel(const std::string& id) {
  GR_ASSIGN(TrainingJob job, Find(id));
  GR_TRY(CheckAdvance(job.state, JobState::kCancelled));
  {
    MutexLock lock(mutex_);
    cancelled_[id] = true;
    if (auto child = running_.find(id); child != running_.end()) {
      ::kill(child->second, SIGKILL);
      return job;
    }
    std::erase_if(waiting_, [&](const Pending& pending) { return pending.job.id == id; });
  }
  job.state = JobState::kCancelled;
  job.finished_at = clock_.NowSeconds();
  Change(job);
  return job;
}

int64_t JobQueue::Subscribe(const std::string& id, Listener listener) {
  MutexLock lock(mutex_);
  subscribers_[next_token_] = {id, std::move(listener)};
  return next_token_++;
}

void JobQueue::Unsubscribe(int64_t token) {
  MutexLock lock(mutex_);
  subscribers_.erase(token);
}

void JobQueue::Change(const TrainingJob& job) {
  if (auto stored = store_.Put(job); !stored) {
    Log(LogLevel::kError, "job_not_stored", {{"job", job.id}, {"message", stored.error().message}});
  }
  std::vector<Listener> listeners;
  {
    MutexLock lock(mutex_);
    for (const auto& [token, subscriber] : subscribers_) {
      if (subscriber.job == job.id) listeners.push_back(subscriber.listener);
    }
  }
  for (const Listener& listener : listeners) listener(job);
}

Result<void> JobQueue::FailInterrupted() {
  GR_ASSIGN(std::vector<TrainingJob> jobs, store_.List("default", 1000));
  for (TrainingJob& job : jobs) {
    if (job.state != JobState::kQueued && job.state != JobState::kTraining) continue;
    Fail(job, "interrupted", "the server ended while this job was waiting or running");
    job.finished_at = clock_.NowSeconds();
    GR_TRY(store_.Put(job));
  }
  return {};
}

bool JobQueue::RunNext() {
  Pending next;
  {
    MutexLock lock(mutex_);
    changed_.Wait(mutex_, [this]() REQUIRES_LOCK(mutex_) { return stopping_ || !waiting_.empty(); });
    if (stopping_) return false;
    next = std::move(waiting_.front());
    waiting_.pop_front();
  }
  Run(std::move(next));
  return true;
}

void JobQueue::Stop() {
  MutexLock lock(mutex_);
  stopping_ = true;
  for (const auto& [id, pid] : running_) ::kill(pid, SIGKILL);
  changed_.NotifyAll();
}

bool JobQueue::WasCancelled(const std::string& id) const {
  MutexLock lock(mutex_);
  return cancelled_.contains(id);
}

std::optional<Json> JobQueue::WatchChild(int output, TrainingJob& job) {
  std::optional<Json> result;
  double begun = clock_.NowSeconds();
  ReadLines(output, [&](std::string_view line) {
    auto message = ParseJson(line, {.bytes = 1u << 20, .depth = 64, .nodes = 100'000});
    if (!message) return;
    if (const Json* found = message->Find("diagnostics")) job.diagnostics = *found;
    if (message->Find("result") || message->Find("error")) result = *message;
    if (!message->Find("step")) return;
    job.step = (*message)["step"].AsString();
    job.fraction = (*message)["fraction"].AsDouble();
    if (job.fraction > 0.05) job.eta_seconds = (clock_.NowSeconds() - begun) * (1 - job.fraction) / job.fraction;
    Change(job);
  });
  return result;
}

Result<void> JobQueue::RegisterResult(const Pending& pending, const Json& result, TrainingJob& job) {
  std::string file = options_.data_directory + "/" + result["path"].AsString();
  GR_ASSIGN(std::shared_ptr<const Package> package, Package::Open(file));
  ModelRecord record{.assistant = pending.request.assistant,
                     .name = result["name"].AsString(),
                     .digest = package->digest(),
                     .path = result["path"].AsString(),
                     .bytes = static_cast<int64_t>(std::filesystem::file_size(file)),
                     .fingerprint = package->manifest()["fingerprint"].AsString(),
                     .engine = package->manifest()["engine"].AsString(),
                     .metadata = Json::Object(
                         {{"config", package->manifest()["config"]}, {"metrics", package->manifest()["metrics"]}}),
                     .created_by = pending.request.actor};
  GR_ASSIGN(ModelRecord registered, registry_.RegisterModel(std::move(record)));
  job.model = registered.name;
  return {};
}

void JobQueue::Run(Pending pending) {
  TrainingJob job = pending.job;
  std::string name = pending.request.name.empty()
                         ? NewModelName(clock_.NowSeconds(), std::stoull(job.id.substr(0, 8), nullptr, 16))
                         : pending.request.name;
  std::string path = "models/" + name + ".grm";
  job.state = JobState::kTraining;
  job.step = "starting";
  Change(job);
  auto child = StartChild({options_.program, "train", "--project", pending.request.source_directory, "--output",
                           options_.data_directory + "/" + path, "--name", name, "--progress", "json"},
                          options_.nice);
  std::optional<Json> outcome;
  int status = -1;
  if (child) {
    {
      MutexLock lock(mutex_);
      running_[job.id] = child->pid;
    }
    outcome = WatchChild(child->output, job);
    ::close(child->output);
    MutexLock lock(mutex_);
    status = WaitForChild(child->pid);
    running_.erase(job.id);
  }
  const Json nothing;
  const Json& error = outcome ? (*outcome)["error"] : nothing;
  if (WasCancelled(job.id)) {
    job.state = JobState::kCancelled;
  } else if (!child) {
    Fail(job, child.error().reason, child.error().message);
  } else if (!error.is_null()) {
    Fail(job, error["reason"].AsString(), error["message"].AsString());
  } else if (status != 0 || !outcome) {
    Fail(job, "training_crashed", "the training process ended with status " + std::to_string(status));
  } else {
    Json result = Json::Object({{"name", name}, {"path", path}});
    if (auto registered = RegisterResult(pending, result, job); !registered) {
      Fail(job, registered.error().reason, registered.error().message);
    } else {
      job.state = JobState::kDone;
      job.fraction = 1;
    }
  }
  job.finished_at = clock_.NowSeconds();
  if (pending.request.remove_source) std::filesystem::remove_all(pending.request.source_directory);
  Change(job);
}

}  // namespace greenroom
