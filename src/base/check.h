// CHECK: broken invariants of our own code abort in every build, with a reason. User input can never reach one.
//
//   CHECK(index < nodes.size(), "the tree is built before it is read");
//
// The condition must have no side effects that later code needs. Prints file, line, condition and reason first.
#pragma once

#include <cstdio>
#include <cstdlib>

#define CHECK(condition, why)                                                                          \
  do {                                                                                                 \
    if (!(condition)) {                                                                                \
      std::fprintf(stderr, "%s:%d: invariant broken: %s (%s)\n", __FILE__, __LINE__, #condition, why); \
      std::abort();                                                                                    \
    }                                                                                                  \
  } while (false)
