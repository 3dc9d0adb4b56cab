#include "api/gate.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "api/services.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "channels/rasa_routes.h"

namespace greenroom {
namespace {

bool IsOpen(std::string_view policy) { return policy == "public" || policy == "chat"; }
bool IsSafe(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS"; }

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

// The routes of a Rasa server speak as it does, in refusals too.
bool IsRasaPath(std::string_view path) { return !path.starts_with("/api/") && path != "/api"; }
bool IsRasaRoute(const Route& route) { return IsRasaPath(route.pattern); }

Error NotAllowed() {
  return {ErrorCode::kPermissionDenied, "not_allowed", "you may not do that", "ask an admin for the right"};
}

// The environment that a path is about; nullopt when it names none.
std::optional<std::string> TouchedEnvironment(const Route& route, const PathParams& params) {
  for (const char* name : {"environment", "tag"}) {
    auto found = params.find(name);
    if (found != params.end()) return found->second;
  }
  if (IsRasaRoute(route)) return "production";
  return std::nullopt;
}

// A word of a policy with the parameters of the path put in.
std::string Fill(std::string word, const PathParams& params) {
  size_t open = word.find('{'), close = word.find('}');
  if (open == std::string::npos || close == std::string::npos || close < open) return word;
  auto value = params.find(std::string_view(word).substr(open + 1, close - open - 1));
  // An empty name is no environment, so that the grant then is one that only an admin has.
  return word.replace(open, close - open + 1, value == params.end() ? std::string() : value->second);
}

bool IsOwnConversation(const PathParams& params, const Principal& principal) {
  auto id = params.find("conversation_id");
  bool person = !principal.user.empty() || principal.guest;
  return id != params.end() && person && id->second == principal.name &&
         Allows(principal.grants, "test_conversation.view");
}

bool Holds(const std::string& word, const PathParams& params, const Principal& principal) {
  if (IsOpen(word)) return true;
  if (!principal.authenticated()) return false;
  if (word == "login") return true;
  if (word == "service") {
    return principal.kind == PrincipalKind::kService || principal.kind == PrincipalKind::kEnvironment ||
           Allows(principal.grants, "models.view");
  }
  if (word == "conversation.own") return Allows(principal.grants, "test_conversation.view");
  if (word == "conversation.read")
    return Allows(principal.grants, "conversations.view") || IsOwnConversation(params, principal);
  if (word == "conversation.write")
    return Allows(principal.grants, "clientEvents:create") || IsOwnConversation(params, principal);
  return Allows(principal.grants, Fill(word, params));
}

// Accounts are managed with what does not end up in logs and browser histories.
bool WantsHeader(std::string_view policy) {
  return policy.find("users.") != std::string_view::npos || policy.find("tokens.") != std::string_view::npos ||
         policy.find("audit.") != std::string_view::npos || policy == "login";
}

bool IsKnownWord(const std::string& word, const std::string& pattern) {
  for (const char* known :
       {"public", "chat", "login", "service", "conversation.own", "conversation.read", "conversation.write"})
    if (word == known) return true;
  size_t open = word.find('{'), close = word.find('}');
  if (open == std::string::npos || close == std::string::npos) return CheckGrant(word).ok();
  return pattern.find(word.substr(open, close - open + 1)) != std::string::npos &&
         CheckGrant(word.substr(0, open) + "x" + word.substr(close + 1)).ok();
}

// Browsers send the cookie along with requests that other sites start; only our own pages know the CSRF token.
Result<void> CheckCsrf(const HttpRequest& request, const Principal& principal) {
  if (principal.place != CredentialPlace::kCookie || IsSafe(request.method)) return {};
  std::string wanted = Accounts::CsrfOf(CookieOf(request, kSessionCookie));
  if (IsSameOrigin(request) && SecretEquals(request.headers.Get("X-CSRF-Token"), wanted)) return {};
  return Error{ErrorCode::kPermissionDenied, "csrf_failed", "the CSRF token is missing or wrong",
               "send it as X-CSRF-Token; POST /api/sessions and GET /api/user give it"};
}

Error BadQuery(std::string message, std::string help) {
  return {ErrorCode::kInvalidArgument, "bad_query", std::move(message), std::move(help)};
}

std::string_view Text(const std::string* text) { return text ? std::string_view(*text) : std::string_view(); }

}  // namespace

std::string_view CookieOf(const HttpRequest& request, std::string_view name) {
  for (const auto& [field, value] : request.headers) {
    if (!EqualsIgnoringCase(field, "Cookie")) continue;
    std::string_view left = value;
    while (!left.empty()) {
      std::string_view pair = Trim(left.substr(0, left.find(';')));
      left = left.find(';') == std::string_view::npos ? std::string_view() : left.substr(left.find(';') + 1);
      if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
        return pair.substr(name.size() + 1);
    }
  }
  return "";
}

bool IsSameOrigin(const HttpRequest& request) {
  std::string_view origin = request.headers.Get("Origin");
  if (origin.empty()) return request.headers.Get("Sec-Fetch-Site") != "cross-site";
  size_t host = origin.find("://");
  return host != std::string_view::npos && EqualsIgnoringCase(origin.substr(host + 3), request.headers.Get("Host"));
}

Result<void> CheckPolicy(const Route& route, const PathParams& params, const Principal& principal) {
  if (IsOpen(route.policy)) return {};
  if (!principal.authenticated()) {
    return Error{ErrorCode::kUnauthenticated, "token_needed", "this needs a token",
                 "send the header Authorization: Bearer <token>"};
  }
  if (principal.place == CredentialPlace::kQuery && WantsHeader(route.policy)) {
    return Error{ErrorCode::kUnauthenticated, "header_needed", "a token in the address is not enough here",
                 "send the header Authorization: Bearer <token>"};
  }
  // A guest has the one conversation and nothing else, whatever the words allow to everybody who logged in.
  if (principal.guest && route.policy != "conversation.own" &&
      (!IsOwnConversation(params, principal) || !route.policy.starts_with("conversation.")))
    return NotAllowed();
  if (!principal.environment.empty()) {
    auto touched = TouchedEnvironment(route, params);
    bool anywhere = route.policy == "login" || route.policy == "service";
    if (touched ? *touched != principal.environment : !anywhere) return NotAllowed();
  }
  for (const std::string& word : Split(route.policy, ' '))
    if (!Holds(word, params, principal)) return NotAllowed();
  return {};
}

Result<void> CheckPolicyTexts(const std::vector<Route>& routes) {
  for (const Route& route : routes) {
    for (const std::string& word : Split(route.policy, ' ')) {
      if (IsKnownWord(word, route.pattern)) continue;
      return Error{ErrorCode::kInternal, "bad_route",
                   "the route " + route.name + " has the unknown policy `" + word + "`"};
    }
  }
  return {};
}

Result<void> CheckQuery(const Route& route, const HttpRequest& request) {
  // The routes of a Rasa server are as lenient as it is.
  if (IsRasaRoute(route)) return {};
  std::vector<std::string> known;
  for (const QueryParameter& parameter : route.query) known.push_back(parameter.name);
  for (const auto& [name, value] : request.query) {
    if (request.QueryCount(name) > 1)
      return BadQuery("`" + name + "` is given more than once", "decide for one of its values");
    bool credential = name == "token" || name == "api_token";
    if (route.open_query || credential || std::find(known.begin(), known.end(), name) != known.end()) continue;
    return BadQuery("the parameter `" + name + "` is not known here; " +
                        (known.empty() ? "there are none" : "known: " + Join(known, ", ")),
                    "remove it or correct its name");
  }
  return {};
}

Result<Principal> Gate::Recognise(const HttpRequest& request, const Route& route) const {
  if (IsRasaRoute(route) && IsOpen(route.policy)) return Principal{};
  if (request.headers.Count("Authorization") > 1)
    return Error{ErrorCode::kInvalidArgument, "bad_request", "there are two Authorization headers"};
  Credentials credentials{.authorization = request.headers.Get("Authorization"),
                          .api_token = Text(request.Query("api_token")),
                          .token = Text(request.Query("token")),
                          .address = request.remote_address,
                          .rasa_surface = IsRasaRoute(route)};
  // Rasa's channel takes the JWT of a chat in the address too.
  std::string chat;
  if (route.policy == "conversation.own" && credentials.authorization.empty() &&
      credentials.token.find('.') != std::string_view::npos) {
    chat = "Bearer " + std::string(credentials.token);
    credentials.authorization = chat;
  }
  // Open routes do not look at cookies: a stale one must not keep anybody from logging in.
  // Nor does a foreign page speak for who is logged in here, whatever it may read.
  const bool foreign = IsRasaRoute(route) && !request.headers.Get("Origin").empty() && !IsSameOrigin(request);
  if (!IsOpen(route.policy) && !foreign) credentials.session = CookieOf(request, kSessionCookie);
  return accounts_.Authenticate(credentials);
}

Result<Principal> Gate::Admit(const HttpRequest& request, const RouteMatch& match) const {
  GR_ASSIGN(Principal principal, Recognise(request, *match.route));
  GR_TRY(CheckPolicy(*match.route, match.params, principal));
  GR_TRY(CheckCsrf(request, principal));
  GR_TRY(CheckQuery(*match.route, request));
  return principal;
}

Result<std::shared_ptr<BodySink>> Gate::BodySinkFor(const HttpRequest& head) const {
  RouteMatch match = router_.Find(head);
  if (match.kind != RouteMatch::Kind::kFound || !match.route->body_sink) return std::shared_ptr<BodySink>();
  GR_ASSIGN(Principal principal, Admit(head, match));
  return router_.BodySinkFor(head);
}

void Gate::Handle(std::shared_ptr<HttpRequest> request, Responder respond) const {
  respond = Logged(request, std::move(respond));
  if (cors_.on() && IsRasaPath(request->path)) {
    if (request->method == "OPTIONS") return respond(cors_.Preflight(*request));
    respond = [this, request, respond = std::move(respond)](HttpResponse response) {
      cors_.Mark(*request, response);
      respond(std::move(response));
    };
  }
  RouteMatch match = router_.Find(*request);
  if (match.kind != RouteMatch::Kind::kFound) {
    if (IsRasaPath(request->path)) return respond(RasaNoRoute(match, *request));
    return router_.Dispatch(request, respond, "0.1.0");
  }
  auto principal = Admit(*request, match);
  if (!principal) {
    return respond(IsRasaRoute(*match.route) ? RasaFailure(principal.error(), *request)
                                             : ApiFailure(principal.error(), *request));
  }
  request->params = std::move(match.params);
  SetCaller(*request, std::move(*principal));
  match.route->handler(request, std::move(respond));
}

}  // namespace greenroom
