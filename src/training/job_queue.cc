#include "training/job_queue.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "base/files.h"
#include "base/log.h"
#include "base/random.h"
#include "pipeline/package.h"
#include "registry/names.h"
#include "training/child_process.h"
#include "training/train_model.h"

namespace greenroom {
namespace {

Error JobNotFound(const std::string& id) {
  return {ErrorCode::kNotFound, "job_not_found", "there is no training job `" + id + "`",
          "list the jobs with GET .../jobs"};
}

Error Cancelled() { return {ErrorCode::kCancelled, "training_cancelled", "the training was cancelled"}; }

Error ModelExists(const std::string& name) {
  return {ErrorCode::kAlreadyExists, "model_exists", "there is a model `" + name + "` already",
          "choose another name, or none"};
}

void Fail(TrainingJob& job, const Error& error) {
  job.state = JobState::kFailed;
  job.error = error.reason;
  job.message = error.message;
}

// What cannot be removed stays: it is in nobody's way.
void Remove(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

}  // namespace

JobQueue::JobQueue(JobStore& store, Registry& registry, const Clock& clock, JobQueueOptions options)
    : store_(store), registry_(registry), clock_(clock), options_(std::move(options)) {
  if (options_.threads == 0) options_.threads = std::max(2u, std::thread::hardware_concurrency()) - 1;
}

Result<TrainingJob> JobQueue::Submit(JobRequest request) {
  if (!request.name.empty()) {
    GR_TRY(CheckModelName(request.name));
    if (registry_.GetModel(request.assistant, request.name).ok()) return ModelExists(request.name);
  }
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
  {
    MutexLock lock(mutex_);
    if (running_ && running_->job.id == id) return running_->job;
  }
  GR_ASSIGN(std::optional<TrainingJob> job, store_.Find(id));
  if (!job) return JobNotFound(id);
  return *job;
}

Result<std::vector<TrainingJob>> JobQueue::List(const std::string& assistant, int64_t limit) const {
  GR_ASSIGN(std::vector<TrainingJob> jobs, store_.List(assistant, limit));
  MutexLock lock(mutex_);
  for (TrainingJob& job : jobs) {
    if (running_ && running_->job.id == job.id) job = running_->job;
  }
  return jobs;
}

Result<TrainingJob> JobQueue::Cancel(const std::string& id) {
  GR_ASSIGN(TrainingJob job, Find(id));
  GR_TRY(CheckAdvance(job.state, JobState::kCancelled));
  JobRequest waiting;
  {
    MutexLock lock(mutex_);
    if (running_ && running_->job.id == id) {
      running_->cancelled = true;
      if (running_->process > 0) ::kill(running_->process, SIGKILL);
      return running_->job;
    }
    auto found =
        std::find_if(waiting_.begin(), waiting_.end(), [&](const Pending& pending) { return pending.job.id == id; });
    if (found == waiting_.end())
      return Error{ErrorCode::kConflict, "job_state_conflict", "the training job ended just now"};
    waiting = std::move(found->request);
    waiting_.erase(found);
  }
  if (waiting.remove_source) Remove(waiting.source_directory);
  job.state = JobState::kCancelled;
  job.finished_at = clock_.NowSeconds();
  Store(job);
  Publish(job);
  return job;
}

int64_t JobQueue::active() const {
  MutexLock lock(mutex_);
  return running_ ? 1 : 0;
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

void JobQueue::Store(const TrainingJob& job) {
  if (auto stored = store_.Put(job); !stored) {
    Log(LogLevel::kError, "job_not_stored", {{"job", job.id}, {"message", stored.error().message}});
  }
}

// Shows the job as it is now to whoever asks or follows.
void JobQueue::Publish(const TrainingJob& job) {
  std::vector<Listener> listeners;
  {
    MutexLock lock(mutex_);
    if (running_ && running_->job.id == job.id) running_->job = job;
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
    Fail(job, {ErrorCode::kCancelled, "interrupted", "the server ended while this job was waiting or running"});
    job.finished_at = clock_.NowSeconds();
    GR_TRY(store_.Put(job));
  }
  Remove(options_.data_directory + "/sources");
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
    running_ = Running{.job = next.job};
  }
  Run(std::move(next));
  return true;
}

void JobQueue::Stop() {
  MutexLock lock(mutex_);
  stopping_ = true;
  if (running_ && running_->process > 0) ::kill(running_->process, SIGKILL);
  changed_.NotifyAll();
}

bool JobQueue::WasCancelled() const {
  MutexLock lock(mutex_);
  return running_ && running_->cancelled;
}

std::optional<Json> JobQueue::WatchChild(int output, TrainingJob& job) {
  std::optional<Json> last;
  const double begun = clock_.NowSeconds();
  ReadLines(output, [&](std::string_view line) {
    auto message = ParseJson(line, {.bytes = 1u << 20, .depth = 64, .nodes = 100'000});
    if (!message) return;
    if (const Json* found = message->Find("diagnostics")) job.diagnostics = *found;
    if (message->Find("result") || message->Find("error")) last = *message;
    if (!message->Find("step")) return;
    job.step = (*message)["step"].AsString();
    job.fraction = (*message)["fraction"].AsDouble();
    job.eta_seconds = SecondsLeft(clock_.NowSeconds() - begun, job.fraction);
    Publish(job);
  });
  return last;
}

Result<JobQueue::Outcome> JobQueue::RunChild(const std::vector<std::string>& arguments, TrainingJob& job) {
  GR_ASSIGN(const ChildProcess child, StartChild(arguments));
  {
    MutexLock lock(mutex_);
    running_->process = child.pid;
    if (running_->cancelled || stopping_) ::kill(child.pid, SIGKILL);
  }
  Outcome outcome{.last = WatchChild(child.output, job)};
  ::close(child.output);
  MutexLock lock(mutex_);
  outcome.status = WaitForChild(child.pid);
  running_->process = 0;
  return outcome;
}

Result<void> JobQueue::RegisterResult(const JobRequest& request, const std::string& path, TrainingJob& job) {
  const std::string file = options_.data_directory + "/" + path;
  GR_ASSIGN(std::shared_ptr<const Package> package, Package::Open(file));
  GR_ASSIGN(const uint64_t bytes, FileSize(file));
  const Json& manifest = package->manifest();
  ModelRecord record{.assistant = request.assistant,
                     .name = job.model,
                     .digest = package->digest(),
                     .path = path,
                     .bytes = static_cast<int64_t>(bytes),
                     .fingerprint = manifest["fingerprint"].AsString(),
                     .engine = manifest["engine"].AsString(),
                     .metadata = Json::Object({{"config", manifest["config"]}, {"metrics", manifest["metrics"]}}),
                     .created_by = request.actor};
  // The same source gives the same package: that model is the outcome then, and one file of it is enough.
  if (auto known = registry_.GetModel(request.assistant, record.digest)) {
    Remove(file);
    job.model = known->name;
    return {};
  }
  GR_ASSIGN(ModelRecord registered, registry_.RegisterModel(std::move(record)));
  job.model = registered.name;
  return {};
}

Result<void> JobQueue::Conclude(const JobRequest& request, const std::string& path, const Result<Outcome>& outcome,
                                TrainingJob& job) {
  if (!outcome) return outcome.error();
  const std::optional<Json>& last = outcome->last;
  if (const Json* error = last ? last->Find("error") : nullptr) {
    return Error{ErrorCode::kInvalidArgument, (*error)["reason"].AsString(), (*error)["message"].AsString()};
  }
  if (outcome->status != 0 || !last) {
    return Error{ErrorCode::kInternal, "training_crashed",
                 "the training process ended with status " + std::to_string(outcome->status)};
  }
  return RegisterResult(request, path, job);
}

// A package that is there already is somebody's model: it is not trained over.
Result<void> JobQueue::Train(const JobRequest& request, const std::string& name, TrainingJob& job) {
  const std::string path = "models/" + name + ".grm", file = options_.data_directory + "/" + path;
  if (FileExists(file)) return ModelExists(name);
  const Result<Outcome> outcome =
      RunChild({options_.program, "train", "--project", request.source_directory, "--output", file, "--name", name,
                "--threads", std::to_string(options_.threads), "--progress", "json"},
               job);
  job.model = name;
  Result<void> concluded = WasCancelled() ? Result<void>(Cancelled()) : Conclude(request, path, outcome, job);
  if (!concluded) {
    Remove(file);
    Remove(file + ".partial");  // of a child that was ended while it wrote
  }
  return concluded;
}

void JobQueue::Run(Pending pending) {
  const JobRequest& request = pending.request;
  TrainingJob job = std::move(pending.job);
  job.state = JobState::kTraining;
  job.step = "starting";
  Store(job);
  Publish(job);
  const std::string name = request.name.empty()
                               ? NewModelName(clock_.NowSeconds(), std::stoull(job.id.substr(0, 8), nullptr, 16))
                               : request.name;
  const Result<void> trained = Train(request, name, job);
  if (trained) {
    job.state = JobState::kDone;
    job.fraction = 1;
  } else {
    job.model.clear();
    if (trained.error().code == ErrorCode::kCancelled)
      job.state = JobState::kCancelled;
    else
      Fail(job, trained.error());
  }
  job.eta_seconds = {};
  job.finished_at = clock_.NowSeconds();
  if (request.remove_source) Remove(request.source_directory);
  Store(job);
  Publish(job);
  MutexLock lock(mutex_);
  running_.reset();
}

}  // namespace greenroom
