#include "channels/remote_routes.h"

#include "http/percent.h"

namespace greenroom {
namespace {

constexpr char kRasaVersion[] = "3.6.21";
constexpr char kProduction[] = "production";

bool IsCredential(std::string_view name) { return name == "token" || name == "api_token"; }

std::string TargetOf(const HttpRequest& request) {
  std::string target;
  size_t skipped = request.Param("environment").empty() ? 0 : 2;
  for (size_t i = skipped; i < request.path_segments.size(); ++i)
    target += "/" + PercentEncode(request.path_segments[i]);
  char separator = '?';
  for (const auto& [name, value] : request.query) {
    if (IsCredential(name)) continue;
    target += std::exchange(separator, '&') + PercentEncode(name) + "=" + PercentEncode(value);
  }
  return target;
}

RemoteCall CallFor(const RemoteTarget& target, const HttpRequest& request) {
  RemoteCall call{.method = request.method,
                  .url = target.url,
                  .token = target.token,
                  .target = TargetOf(request),
                  .body = request.body};
  for (const char* name : {"Content-Type", "Idempotency-Key"}) {
    if (const std::string* value = request.headers.Find(name)) call.headers.emplace_back(name, *value);
  }
  return call;
}

// Whatever the other server says it is, it is shown under our address: nothing that a browser would run.
HttpResponse PassOn(RemoteAnswer answer) {
  bool json = answer.content_type.starts_with("application/json");
  return HttpResponse::Text(answer.status, std::move(answer.body),
                            json ? "application/json" : "text/plain; charset=utf-8");
}

HttpHandler Forwarding(HttpHandler embedded, const RemoteServers& servers) {
  return [embedded = std::move(embedded), &servers](std::shared_ptr<HttpRequest> request, Responder respond) {
    const std::string& named = request->Param("environment");
    auto target = servers.Find(named.empty() ? kProduction : named);
    if (!target) return embedded(std::move(request), std::move(respond));
    servers.caller().Call(CallFor(*target, *request), [request, respond](RemoteAnswer answer) {
      auto problem = ProblemOf(answer);
      if (!problem) return respond(PassOn(std::move(answer)));
      std::string message = problem->message + (problem->help.empty() ? "" : ": " + problem->help);
      respond(FailureResponse(
          HttpFailure{.status = problem->status, .reason = problem->reason, .message = std::move(message)},
          kRasaVersion, request->request_id));
    });
  };
}

}  // namespace

std::vector<Route> ForwardRemote(std::vector<Route> routes, const RemoteServers& servers) {
  for (Route& route : routes) {
    // The greeting is of this server; it has no environment.
    if (route.pattern != "/") route.handler = Forwarding(std::move(route.handler), servers);
  }
  return routes;
}

}  // namespace greenroom
