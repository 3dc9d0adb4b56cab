#include "conformance/comparison.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace greenroom::conformance {
namespace {

constexpr size_t kShownEvents = 4, kShownBytes = 400;

bool HasVariations(const Domain& domain, const Json& event) {
  const auto at = domain.responses.find(event["metadata"]["utter_action"].AsString());
  return at != domain.responses.end() && at->second.size() > 1;
}

Json ComparableEntities(const Json& entities) {
  Json kept = Json::List();
  for (const Json& entity : entities.array()) {
    kept.Append(Json::Object({{"entity", entity["entity"]},
                              {"value", entity["value"]},
                              {"role", entity["role"]},
                              {"group", entity["group"]}}));
  }
  return kept;
}

Json ComparableUser(const Json& event) {
  return Json::Object({{"event", "user"},
                       {"text", event["text"]},
                       {"intent", event["parse_data"]["intent"]["name"]},
                       {"entities", ComparableEntities(event["parse_data"]["entities"])},
                       {"input_channel", event["input_channel"]},
                       {"is_external", event["metadata"]["is_external"]}});
}

bool IsLearned(const std::string& policy) { return policy == "TEDPolicy" || policy == "UnexpecTEDIntentPolicy"; }

void KeepMetadata(Json& event) {
  Json metadata = event["metadata"];
  for (const char* key : {"model_id", "assistant_id", "message_id", "timestamp"}) metadata.Erase(key);
  event.Erase("metadata");
  if (metadata.size() > 0) event.Set("metadata", metadata);
}

Json Comparable(const Json& event, const Domain& domain) {
  const std::string& type = event["event"].AsString();
  if (type == "user") return ComparableUser(event);
  // What a cancellation cancels was not recorded.
  if (type == "cancel_reminder") return Json::Object({{"event", type}});
  Json kept = event;
  kept.Erase("timestamp");
  KeepMetadata(kept);
  if (type == "reminder") kept.Erase("date_time");  // depends on the day of the recording
  if (type == "action" && IsLearned(event["policy"].AsString())) {
    kept.Erase("confidence");
    kept.Erase("metadata");
  } else if (event["confidence"].is_number()) {
    kept.Set("confidence", std::round(event["confidence"].AsDouble() * 1000) / 1000);
  }
  if (type == "bot" && HasVariations(domain, event)) {
    kept.Erase("text");
    kept.Erase("data");
    kept.Set("metadata", event["metadata"]["utter_action"]);
  }
  return kept;
}

// Our own event of a failed action says more than the recording could.
Json::Array EventsOf(const TurnProgress& ours) {
  Json::Array events;
  for (const Event& event : ours.events) {
    if (event.As<ActionFailed>() == nullptr) events.push_back(EventToJson(event));
  }
  return events;
}

std::vector<std::string> ComparableLines(const Json::Array& events, const Domain& domain) {
  std::vector<std::string> lines;
  for (const Json& event : events) lines.push_back(ComparableEvent(event, domain));
  return lines;
}

std::string Shown(const std::vector<std::string>& want, const std::vector<std::string>& got) {
  size_t same = 0;
  while (same < want.size() && same < got.size() && want[same] == got[same]) ++same;
  std::string text = "    from event " + std::to_string(same + 1) + " on\n";
  for (size_t i = same; i < std::min(want.size(), same + kShownEvents); ++i)
    text += "      recorded: " + want[i].substr(0, kShownBytes) + "\n";
  if (same >= want.size()) text += "      recorded: nothing more\n";
  for (size_t i = same; i < std::min(got.size(), same + kShownEvents); ++i)
    text += "      ours:     " + got[i].substr(0, kShownBytes) + "\n";
  if (same >= got.size()) text += "      ours:     nothing more\n";
  return text;
}

std::string Shown(const char* what, const std::string& want, const std::string& got) {
  return std::string("    ") + what + "\n      recorded: " + want.substr(0, 2 * kShownBytes) +
         "\n      ours:     " + got.substr(0, 2 * kShownBytes) + "\n";
}

Json SetSlots(const Tracker& tracker) {
  Json slots = Json::Object();
  for (const auto& [name, value] : tracker.slots()) {
    if (!value.is_null()) slots.Set(name, value);
  }
  return slots;
}

// Where the recorder wrote down the state after the turn. "" = the same.
std::string StateDifference(const Json& turn, const Tracker& after) {
  if (turn.Find("slots") == nullptr) return "";
  if (const Json slots = SetSlots(after); !(slots == turn["slots"]))
    return Shown("slots", turn["slots"].Dump(), slots.Dump());
  const Json& loop = turn["active_loop"];
  if (after.loop().name != loop["name"].AsString()) return Shown("active loop", loop.Dump(), after.loop().name);
  if (!after.loop().name.empty() && after.loop().rejected != loop["rejected"].AsBool())
    return Shown("rejected loop", loop["rejected"].Dump(), after.loop().rejected ? "true" : "false");
  if (after.paused() != turn["paused"].AsBool())
    return Shown("paused", turn["paused"].Dump(), after.paused() ? "true" : "false");
  return "";
}

// A reminder that fires later speaks through the channel of the turn that set it, after what the turn said.
bool IsBegunBy(const Json& recorded, const Json& said, const Tracker& after) {
  const auto is_reminder = [](const Event& event) { return event.As<ReminderScheduled>() != nullptr; };
  if (std::none_of(after.events().begin(), after.events().end(), is_reminder)) return false;
  const auto &theirs = recorded.array(), &ours = said.array();
  return ours.size() <= theirs.size() && std::equal(ours.begin(), ours.end(), theirs.begin());
}

}  // namespace

