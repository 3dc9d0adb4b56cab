// Passwords: kept as Argon2id hashes, never as they are.
//
//   PasswordHasher hasher;
//   GR_ASSIGN(std::string kept, hasher.Hash("correct horse"));     // "$argon2id$v=19$m=19456,t=2,p=1$..."
//   GR_ASSIGN(bool same, hasher.Verify("correct horse", kept));
//
// Algorithm: Argon2id (RFC 9106) of libsodium with 19 MiB and two passes, the size that OWASP gives for one lane. A
// hash carries its own parameters, so that the size can be raised later. Passwords are bytes: nothing is trimmed,
// folded or cut.
// Errors: password_too_long (more than kMaxPassword bytes, before any hashing), login_busy (kExhausted: too many at
// once for two seconds). Thread rules: safe from any thread; at most kAtOnce hashes are computed at a time, others
// wait.
#pragma once

#include <semaphore>
#include <string>
#include <string_view>

#include "base/result.h"

namespace greenroom {

inline constexpr size_t kMaxPassword = 1024;  // bytes

class PasswordHasher {
 public:
  static constexpr int kAtOnce = 2;

  Result<std::string> Hash(std::string_view password);
  // With a `hash` of "" (no such user, or one that signs in elsewhere) the same work is done and the answer is false:
  // the time tells nobody whether a user exists.
  Result<bool> Verify(std::string_view password, const std::string& hash);
  // The hash that stands in for "": of the same cost as those that Hash makes, and of no password that anybody knows.
  static std::string_view StandIn();

 private:
  class Place;
  std::counting_semaphore<kAtOnce> places_{kAtOnce};
};

}  // namespace greenroom
