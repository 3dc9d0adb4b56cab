#include "app/platform_follower.h"

#include <unistd.h>

#include <cstdio>
#include <optional>

#include "base/digest.h"
#include "base/files.h"
#include "base/log.h"
#include "base/random.h"
#include "base/server_url.h"
#include "http/percent.h"

namespace greenroom {
namespace {

using std::chrono::steady_clock;

// A platform that answers sooner than this was not holding the answer.
constexpr auto kHeldAtLeast = std::chrono::milliseconds(900);

std::string Unquoted(std::string etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') return etag.substr(1, etag.size() - 2);
  return etag;
}

std::string WithoutEnding(std::string name) {
  size_t slash = name.find_last_of("/\\");
  if (slash != std::string::npos) name.erase(0, slash + 1);
  for (std::string_view ending : {".tar.gz", ".grm"}) {
    if (name.ends_with(ending)) name.resize(name.size() - ending.size());
  }
  return name;
}

Error OfStatus(int status) {
  if (status == 401 || status == 403) {
    return {ErrorCode::kUnauthenticated, "token_refused", "the platform refused the token of this server",
            "start it with the token that the platform gave out for this environment"};
  }
  return {ErrorCode::kUnavailable, "platform_failed", "the platform answered with status " + std::to_string(status),
          "its log says more"};
}

}  // namespace

// Written by the client's thread until `answer` is there, read by the follower afterwards.
struct PlatformFollower::Fetch {
  ~Fetch() {
    if (file) std::fclose(file);
    if (!path.empty()) std::remove(path.c_str());
  }
  std::string path;
  std::FILE* file = nullptr;
  Sha256 hash;
  size_t bytes = 0;
  std::optional<Result<HttpClientResponse>> answer;
};

struct PlatformFollower::Shared {
  Mutex mutex;
  ConditionVariable changed;
  bool stopping GUARDED_BY(mutex) = false;
};

PlatformFollower::PlatformFollower(FollowOptions options, TakeFetched take, std::unique_ptr<HttpClient> client)
    : options_(std::move(options)),
      take_(std::move(take)),
      etag_(options_.etag),
      shared_(std::make_shared<Shared>()),
      client_(std::move(client)) {}

Result<std::unique_ptr<PlatformFollower>> PlatformFollower::Create(FollowOptions options, TakeFetched take) {
  while (options.platform.ends_with('/')) options.platform.pop_back();
  Result<void> checked = CheckServerUrl(options.platform);
  if (!checked) return std::move(checked).error().With("the url of the platform");
  GR_TRY(CreateDirectories(options.directory));
  GR_ASSIGN(std::unique_ptr<HttpClient> client, HttpClient::Create({}));
  return std::unique_ptr<PlatformFollower>(
      new PlatformFollower(std::move(options), std::move(take), std::move(client)));
}

HttpClientRequest PlatformFollower::Request(std::chrono::seconds wait) const {
  HttpClientRequest request{.url = options_.platform + "/api/models/tags/" + PercentEncode(options_.environment) +
                                   "?token=" + PercentEncode(options_.token),
                            .total_timeout = wait.count() > 0 ? options_.download_limit + wait : options_.first_limit};
  if (wait.count() > 0) request.url += "&wait=" + std::to_string(wait.count());
  if (!etag_.empty()) request.headers.Set("If-None-Match", etag_);
  return request;
}

Result<std::shared_ptr<PlatformFollower::Fetch>> PlatformFollower::FetchOne(std::chrono::seconds wait) {
  auto fetch = std::make_shared<Fetch>();
  fetch->path = options_.directory + "/pull-" + NewId() + ".partial";
  fetch->file = std::fopen(fetch->path.c_str(), "wb");
  if (!fetch->file) return FileError(fetch->path, errno, "creating");
  HttpClientRequest request = Request(wait);
  request.on_body = [fetch](std::string_view bytes) {
    fetch->hash.Update(bytes);
    fetch->bytes += bytes.size();
    return std::fwrite(bytes.data(), 1, bytes.size(), fetch->file) == bytes.size();
  };
  client_->Async(std::move(request), [fetch, shared = shared_](Result<HttpClientResponse> answer) {
    MutexLock lock(shared->mutex);
    fetch->answer = std::move(answer);
    shared->changed.NotifyAll();
  });
  MutexLock lock(shared_->mutex);
  shared_->changed.Wait(shared_->mutex,
                        [&]() REQUIRES_LOCK(shared_->mutex) { return fetch->answer.has_value() || shared_->stopping; });
  if (shared_->stopping) return Error{ErrorCode::kCancelled, "cancelled", "the server stops"};
  return fetch;
}

Result<PullOutcome> PlatformFollower::Read(Fetch& fetch) {
  if (!*fetch.answer) {
    const Error& error = fetch.answer->error();
    return Error{ErrorCode::kUnavailable, "platform_unreachable", "the platform cannot be reached: " + error.message,
                 "is it running at " + options_.platform + "?"};
  }
  const HttpClientResponse& answer = **fetch.answer;
  if (answer.status == 204 || answer.status == 304) return PullOutcome::kNothingNew;
  if (answer.status == 404) return PullOutcome::kNoModel;
  if (answer.status != 200) return OfStatus(answer.status);
  std::string etag(answer.headers.Get("ETag"));
  if (etag.empty()) {
    return Error{ErrorCode::kUnavailable, "no_etag", "the platform sent a model without ETag",
                 "is the url the one of a platform?"};
  }
  // A platform that does not look at If-None-Match sends what we have again and again.
  if (Unquoted(etag) == Unquoted(etag_)) return PullOutcome::kNothingNew;
  // Remembered whatever comes of it: the same archive would fail the same way.
  etag_ = etag;
  bool stored = std::fflush(fetch.file) == 0 && ::fsync(::fileno(fetch.file)) == 0;
  if (!stored) {
    etag_.clear();
    return FileError(fetch.path, errno, "writing");
  }
  Result<void> taken = take_({.path = fetch.path,
                              .name = WithoutEnding(std::string(answer.headers.Get("filename"))),
                              .etag = Unquoted(etag),
                              .sha256 = fetch.hash.HexDigest(),
                              .bytes = fetch.bytes});
  failed_ = taken ? "" : taken.error().reason;
  if (!taken) return std::move(taken).error().With("the model of tag " + options_.environment);
  return PullOutcome::kTaken;
}

Result<PullOutcome> PlatformFollower::PullOnce(std::chrono::seconds wait) {
  GR_ASSIGN(std::shared_ptr<Fetch> fetch, FetchOne(wait));
  Result<PullOutcome> outcome = Read(*fetch);
  // The thread of the client may hold the answer for a moment more.
  std::remove(fetch->path.c_str());
  return outcome;
}

void PlatformFollower::Report(const Result<PullOutcome>& outcome) {
  std::string now = !outcome                               ? outcome.error().reason
                    : *outcome == PullOutcome::kNoModel    ? "no_model"
                    : *outcome == PullOutcome::kNothingNew ? (failed_.empty() ? "up_to_date" : failed_)
                                                           : "taken";
  if (now == said_) return;
  said_ = now;
  if (outcome) {
    Log(*outcome == PullOutcome::kNoModel ? LogLevel::kWarning : LogLevel::kInfo, "platform_followed",
        {{"environment", options_.environment}, {"outcome", now}});
    return;
  }
  Log(LogLevel::kError, "platform_not_followed",
      {{"environment", options_.environment},
       {"reason", outcome.error().reason},
       {"message", outcome.error().message},
       {"help", outcome.error().help}});
}

bool PlatformFollower::WaitOrStop(std::chrono::milliseconds time) {
  MutexLock lock(shared_->mutex);
  shared_->changed.WaitFor(shared_->mutex, time, [this]() REQUIRES_LOCK(shared_->mutex) { return shared_->stopping; });
  return shared_->stopping;
}

void PlatformFollower::PullFirst() { Report(PullOnce(std::chrono::seconds(0))); }

void PlatformFollower::Run() {
  while (true) {
    auto begun = steady_clock::now();
    Result<PullOutcome> outcome = PullOnce(options_.wait);
    if (!outcome && outcome.error().code == ErrorCode::kCancelled) return;
    Report(outcome);
    bool taken = outcome && *outcome == PullOutcome::kTaken;
    bool held = outcome && !taken && steady_clock::now() - begun >= kHeldAtLeast;
    if (!held && !taken && WaitOrStop(options_.interval)) return;
  }
}

void PlatformFollower::Stop() {
  MutexLock lock(shared_->mutex);
  shared_->stopping = true;
  shared_->changed.NotifyAll();
}

}  // namespace greenroom
