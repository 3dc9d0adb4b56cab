// Whether the time of a refusal tells something: of tokens that begin like a real one against others, and of users
// that exist against others. Exit status 1 when Welch's t of a pair is 4.5 or more.
//
//   bench_login [--tokens N] [--logins N]     // samples of each class
//
// Method: classes in random order, t on all samples and on those below the 99th and the 90th percentile of both classes
// together, so that pauses of the machine neither hide nor make a difference (Reparaz, Balasch and Verbauwhede, "Dude,
// is my code constant time?", 2017).
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>

#include "base/digest.h"
#include "base/random.h"
#include "bench/support.h"
#include "storage/sqlite_store.h"

namespace greenroom {
namespace {

using Nanoseconds = std::vector<double>;
constexpr double kLimit = 4.5;

double TimeOf(const std::function<void()>& work) {
  const auto begun = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begun).count();
}

struct Moments {
  double count = 0, mean = 0, variance = 0;
};

// Of the samples up to `most`.
Moments MomentsOf(const Nanoseconds& samples, double most) {
  Moments moments;
  double squares = 0;
  for (double sample : samples) {
    if (sample > most) continue;
    const double apart = sample - moments.mean;
    moments.mean += apart / ++moments.count;
    squares += apart * (sample - moments.mean);
  }
  moments.variance = moments.count > 1 ? squares / (moments.count - 1) : 0;
  return moments;
}

double WelchT(const Moments& a, const Moments& b) {
  const double error = std::sqrt(a.variance / a.count + b.variance / b.count);
  return error > 0 ? (a.mean - b.mean) / error : 0;
}

using Classes = std::array<Nanoseconds, 2>;

// The figures of one pair of classes; `worst` takes its largest |t|.
Json Compare(const Classes& classes, double& worst) {
  Nanoseconds all = classes[0];
  all.insert(all.end(), classes[1].begin(), classes[1].end());
  std::sort(all.begin(), all.end());
  const double infinity = std::numeric_limits<double>::infinity();
  double t = 0;
  for (double most : {infinity, all[all.size() * 99 / 100], all[all.size() * 90 / 100]}) {
    const double here = WelchT(MomentsOf(classes[0], most), MomentsOf(classes[1], most));
    if (std::abs(here) > std::abs(t)) t = here;
  }
  worst = std::max(worst, std::abs(t));
  const double first = MomentsOf(classes[0], infinity).mean, second = MomentsOf(classes[1], infinity).mean;
  return Json::Object({{"samples", classes[0].size() + classes[1].size()},
                       {"mean_ns", first},
                       {"other_mean_ns", second},
                       {"ratio", first / second},
                       {"t", t}});
}

// As many samples of each class as wanted, in random order.
Classes Sample(size_t count, const std::function<double(size_t kind, size_t n)>& measure) {
  std::mt19937_64 random(7);
  std::vector<uint8_t> order(2 * count, 0);
  std::fill(order.begin() + static_cast<ptrdiff_t>(count), order.end(), 1);
  std::shuffle(order.begin(), order.end(), random);
  Classes classes;
  for (size_t n = 0; n < order.size(); ++n) classes[order[n]].push_back(measure(order[n], n));
  return classes;
}

// Guesses whose first half is that of the real token, and guesses with the first half of tokens that were never given.
// Whichever is measured, both are made and one is copied to the same place, so that the caches know no difference.
Classes SampleTokens(const Accounts& accounts, const std::string& real, size_t count) {
  constexpr size_t kPool = 256;
  std::array<std::vector<std::string>, 2> beginnings;
  for (size_t i = 0; i < kPool; ++i) {
    beginnings[0].push_back(real.substr(0, real.size() / 2));
    beginnings[1].push_back(SecureToken(real.size()).substr(0, real.size() / 2));
  }
  std::array<std::string, 2> guesses;
  std::string guess(real.size(), 'x');
  return Sample(count, [&](size_t kind, size_t n) {
    for (size_t i = 0; i < 2; ++i)
      guesses[i] = (beginnings[i][n % kPool] + Sha256Hex(std::to_string(n))).substr(0, real.size());
    guess = guesses[kind];
    return TimeOf([&] {
      if (accounts.Authenticate({.token = guess}).ok()) std::fprintf(stderr, "a guess was right\n");
    });
  });
}

// A wrong password for a user that exists and for one that does not, each from an address of its own.
Classes SampleLogins(Accounts& accounts, size_t count) {
  return Sample(count, [&](size_t kind, size_t n) {
    const std::string address =
        "10." + std::to_string(n >> 16) + "." + std::to_string((n >> 8) & 255) + "." + std::to_string(n & 255);
    const std::string name = kind == 0 ? "ann" : "bob";
    return TimeOf([&] {
      if (accounts.Login(name, "not the password", address).ok()) std::fprintf(stderr, "a guess was right\n");
    });
  });
}

size_t Count(int argc, char** argv, const char* name, size_t fallback) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], name) == 0) return std::max<size_t>(10, std::strtoul(argv[i + 1], nullptr, 10));
  }
  return fallback;
}

int Main(int argc, char** argv) {
  TemporaryHome home;
  auto store = SqliteStore::Open(home.path() + "/store.db", {});
  if (!store) return std::fprintf(stderr, "%s\n", store.error().message.c_str()), 1;
  Accounts accounts((*store)->accounts(), SystemClock());
  auto first = accounts.EnsureDefaults({.username = "ann", .password = "correct horse battery"});
  if (!first || !first->admin_token) return std::fprintf(stderr, "no first token\n"), 1;

  double worst = 0;
  Json tokens = Compare(SampleTokens(accounts, *first->admin_token, Count(argc, argv, "--tokens", 500'000)), worst);
  Json users = Compare(SampleLogins(accounts, Count(argc, argv, "--logins", 500)), worst);
  std::printf("tokens that begin rightly against others: t %+.2f, ratio %.4f\n", tokens["t"].AsDouble(),
              tokens["ratio"].AsDouble());
  std::printf("users that exist against others:          t %+.2f, ratio %.4f\n", users["t"].AsDouble(),
              users["ratio"].AsDouble());
  return Close(Json::Object({{"tokens", tokens}, {"users", users}, {"worst_t", worst}}), worst < kLimit);
}

}  // namespace
}  // namespace greenroom

int main(int argc, char** argv) { return greenroom::Main(argc, argv); }
