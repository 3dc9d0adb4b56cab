// Gate: the one place where a request meets its route's policy. Nothing reaches a handler without passing here.
//
// Order, and why: find the route (404, 405 need no rights), authenticate (a wrong token is refused even on open routes,
// so that typing errors show; the open routes of a Rasa server look at none, as there), check the policy, then hand
// over. Upload bodies pass the same check before their first byte is read. Parameters of the query that a management
// route does not declare, or that come twice, are refused last: who may not use a route does not learn what it takes.
// Every request leaves one access log line; query tokens are never logged.
//
// A policy is one of these words, or several separated by blanks, of which all must hold:
//   public                       everybody
//   chat                         everybody: a chat channel
//   login                        anybody who proved who they are
//   service                      a token of a service or an environment, or models.view
//   conversation.own             test_conversation.view: the handler gives everybody their own conversation
//   conversation.read            conversations.view; one's own conversation (named like the user) is free to who may
//   conversation.write           clientEvents:create; the same exception
//   models.modify, ...           a grant (accounts/permissions.h)
//   environments.{tag}.write     the same with a parameter of the path
// Tokens of an environment pass only where the path names their environment (or has none: `service`, and the routes of
// a Rasa server at the root, which are production's).
// Errors: token_needed, header_needed, token_invalid (401), not_allowed, csrf_failed (403), bad_query (400). Thread
// rules: safe from any thread.
#pragma once

#include <memory>
#include <string>

#include "accounts/accounts.h"
#include "channels/cors.h"
#include "http/router.h"
#include "http/server.h"

namespace greenroom {

class Gate {
 public:
  // `cors` counts for the routes of a Rasa server; pages of other sites never read those below /api.
  Gate(const Router& router, const Accounts& accounts, CorsPolicy cors = {})
      : router_(router), accounts_(accounts), cors_(std::move(cors)) {}

  void Handle(std::shared_ptr<HttpRequest> request, Responder respond) const;
  // For the server's options.
  size_t BodyLimitFor(const HttpRequest& head) const { return router_.BodyLimitFor(head); }
  Result<std::shared_ptr<BodySink>> BodySinkFor(const HttpRequest& head) const;

 private:
  Result<Principal> Admit(const HttpRequest& request, const RouteMatch& match) const;
  Result<Principal> Recognise(const HttpRequest& request, const Route& route) const;

  const Router& router_;
  const Accounts& accounts_;
  CorsPolicy cors_;
};

// Parameters of a path by name.
using PathParams = std::map<std::string, std::string, std::less<>>;

// Whether a caller may use a route: ok, or unauthenticated / permission_denied. Pure.
Result<void> CheckPolicy(const Route& route, const PathParams& params, const Principal& principal);
// Whether all policies of a table are words that the gate knows, about parameters that their paths have. Error:
// bad_route. For start-up.
Result<void> CheckPolicyTexts(const std::vector<Route>& routes);

// Whether the query of a management route holds only what the route declares, each once. Error: bad_query. Pure.
Result<void> CheckQuery(const Route& route, const HttpRequest& request);

// The name of the cookie of browser sessions. The prefix binds it to this host and to secure connections.
inline constexpr char kSessionCookie[] = "__Host-greenroom";
// The value of a cookie; "" when absent.
std::string_view CookieOf(const HttpRequest& request, std::string_view name);
// False when a browser says that the request comes from a page of another site.
bool IsSameOrigin(const HttpRequest& request);

}  // namespace greenroom
