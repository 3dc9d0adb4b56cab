#include "accounts/password.h"

#include <sodium.h>

#include <array>
#include <chrono>

namespace greenroom {
namespace {

constexpr unsigned long long kPasses = 2;
constexpr size_t kMemory = 19u << 20;
// The hash of a password that nobody has: what unknown users are compared with. Same parameters as real ones.
constexpr char kNobody[] =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$GpZ3sK/oH9p7VIiV56G/64Zo/8GaUw434IimaPqxwCo";

Error Failed() { return {ErrorCode::kInternal, "hash_failed", "computing the hash of a password failed"}; }

Result<void> CheckSize(std::string_view password) {
  if (password.size() <= kMaxPassword) return {};
  return Error{ErrorCode::kInvalidArgument, "password_too_long", "the password is longer than 1024 bytes"};
}

}  // namespace

// A place among those that hash, given back at the end of the scope.
class PasswordHasher::Place {
 public:
  explicit Place(std::counting_semaphore<kAtOnce>& places)
      : places_(places), taken_(places.try_acquire_for(std::chrono::seconds(2))) {}
  ~Place() {
    if (taken_) places_.release();
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  Result<void> Check() const {
    if (taken_) return {};
    return Error{ErrorCode::kExhausted, "login_busy", "too many logins at once", "try again in a moment"};
  }

 private:
  std::counting_semaphore<kAtOnce>& places_;
  bool taken_;
};

Result<std::string> PasswordHasher::Hash(std::string_view password) {
  GR_TRY(CheckSize(password));
  Place place(places_);
  GR_TRY(place.Check());
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (sodium_init() < 0 || crypto_pwhash_str(hash.data(), password.data(), password.size(), kPasses, kMemory) != 0) {
    return Failed();
  }
  return std::string(hash.data());
}

std::string_view PasswordHasher::StandIn() { return kNobody; }

Result<bool> PasswordHasher::Verify(std::string_view password, const std::string& hash) {
  GR_TRY(CheckSize(password));
  Place place(places_);
  GR_TRY(place.Check());
  if (sodium_init() < 0) return Failed();
  const char* kept = hash.empty() ? StandIn().data() : hash.c_str();
  bool same = crypto_pwhash_str_verify(kept, password.data(), password.size()) == 0;
  return same && !hash.empty();
}

}  // namespace greenroom
