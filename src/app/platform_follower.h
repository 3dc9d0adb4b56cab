// PlatformFollower: keeps a server of an environment at the model that the platform's tag of that name points to.
//
//   PlatformFollower follower({.platform = "http://greenroom:5005", .token = t, .environment = "staging"}, target);
//   follower.PullOnce(std::chrono::seconds(0));   // before the port opens: the model that is wanted now
//   follower.Run();  ...  follower.Stop();        // then each change, within a moment of the promotion
//
// It asks GET {platform}/api/models/tags/{environment} with If-None-Match and `wait`: a Greenroom platform holds the
// answer until the tag moves, any other answers at once and is asked again after `interval`. The archive is stored
// aside, checked whole and only then handed over. One that cannot be used is not fetched again until the tag moves; the
// model before stays. A name that the platform gives is checked like any other name; it never becomes a path.
// Thread rules: Run by one thread, Stop by another; the rest before Run.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "base/result.h"
#include "http/client.h"

namespace greenroom {

struct FollowOptions {
  std::string platform;     // url without a path
  std::string token;        // of the environment, or of a service
  std::string environment;  // name of the tag
  std::string directory;    // for packages that are being fetched
  std::string etag = {};    // of the model that is there already; "" = none
  std::chrono::milliseconds interval = std::chrono::seconds(10);
  std::chrono::seconds wait = std::chrono::seconds(25);  // how long the platform may hold the answer
  std::chrono::milliseconds download_limit = std::chrono::minutes(30);
  std::chrono::milliseconds first_limit = std::chrono::minutes(1);  // of a pull without waiting, before the start
};

// A model that was fetched: it lies whole in `path` and may be moved away. Name and etag are what the platform says.
struct FetchedModel {
  std::string path, name, etag;
  std::string sha256;  // of its bytes
  size_t bytes = 0;
};
using TakeFetched = std::function<Result<void>(const FetchedModel& model)>;

enum class PullOutcome { kTaken, kNothingNew, kNoModel };

class PlatformFollower {
 public:
  static Result<std::unique_ptr<PlatformFollower>> Create(FollowOptions options, TakeFetched take);

  // Asks once. Errors: token_refused, platform_unreachable, platform_failed, no_etag, those of TakeFetched; cancelled
  // after Stop.
  Result<PullOutcome> PullOnce(std::chrono::seconds wait);
  // Asks once without waiting; what goes wrong is only logged: a server starts with the model it has.
  void PullFirst();
  // Pulls until Stop.
  void Run();
  void Stop();

 private:
  struct Fetch;  // one answer on its way
  PlatformFollower(FollowOptions options, TakeFetched take, std::unique_ptr<HttpClient> client);

  HttpClientRequest Request(std::chrono::seconds wait) const;
  Result<std::shared_ptr<Fetch>> FetchOne(std::chrono::seconds wait);
  Result<PullOutcome> Read(Fetch& fetch);
  void Report(const Result<PullOutcome>& outcome);
  bool WaitOrStop(std::chrono::milliseconds time);

  const FollowOptions options_;
  const TakeFetched take_;
  std::string etag_;    // of the latest answer that was dealt with, good or bad
  std::string failed_;  // why the archive with that etag could not be used
  std::string said_;    // what was logged last, so that a long trouble is logged once
  struct Shared;
  std::shared_ptr<Shared> shared_;
  std::unique_ptr<HttpClient> client_;  // dies first: its callbacks use the rest
};

}  // namespace greenroom
