#include "accounts/login_guard.h"

#include <algorithm>
#include <utility>

namespace greenroom {
namespace {

std::string PairKey(const std::string& account, const std::string& address) { return address + "\n" + account; }

}  // namespace

bool LoginGuard::Take(Buckets& buckets, const std::string& key, double burst, Time now) {
  auto [found, fresh] = buckets.try_emplace(key, Bucket{burst, now});
  Bucket& bucket = found->second;
  std::chrono::duration<double> passed = now - bucket.at;
  bucket.left = std::min(burst, bucket.left + passed.count() * burst / 60);
  bucket.at = now;
  if (bucket.left < 1) return false;
  bucket.left -= 1;
  return true;
}

Result<void> LoginGuard::Admit(const std::string& account, const std::string& address, Time now) {
  bool admitted = buckets_.With([&](Buckets& buckets) {
    if (buckets.size() > kMostBuckets) {
      std::erase_if(buckets, [&](const auto& entry) { return now - entry.second.at > std::chrono::minutes(1); });
    }
    if (buckets.size() > kMostBuckets) return false;
    return Take(buckets, address, kAddressBurst, now) && Take(buckets, PairKey(account, address), kPairBurst, now);
  });
  if (admitted) return {};
  return Error{ErrorCode::kExhausted, "too_many_logins", "too many attempts to log in", "wait a minute"};
}

void LoginGuard::Succeeded(const std::string& account, const std::string& address) {
  buckets_.With([&](Buckets& buckets) { buckets.erase(PairKey(account, address)); });
}

std::optional<int64_t> LoginGuard::MayRecord(Time now) {
  return records_.With([&](Records& records) -> std::optional<int64_t> {
    if (Take(records.bucket, "", kRecordBurst, now)) return std::exchange(records.left_out, 0);
    ++records.left_out;
    return std::nullopt;
  });
}

}  // namespace greenroom
