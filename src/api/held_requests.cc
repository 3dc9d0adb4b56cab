#include "api/held_requests.h"

#include <algorithm>

#include "base/json.h"

namespace greenroom {
namespace {

// Each held request is an open connection; beyond this, clients ask again as others do.
constexpr size_t kMost = 2000;
constexpr int64_t kLongest = 60;

int64_t SecondsOf(const HttpRequest& request) {
  const std::string* given = request.Query("wait");
  if (!given) return 0;
  auto number = ParseJson(*given);
  return number && number->is_int() ? std::clamp<int64_t>(number->AsInt(), 0, kLongest) : 0;
}

struct Pull {
  HttpHandler handler;
  std::shared_ptr<HttpRequest> request;
  Responder respond;
  HeldRequests::Time until;
};

void Attempt(HeldRequests& held, const std::shared_ptr<const Pull>& pull, bool last) {
  uint64_t number = held.Number();
  pull->handler(pull->request, [&held, pull, last, number](HttpResponse response) {
    bool nothing_new = response.status == 204 || response.status == 304 || response.status == 404;
    bool over = last || std::chrono::steady_clock::now() >= pull->until;
    if (!nothing_new || over) return pull->respond(std::move(response));
    held.Hold({number, pull->until}, [&held, pull](bool again_last) { Attempt(held, pull, again_last); });
  });
}

HttpHandler Holding(HttpHandler handler, HeldRequests& held) {
  return [handler = std::move(handler), &held](std::shared_ptr<HttpRequest> request, Responder respond) {
    int64_t seconds = SecondsOf(*request);
    if (seconds <= 0) return handler(std::move(request), std::move(respond));
    auto until = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    Attempt(held, std::make_shared<const Pull>(Pull{handler, std::move(request), std::move(respond), until}), false);
  };
}

}  // namespace

uint64_t HeldRequests::Number() const {
  return state_.With([](const State& state) { return state.number; });
}

size_t HeldRequests::size() const {
  return state_.With([](const State& state) { return state.items.size(); });
}

void HeldRequests::Hold(Since since, Again again) {
  enum class Outcome { kHeld, kAgain, kLast };
  Outcome outcome = state_.With([&](State& state) {
    if (state.closed || state.items.size() >= kMost) return Outcome::kLast;
    if (state.number != since.number) return Outcome::kAgain;
    state.items.push_back({since.until, again});
    return Outcome::kHeld;
  });
  if (outcome != Outcome::kHeld) again(outcome == Outcome::kLast);
}

void HeldRequests::Wake() {
  std::vector<Item> items = state_.With([](State& state) {
    ++state.number;
    return std::exchange(state.items, {});
  });
  for (const Item& item : items) item.again(false);
}

void HeldRequests::Expire(Time now) {
  std::vector<Item> over = state_.With([&](State& state) {
    auto begin = std::partition(state.items.begin(), state.items.end(), [&](const Item& i) { return i.until > now; });
    std::vector<Item> taken(std::make_move_iterator(begin), std::make_move_iterator(state.items.end()));
    state.items.erase(begin, state.items.end());
    return taken;
  });
  for (const Item& item : over) item.again(true);
}

void HeldRequests::Close() {
  std::vector<Item> items = state_.With([](State& state) {
    state.closed = true;
    return std::exchange(state.items, {});
  });
  for (const Item& item : items) item.again(true);
}

std::vector<Route> HoldPulls(std::vector<Route> routes, HeldRequests& held) {
  for (Route& route : routes) {
    if (route.method == "GET" && route.pattern.ends_with("/models/tags/{tag}"))
      route.handler = Holding(std::move(route.handler), held);
  }
  return routes;
}

}  // namespace greenroom
