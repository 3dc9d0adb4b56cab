// HeldRequests: requests that wait for a change instead of asking again and again. No thread waits for them.
//
//   uint64_t number = held.Number();
//   if (nothing new) held.Hold({number, until}, [=](bool last) { answer, or hold again });
//   held.Wake();                                   // something changed: all of them look again
//   held.Expire(clock.Steady());                   // every second: those whose time is over look for the last time
//
// A change between taking the number and holding is not lost: the request then looks again at once.
// Thread rules: all from any thread. What is held runs on the thread that calls Hold, Wake, Expire or Close, and must
// be short.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/mutex.h"
#include "http/router.h"

namespace greenroom {

class HeldRequests {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // `last`: the time is over, or the server is about to end; it must be answered now.
  using Again = std::function<void(bool last)>;

  // Changes so far.
  uint64_t Number() const;
  struct Since {
    uint64_t number = 0;  // of changes when it looked
    Time until = {};
  };
  void Hold(Since since, Again again);
  void Wake();
  void Expire(Time now);
  // Ends the waiting of all; nothing is held afterwards.
  void Close();
  size_t size() const;

 private:
  struct Item {
    Time until;
    Again again;
  };
  struct State {
    uint64_t number = 0;
    bool closed = false;
    std::vector<Item> items;
  };
  Guarded<State> state_;
};

// The routes that give a model by its tag wait with `?wait=SECONDS` (1 to 60) while there is nothing new (204, 304,
// 404), so that a server knows of a promotion at once. `held` outlives the routes.
std::vector<Route> HoldPulls(std::vector<Route> routes, HeldRequests& held);

}  // namespace greenroom