std::string ComparableEvent(const Json& event, const Domain& domain) {
  return Comparable(event, domain).DumpPythonSorted();
}

std::vector<std::string> ActionsOf(const Json::Array& events) {
  std::vector<std::string> names;
  for (const Json& event : events) {
    if (event["event"].AsString() != "action") continue;
    names.push_back(event["name"].is_null() ? event["action_text"].AsString() : event["name"].AsString());
  }
  return names;
}

TurnDifference CompareTurns(const Json& turn, const TurnProgress& ours, const Tracker& before, const Domain& domain) {
  TurnDifference difference;
  const Json::Array events = EventsOf(ours);
  const std::vector<std::string> want = ComparableLines(turn["events"].array(), domain);
  const std::vector<std::string> got = ComparableLines(events, domain);
  difference.same_actions = ActionsOf(turn["events"].array()) == ActionsOf(events);
  difference.same_events = want == got;
  if (!difference.same_events) difference.text += Shown(want, got);
  difference.only_listen = got.size() == want.size() + 1 && std::equal(want.begin(), want.end(), got.begin()) &&
                           events.back()["name"].AsString() == "action_listen" && events.back()["policy"].is_null();
  const auto varies = [&](const Json& event) { return HasVariations(domain, event); };
  const bool drawn = std::any_of(events.begin(), events.end(), varies) ||
                     std::any_of(turn["events"].array().begin(), turn["events"].array().end(), varies);
  Tracker after = before;
  for (const Event& event : ours.events) after.Apply(event);
  const Json said = MessagesToRest(ours.messages, before.conversation_id());
  const Json* recorded = turn.Find("responses");
  difference.same_responses = recorded == nullptr || drawn || said == *recorded || IsBegunBy(*recorded, said, after);
  if (!difference.same_responses) difference.text += Shown("responses", recorded->Dump(), said.Dump());
  if (const std::string state = StateDifference(turn, after); !state.empty()) {
    difference.same_events = false;
    difference.text += state;
  }
  for (const std::string& warning : ours.warnings) difference.text += "      warning:  " + warning + "\n";
  return difference;
}

}  // namespace greenroom::conformance
