#include <map>

#include "api/conversation_query.h"
#include "api/conversation_view.h"
#include "api/routes.h"
#include "http/percent.h"

namespace greenroom {
namespace {

constexpr char kRasaVersion[] = "3.6.21";
constexpr size_t kMaxText = 64u << 10;
constexpr size_t kMaxId = 255;
constexpr JsonLimits kAnswer = {.bytes = 16u << 20, .depth = 64, .nodes = 2'000'000};

// How one route asks the server and reads what it says.
struct RemoteWork {
  Result<RemoteCall> (*ask)(const HttpRequest& request);
  Result<HttpResponse> (*read)(const HttpRequest& request, const RemoteAnswer& answer);
};

Result<std::string> IdOf(const HttpRequest& request) {
  const std::string& id = request.Param("conversation_id");
  if (id.size() <= kMaxId) return id;
  return Error{ErrorCode::kInvalidArgument, "bad_request", "the conversation id is longer than 255 bytes"};
}

Result<RemoteCall> AskMessage(const HttpRequest& request) {
  GR_ASSIGN(std::string id, IdOf(request));
  GR_ASSIGN(Json body, ReadObject(request, {"message", "text", "metadata"}));
  const Json& text = body.Find("message") ? body["message"] : body["text"];
  if (!text.is_string() || text.AsString().size() > kMaxText)
    return Error{ErrorCode::kInvalidArgument, "bad_request", "`message` is needed: a text of at most 64 KiB"};
  Json message = Json::Object({{"sender", id}, {"message", text}});
  if (body["metadata"].is_object()) message.Set("metadata", body["metadata"]);
  RemoteCall call{.method = "POST", .target = "/webhooks/rest/webhook", .body = message.Dump()};
  call.headers.emplace_back("Content-Type", "application/json");
  if (const std::string* key = request.headers.Find("Idempotency-Key"))
    call.headers.emplace_back("Idempotency-Key", *key);
  return call;
}

Result<RemoteCall> AskTracker(const HttpRequest& request) {
  GR_ASSIGN(std::string id, IdOf(request));
  return RemoteCall{.target = "/conversations/" + PercentEncode(id) + "/tracker?include_events=ALL"};
}

Result<Json> ReadAnswer(const RemoteAnswer& answer) {
  auto json = ParseJson(answer.body, kAnswer);
  if (json) return json;
  return Error{ErrorCode::kUnavailable, "remote_broken_answer", "the answer of the environment's server is no JSON"};
}

Result<HttpResponse> ReadReplies(const HttpRequest&, const RemoteAnswer& answer) {
  if (answer.status == 404) {
    return Error{ErrorCode::kUnavailable, "remote_channel_missing",
                 "the server of this environment has no channel `rest`", "add `rest:` to its credentials.yml"};
  }
  GR_ASSIGN(Json replies, ReadAnswer(answer));
  return HttpResponse::Json(answer.status, replies);
}

Result<HttpResponse> ReadTracker(const HttpRequest&, const RemoteAnswer& answer) {
  GR_ASSIGN(Json tracker, ReadAnswer(answer));
  return HttpResponse::Json(answer.status, answer.status == 200 ? ShowConversation(std::move(tracker), {}) : tracker);
}

// As the events of embedded environments look; their numbers are places in the tracker.
Result<HttpResponse> ReadEvents(const HttpRequest& request, const RemoteAnswer& answer) {
  GR_ASSIGN(int64_t after, QueryNumber(request, "after", {.fallback = 0, .low = 0, .high = 1'000'000'000'000}));
  GR_ASSIGN(Json tracker, ReadAnswer(answer));
  if (answer.status != 200) return HttpResponse::Json(answer.status, tracker);
  Json list = Json::List();
  int64_t number = 0;
  for (const Json& event : tracker["events"].array()) {
    if (++number <= after || !event.is_object()) continue;
    Json shown = event;
    shown.Set("seq", number).Set("environment", AskedEnvironment(request));
    list.Append(std::move(shown));
  }
  return HttpResponse::Json(200, list);
}

Result<HttpResponse> ReadMessages(const HttpRequest& request, const RemoteAnswer& answer) {
  GR_ASSIGN(HttpResponse events, ReadEvents(request, answer));
  if (events.status != 200) return events;
  GR_ASSIGN(Json list, ParseJson(events.body, kAnswer));
  return HttpResponse::Json(200, MessagesOf(list));
}

HttpResponse Refusal(const RemoteProblem& problem, const HttpRequest& request) {
  std::string message = problem.message + (problem.help.empty() ? "" : ": " + problem.help);
  return FailureResponse(HttpFailure{.status = problem.status, .reason = problem.reason, .message = std::move(message)},
                         kRasaVersion, request.request_id);
}

HttpResponse Answer(const RemoteWork& work, const HttpRequest& request, const RemoteAnswer& answer) {
  if (auto problem = ProblemOf(answer)) return Refusal(*problem, request);
  auto response = work.read(request, answer);
  if (response) return std::move(*response);
  if (response.error().code != ErrorCode::kUnavailable) return ApiFailure(response.error(), request);
  return Refusal({502, response.error().reason, response.error().message, response.error().help}, request);
}

// What the server had sent before it went away. False when there is nothing of it.
bool IsKept(const ApiServices& services, const HttpRequest& request) {
  auto events = services.turns.Events(
      {.environment = AskedEnvironment(request), .conversation = request.Param("conversation_id")});
  return events && !events->empty();
}

HttpHandler Forwarding(HttpHandler embedded, const ApiServices& services, RemoteWork work) {
  return [embedded = std::move(embedded), services, work](std::shared_ptr<HttpRequest> request, Responder respond) {
    auto target = services.remotes->Find(AskedEnvironment(*request));
    if (!target) return embedded(std::move(request), std::move(respond));
    auto call = work.ask(*request);
    if (!call) return respond(ApiFailure(call.error(), *request));
    bool reads = call->method == "GET";
    call->url = target->url;
    call->token = target->token;
    services.remotes->caller().Call(
        std::move(*call), [embedded, services, work, reads, request, respond](RemoteAnswer answer) {
          // A long tracker takes a while to read; the thread of the calls must not.
          auto kept = std::make_shared<RemoteAnswer>(std::move(answer));
          services.executor.Submit([embedded, services, work, reads, request, respond, kept] {
            if (reads && ProblemOf(*kept) && IsKept(services, *request)) return embedded(request, respond);
            respond(Answer(work, *request, *kept));
          });
        });
  };
}

}  // namespace

std::vector<Route> ForwardConversations(std::vector<Route> routes, const ApiServices& services) {
  static const std::map<std::string, RemoteWork> kWork = {{"send_message", {AskMessage, ReadReplies}},
                                                          {"conversation_events", {AskTracker, ReadEvents}},
                                                          {"conversation_messages", {AskTracker, ReadMessages}},
                                                          {"show_conversation", {AskTracker, ReadTracker}}};
  if (!services.remotes) return routes;
  for (Route& route : routes) {
    auto work = kWork.find(route.name);
    if (work != kWork.end()) route.handler = Forwarding(std::move(route.handler), services, work->second);
  }
  return routes;
}

}  // namespace greenroom
