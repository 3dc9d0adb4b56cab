// What requests to the surface of a Rasa server say: bodies, ids, events and query parameters, checked.
//
//   GR_ASSIGN(Json body, ReadBody(request));
//   GR_ASSIGN(EventScope scope, ReadScope(request));
//
// Errors: kInvalidArgument with the reasons bad_request, bad_query, bad_conversation_id, bad_event, too_many_events and
// those of the JSON reader. Thread rules: pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "conversation/tracker.h"
#include "conversation/turn_store.h"
#include "http/message.h"

namespace greenroom {

inline constexpr size_t kMaxMessageText = 64u << 10;  // bytes
inline constexpr size_t kMaxIdBytes = 255;

// The environment that a path names; "production" when it names none.
std::string EnvironmentOf(const HttpRequest& request);
ConversationKey KeyOf(const HttpRequest& request);

// `parameter` is the member of the body, or the parameter of the query, that is wrong; "" when it is none alone.
Error BadBody(std::string message, std::string parameter = "");
Error BadQuery(std::string message, std::string parameter);
Error TooLarge(const char* reason, std::string message);

// The object of the body.
Result<Json> ReadBody(const HttpRequest& request);
// A text member; the fallback when it is missing or null.
Result<std::string> TextMember(const Json& body, const char* name, const std::string& fallback);
// The text that a user says, under this name. Lines and tabs are part of what people write; a NUL is not, and some
// stores cannot keep it. Errors also: missing_field, message_too_long, control_character.
Result<std::string> ReadMessageText(const Json& body, const char* name);
// Ids end up in logs, file names of exports and addresses: one line, nothing that steers a terminal.
Result<void> CheckId(const std::string& id, const char* name);
bool IsControl(char c);

// `include_events`: NONE, APPLIED, AFTER_RESTART (when it is missing), ALL.
Result<EventScope> ReadScope(const HttpRequest& request);
// `until`: seconds since 1970.
Result<std::optional<double>> ReadUntil(const HttpRequest& request);
// A query parameter that says true or false in one of Rasa's spellings; false when it is missing.
Result<bool> ReadFlag(const HttpRequest& request, const char* name);
// A list of events, or one event where a list is not `required`. A list of none is allowed.
enum class EventsForm { kOneOrMore, kList };
Result<std::vector<Event>> ReadEvents(const HttpRequest& request, EventsForm form);

}  // namespace greenroom
