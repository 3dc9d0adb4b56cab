#include "base/random.h"

#include <sys/random.h>

#include <cmath>

#include "base/check.h"
#include "base/text.h"

namespace greenroom {

uint64_t Random::Next() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

uint64_t Random::Below(uint64_t n) {
  uint64_t limit = ~uint64_t{0} - ~uint64_t{0} % n;  // without the uneven rest
  uint64_t value = Next();
  while (value >= limit) value = Next();
  return value % n;
}

double Random::Normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  double x, y, s;
  do {
    x = 2 * Unit() - 1;
    y = 2 * Unit() - 1;
    s = x * x + y * y;
  } while (s >= 1 || s == 0);
  double scale = std::sqrt(-2 * std::log(s) / s);
  spare_ = y * scale;
  has_spare_ = true;
  return x * scale;
}

std::string SecureToken(size_t bytes) {
  std::string raw(bytes, '\0');
  CHECK(::getrandom(raw.data(), bytes, 0) == static_cast<ssize_t>(bytes), "the system gives no random numbers");
  return HexEncode(raw);
}

std::string NewId() { return SecureToken(16); }

}  // namespace greenroom
