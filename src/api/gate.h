// Gate: the one place where a request meets its route's policy. Nothing reaches a handler without passing here.
//
// Order, and why: find the route (404, 405 need no rights), authenticate (a wrong token is refused even on open routes,
// so that typing errors show), check the policy, then hand over. Upload bodies pass the same check before their first
// byte is read. Every request leaves one access log line; query tokens are never logged.
#pragma once

#include <memory>
#include <string>

#include "accounts/accounts.h"
#include "http/router.h"
#include "http/server.h"

namespace greenroom {

class Gate {
 public:
  Gate(const Router& router, const Accounts& accounts) : router_(router), accounts_(accounts) {}

  void Handle(std::shared_ptr<HttpRequest> request, Responder respond) const;
  // For the server's options.
  size_t BodyLimitFor(const HttpRequest& head) const { return router_.BodyLimitFor(head); }
  Result<std::shared_ptr<BodySink>> BodySinkFor(const HttpRequest& head) const;

 private:
  Result<Principal> Admit(const HttpRequest& request, const Route& route) const;

  const Router& router_;
  const Accounts& accounts_;
};

// Whether a role may use a route of this policy: ok, or unauthenticated / permission_denied. Pure.
Result<void> CheckPolicy(std::string_view policy, const Principal& principal);

}  // namespace greenroom
