// The HTTP surface of a Rasa server, once at the root for `production` and once under /environments/{environment} for
// each: REST channel, parse, status, version, tracker, messages.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "http/router.h"
#include "serving/turn_service.h"

namespace greenroom {

// Policies that routes name; the gate in api/ enforces them.
inline constexpr char kPolicyPublic[] = "public";  // everybody
inline constexpr char kPolicyChat[] = "chat";      // everybody: a chat channel
// The HTTP API proper: the token of the environment's servers has all of these for its own environment.
inline constexpr char kPolicyParse[] = "test_conversation.view";
inline constexpr char kPolicyStatus[] = "models.view";
inline constexpr char kPolicyRead[] = "conversation.read";
inline constexpr char kPolicyWrite[] = "conversation.write";

// What the routes stand on; all outlive them.
struct ChannelServices {
  TurnService& turns;
  Environments& environments;
  Executor& executor;
  // Who asks, for the audit log; "" = nobody known.
  std::function<std::string(const HttpRequest&)> actor;
  // Trainings that run now.
  std::function<int64_t()> active_trainings;
};

std::vector<Route> RasaRoutes(const ChannelServices& services);

// Rasa's error body for these routes: its own reason names, plus ours under details.reason. A body that is no JSON is
// answered as the framework of a Rasa server answers it: {"description", "status", "message"}.
HttpResponse RasaFailure(const Error& error, const HttpRequest& request);
// The answer where there is no route of a Rasa server, or none with this method.
HttpResponse RasaNoRoute(const RouteMatch& match, const HttpRequest& request);

}  // namespace greenroom
