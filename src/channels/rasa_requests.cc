#include "channels/rasa_requests.h"

#include <algorithm>

namespace greenroom {
namespace {

constexpr size_t kMaxEvents = 10'000;  // of one request
constexpr double kLatestTime = 1e11;   // seconds; the year 5138

}  // namespace

std::string EnvironmentOf(const HttpRequest& request) {
  const std::string& named = request.Param("environment");
  return named.empty() ? "production" : named;
}

ConversationKey KeyOf(const HttpRequest& request) {
  return {.environment = EnvironmentOf(request), .conversation = request.Param("conversation_id")};
}

Error BadBody(std::string message, std::string parameter) {
  return {ErrorCode::kInvalidArgument, "bad_request", std::move(message),
          "send a JSON object as the API description says", std::move(parameter)};
}

Error BadQuery(std::string message, std::string parameter) {
  return {ErrorCode::kInvalidArgument, "bad_query", std::move(message), "", std::move(parameter)};
}

Error TooLarge(const char* reason, std::string message) {
  return {ErrorCode::kInvalidArgument, reason, std::move(message)};
}

Result<Json> ReadBody(const HttpRequest& request) {
  GR_ASSIGN(Json body, ParseJson(request.body));
  if (!body.is_object()) return BadBody("the body must be a JSON object");
  return body;
}

Result<std::string> TextMember(const Json& body, const char* name, const std::string& fallback) {
  const Json* member = body.Find(name);
  if (!member || member->is_null()) return fallback;
  if (!member->is_string()) return BadBody(std::string("`") + name + "` must be a string", name);
  return member->AsString();
}

Result<std::string> ReadMessageText(const Json& body, const char* name) {
  const std::string shown = std::string("`") + name + "`";
  if (body[name].is_null()) return Error{ErrorCode::kInvalidArgument, "missing_field", shown + " is needed", "", name};
  GR_ASSIGN(std::string text, TextMember(body, name, ""));
  if (text.size() > kMaxMessageText) return TooLarge("message_too_long", shown + " is longer than 64 KiB");
  if (text.find('\0') != std::string::npos)
    return Error{ErrorCode::kInvalidArgument, "control_character", shown + " holds a NUL"};
  return text;
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

Result<void> CheckId(const std::string& id, const char* name) {
  const bool sound = !id.empty() && id.size() <= kMaxIdBytes && std::none_of(id.begin(), id.end(), IsControl);
  if (sound) return {};
  return Error{ErrorCode::kInvalidArgument, "bad_conversation_id",
               std::string("`") + name + "` must have 1 to 255 bytes and no control characters"};
}

Result<EventScope> ReadScope(const HttpRequest& request) {
  const std::string* named = request.Query("include_events");
  if (!named || *named == "AFTER_RESTART") return EventScope::kAfterRestart;
  if (*named == "ALL") return EventScope::kAll;
  if (*named == "APPLIED") return EventScope::kApplied;
  if (*named == "NONE") return EventScope::kNone;
  return BadQuery("`include_events` must be NONE, APPLIED, AFTER_RESTART or ALL", "include_events");
}

Result<std::optional<double>> ReadUntil(const HttpRequest& request) {
  const std::string* named = request.Query("until");
  if (!named) return std::optional<double>();
  auto number = ParseJson(*named);
  if (!number || !number->is_number() || number->AsDouble() < 0 || number->AsDouble() > kLatestTime)
    return BadQuery("`until` must be a time in seconds since 1970", "until");
  return std::optional<double>(number->AsDouble());
}

Result<bool> ReadFlag(const HttpRequest& request, const char* name) {
  const std::string* named = request.Query(name);
  if (!named || *named == "false" || *named == "False" || *named == "0") return false;
  if (*named == "true" || *named == "True" || *named == "1") return true;
  return BadQuery(std::string("`") + name + "` must be true or false", name);
}

Result<std::vector<Event>> ReadEvents(const HttpRequest& request, EventsForm form) {
  GR_ASSIGN(Json body, ParseJson(request.body, {.bytes = 1u << 20, .depth = 64, .nodes = 1'000'000}));
  const bool one = form == EventsForm::kOneOrMore;
  if (one && body.is_object()) body = Json::List({body});
  if (!body.is_array() || (one && body.size() == 0))
    return BadBody(one ? "the body must be an event or a list of events" : "the body must be a list of events");
  if (body.size() > kMaxEvents) return TooLarge("too_many_events", "a request may bring at most 10,000 events");
  std::vector<Event> events;
  for (const Json& json : body.array()) {
    auto event = EventFromJson(json);
    if (!event) {
      return Error{ErrorCode::kInvalidArgument, "bad_event",
                   "event " + std::to_string(events.size()) + " of the list: " + event.error().message,
                   event.error().help};
    }
    events.push_back(std::move(*event));
  }
  return events;
}

}  // namespace greenroom
