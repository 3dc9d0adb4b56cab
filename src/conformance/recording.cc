#include "conformance/recording.h"

#include <algorithm>

#include "base/files.h"
#include "base/text.h"

namespace greenroom::conformance {
namespace {

constexpr JsonLimits kRecordingLimits{.bytes = 256u << 20, .depth = 400, .nodes = 40'000'000};

Json ReadJson(std::string_view text) {
  Result<Json> json = ParseJson(text, kRecordingLimits);
  return json.ok() ? std::move(json).value() : Json();
}

bool IsUserEvent(const Json& event) { return event["event"].AsString() == "user"; }

bool IsTriggered(const Json& event) { return IsUserEvent(event) && event["metadata"]["is_external"].AsBool(); }

bool IsLearnedPolicy(const std::string& policy) { return policy == "TEDPolicy" || policy == "UnexpecTEDIntentPolicy"; }

// The recorder's server turned "in 1.5 s" into a date; which one is not compared.
Json WithDates(Json reply) {
  Json* events = reply.Find("events");
  if (events == nullptr || !events->is_array()) return reply;
  for (Json& event : events->MutableArray()) {
    if (event["date_time"].AsString().starts_with("in ")) event.Set("date_time", "2199-01-01T00:00:00");
  }
  return reply;
}

}  // namespace

Json ReadJsonFile(const std::filesystem::path& path) {
  Result<std::string> text = ReadFile(path.string());
  return text.ok() ? ReadJson(*text) : Json();
}

std::vector<Json> ReadJsonLines(const std::filesystem::path& path) {
  std::vector<Json> lines;
  Result<std::string> text = ReadFile(path.string());
  if (!text.ok()) return lines;
  for (size_t begin = 0; begin < text->size();) {
    const size_t end = std::min(text->find('\n', begin), text->size());
    const std::string_view line = Trim(std::string_view(*text).substr(begin, end - begin));
    if (!line.empty()) lines.push_back(ReadJson(line));
    begin = end + 1;
  }
  return lines;
}

std::vector<std::filesystem::path> FoldersOf(const std::filesystem::path& root) {
  std::vector<std::filesystem::path> folders;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(root, error)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

bool IsTurn(const Json& turn) {
  const bool asked = turn.Find("message") != nullptr || turn.Find("trigger") != nullptr;
  return asked && turn.Find("exception") == nullptr && !IsHole(turn);
}

bool IsHole(const Json& turn) {
  const bool asked = turn.Find("message") != nullptr;
  return asked && turn.Find("exception") == nullptr && !HasEvent(turn, "user");
}

bool HasEvent(const Json& turn, std::string_view type) {
  const auto& events = turn["events"].array();
  return std::any_of(events.begin(), events.end(),
                     [&](const Json& event) { return event["event"].AsString() == type; });
}

bool IsLearnedTurn(const Json& turn) {
  const auto& events = turn["events"].array();
  return std::any_of(events.begin(), events.end(), [](const Json& event) {
    const std::string& policy = event["policy"].AsString();
    const std::string& kind = event["event"].AsString();
    // A fallback wins only where every model that learns was unsure.
    const bool fell_back = kind == "action" && policy == "RulePolicy" && event["confidence"].AsDouble(1) < 1;
    // An action that was predicted and then refused to run was decided upon just as well.
    return fell_back || ((kind == "action" || kind == "action_execution_rejected") && IsLearnedPolicy(policy));
  });
}

std::vector<Json> TurnsOf(const Json& recorded) {
  const auto& events = recorded["events"].array();
  const auto first = std::find_if(events.begin(), events.end(), IsUserEvent);
  const bool fired = first != events.end() && IsTriggered(*first) && recorded.Find("message") != nullptr;
  const auto second = fired ? std::find_if(first + 1, events.end(), IsUserEvent) : events.end();
  if (second == events.end()) return {recorded};
  Json reminder = recorded, message = recorded;
  for (const char* state : {"message", "slots", "active_loop", "paused", "responses"}) reminder.Erase(state);
  reminder.Set("trigger", (*first)["parse_data"]["intent"]).Set("events", Json::Array(events.begin(), second));
  message.Set("events", Json::Array(second, events.end())).Erase("responses");
  return {std::move(reminder), std::move(message)};
}

const Json* RecordedUserEvent(const Json& turn) {
  const auto& events = turn["events"].array();
  const auto user = std::find_if(events.begin(), events.end(), IsUserEvent);
  return user == events.end() ? nullptr : &*user;
}

CallAnswer RecordedCalls::Answer(const TurnCall& call) {
  for (size_t i = 0; i < used_.size(); ++i) {
    const Json& recorded = calls_.array()[i];
    if (used_[i] || recorded["next_action"].AsString() != call.action) continue;
    used_[i] = true;
    return {.status = static_cast<int>(recorded["status"].AsInt(200)), .body = WithDates(recorded["reply"])};
  }
  unexpected_ += "unexpected call of " + call.action + "; ";
  return {.status = 404};
}

std::string RecordedCalls::Problems() const {
  std::string text = unexpected_;
  for (size_t i = 0; i < used_.size(); ++i) {
    if (!used_[i]) text += "missing call of " + calls_.array()[i]["next_action"].AsString() + "; ";
  }
  return text;
}

}  // namespace greenroom::conformance
