// LoginGuard: slows down whoever guesses passwords, without locking out the owner of the account.
//
//   GR_TRY(guard.Admit("ann", "203.0.113.7", clock.Steady()));   // before the password is looked at
//   guard.Succeeded("ann", "203.0.113.7");                      // a good login forgets the misses
//
// Algorithm: two token buckets, one for each pair of account and address (10 at once, 10 a minute) and one for each
// address (60 at once, 60 a minute), so that neither many guesses at one account nor one guess at many accounts get
// far, while the owner still can log in from elsewhere. What waits too long is forgotten; at most kMostBuckets are
// kept. Error: too_many_logins (kExhausted).
//
// A third bucket, one for all, says which failures are worth a record in the audit log, so that a flood of guesses from
// many addresses cannot fill the disk: 120 a minute. Thread rules: safe from any thread.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "base/result.h"

namespace greenroom {

class LoginGuard {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr double kPairBurst = 10, kAddressBurst = 60, kRecordBurst = 120;  // refilled within a minute
  static constexpr size_t kMostBuckets = 20'000;

  Result<void> Admit(const std::string& account, const std::string& address, Time now);
  void Succeeded(const std::string& account, const std::string& address);
  // Asked once for each failed login: how many failures before this one were left out, or nullopt when this one is to
  // be left out as well.
  std::optional<int64_t> MayRecord(Time now);

 private:
  struct Bucket {
    double left = 0;
    Time at = {};
  };
  using Buckets = std::map<std::string, Bucket>;
  static bool Take(Buckets& buckets, const std::string& key, double burst, Time now);

  struct Records {
    Buckets bucket;
    int64_t left_out = 0;
  };
  Guarded<Buckets> buckets_;
  Guarded<Records> records_;
};

}  // namespace greenroom
