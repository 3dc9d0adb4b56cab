#include "api/services.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "training/train_model.h"

namespace greenroom {

const Principal& PrincipalOf(const HttpRequest& request) {
  static const Principal kAnonymous;
  return request.caller ? *static_cast<const Principal*>(request.caller.get()) : kAnonymous;
}

void SetCaller(HttpRequest& request, Principal principal) {
  request.caller = std::make_shared<const Principal>(std::move(principal));
}

const std::string& ActorOf(const HttpRequest& request) { return PrincipalOf(request).name; }

ChangedBy ByOf(const HttpRequest& request) {
  return {.actor = ActorOf(request), .address = PrincipalOf(request).address};
}

Result<void> Require(const HttpRequest& request, std::string_view grant) {
  if (Allows(PrincipalOf(request).grants, grant)) return {};
  return Error{ErrorCode::kPermissionDenied, "not_allowed", "this needs the right " + std::string(grant),
               "ask an admin for it"};
}

HttpHandler OnExecutor(const ApiServices& services, BlockingHandler handler) {
  Executor& executor = services.executor;
  return [&executor, handler = std::move(handler)](std::shared_ptr<HttpRequest> request, Responder respond) {
    executor.Submit([request, respond, handler] {
      auto response = handler(*request);
      respond(response ? std::move(*response) : ApiFailure(response.error(), *request));
    });
  };
}

HttpHandler Bind(const ApiServices& services, Result<HttpResponse> (*handle)(const ApiServices&, const HttpRequest&)) {
  return OnExecutor(services, [services, handle](const HttpRequest& request) { return handle(services, request); });
}

Result<Json> ReadObject(const HttpRequest& request, const std::vector<std::string>& allowed) {
  if (request.body.empty()) return Json::Object();
  GR_ASSIGN(Json body, ParseJson(request.body));
  if (!body.is_object()) {
    return Error{ErrorCode::kInvalidArgument, "bad_request", "the body must be a JSON object"};
  }
  for (const auto& [key, value] : body.members()) {
    if (std::find(allowed.begin(), allowed.end(), key) != allowed.end()) continue;
    return Error{ErrorCode::kInvalidArgument, "unknown_field",
                 "the member `" + key + "` is not known here; known: " + Join(allowed, ", "),
                 "remove it or correct its name"};
  }
  return body;
}

HttpResponse ApiFailure(const Error& error, const HttpRequest& request) {
  int status = HttpStatus(error);
  Error shown = error;
  if (status == 500) {
    Log(LogLevel::kError, "request_failed",
        {{"request", request.request_id},
         {"path", request.path},
         {"reason", error.reason},
         {"message", error.message}});
    shown.message = "something went wrong on the server; the log has more under this request id";
  }
  Json body = Json::Object({{"version", std::string(EngineVersion())},
                            {"status", "failure"},
                            {"reason", WireReason(shown.reason)},
                            {"message", shown.message},
                            {"help", shown.help},
                            {"code", status},
                            {"request_id", request.request_id}});
  // What clients of Rasa X look for.
  if (status == 401) body.Set("exception", "Unauthorized").Set("reasons", Json::List({Json(shown.message)}));
  HttpResponse response = HttpResponse::Json(status, body);
  if (status == 401) response.headers.Set("WWW-Authenticate", "Bearer");
  if (status == 429 || status == 503) response.headers.Set("Retry-After", "1");
  return response;
}

Result<std::string> AssistantOf(const HttpRequest& request) {
  const std::string& project = request.Param("project");
  if (project.empty() || project == "default") return std::string("default");
  return Error{ErrorCode::kNotFound, "project_not_found", "there is no project `" + project + "`",
               "the project is called `default`"};
}

Result<int64_t> QueryNumber(const HttpRequest& request, std::string_view name, NumberRange range) {
  const std::string* given = request.Query(name);
  if (!given) return range.fallback;
  auto number = ParseJson(*given);
  if (!number || !number->is_int() || number->AsInt() < range.low || number->AsInt() > range.high) {
    return Error{ErrorCode::kInvalidArgument, "bad_query",
                 "`" + std::string(name) + "` must be a whole number from " + std::to_string(range.low) + " to " +
                     std::to_string(range.high)};
  }
  return number->AsInt();
}

Result<PageBounds> ReadPageBounds(const HttpRequest& request, NumberRange limit) {
  PageBounds bounds;
  GR_ASSIGN(bounds.limit, QueryNumber(request, "limit", limit));
  GR_ASSIGN(bounds.offset, QueryNumber(request, "offset", {.fallback = 0, .low = 0, .high = 1'000'000'000}));
  return bounds;
}

HttpResponse PageOf(const Json& list, int64_t total) {
  HttpResponse response = HttpResponse::Json(200, list);
  response.headers.Set("X-Total-Count", std::to_string(total));
  return response;
}

Result<HttpResponse> Page(const HttpRequest& request, const std::vector<Json>& all) {
  GR_ASSIGN(PageBounds bounds, ReadPageBounds(request, {.fallback = 1000, .low = 1, .high = 10'000}));
  Json list = Json::List();
  for (auto i = static_cast<size_t>(bounds.offset); i < all.size() && list.size() < static_cast<size_t>(bounds.limit);
       ++i)
    list.Append(all[i]);
  return PageOf(list, static_cast<int64_t>(all.size()));
}

std::vector<QueryParameter> PagingWith(std::vector<QueryParameter> others) {
  others.insert(others.begin(), {{"limit", "How many at most", "integer"}, {"offset", "How many to skip", "integer"}});
  return others;
}

Json SchemaOf(std::initializer_list<Json::Member> properties) {
  return Json::Object({{"type", "object"}, {"properties", Json::Object(properties)}, {"additionalProperties", false}});
}

Json TypeOf(const char* type) { return Json::Object({{"type", type}}); }

}  // namespace greenroom
