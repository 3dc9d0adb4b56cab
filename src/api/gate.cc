#include "api/gate.h"

#include <chrono>

#include "api/services.h"
#include "base/log.h"

namespace greenroom {
namespace {

bool IsOpen(std::string_view policy) { return policy == "public" || policy == "chat"; }

Responder Logged(std::shared_ptr<HttpRequest> request, Responder respond) {
  if (!LogEnabled(LogLevel::kDebug)) return respond;
  auto begun = std::chrono::steady_clock::now();
  return [request, respond = std::move(respond), begun](HttpResponse response) {
    auto micros =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun).count();
    Log(LogLevel::kDebug, "request",
        {{"request", request->request_id},
         {"method", request->method},
         {"path", request->path},
         {"status", std::to_string(response.status)},
         {"us", std::to_string(micros)}});
    respond(std::move(response));
  };
}

}  // namespace

Result<void> CheckPolicy(std::string_view policy, const Principal& principal) {
  if (IsOpen(policy)) return {};
  if (!principal.role) {
    return Error{ErrorCode::kUnauthenticated, "token_needed", "this needs a token",
                 "send the header Authorization: Bearer <token>"};
  }
  if (policy == "token" || *principal.role == Role::kAdmin) return {};
  return Error{ErrorCode::kPermissionDenied, "not_allowed", "this token may not do that", "ask an admin"};
}

Result<Principal> Gate::Admit(const HttpRequest& request, const Route& route) const {
  const std::string* query_token = request.Query("token");
  auto principal = accounts_.Authenticate(request.headers.Get("Authorization"), query_token ? *query_token : "");
  if (!principal && IsOpen(route.policy)) return Principal{};
  if (!principal) return std::move(principal).error();
  GR_TRY(CheckPolicy(route.policy, *principal));
  return *principal;
}

Result<std::shared_ptr<BodySink>> Gate::BodySinkFor(const HttpRequest& head) const {
  RouteMatch match = router_.Find(head);
  if (match.kind != RouteMatch::Kind::kFound || !match.route->body_sink) return std::shared_ptr<BodySink>();
  GR_ASSIGN(Principal principal, Admit(head, *match.route));
  return router_.BodySinkFor(head);
}

void Gate::Handle(std::shared_ptr<HttpRequest> request, Responder respond) const {
  respond = Logged(request, std::move(respond));
  RouteMatch match = router_.Find(*request);
  if (match.kind != RouteMatch::Kind::kFound) return router_.Dispatch(request, respond, "0.1.0");
  auto principal = Admit(*request, *match.route);
  if (!principal) return respond(ApiFailure(principal.error(), *request));
  request->params = std::move(match.params);
  SetActor(*request, principal->name);
  match.route->handler(request, std::move(respond));
}

}  // namespace greenroom
