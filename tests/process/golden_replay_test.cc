#include "tests/process/golden_replay.h"

#include <algorithm>
#include <cmath>

#include "nlu/register.h"

namespace greenroom::golden {
namespace {

bool IsUserEvent(const Json& event) { return event["event"].AsString() == "user"; }

void RemoveIds(Json& object) {
  for (const char* key : {"timestamp", "message_id", "model_id", "assistant_id", "text_tokens"}) object.Erase(key);
}

void DropEmptyMetadata(Json& event) {
  if (Json* metadata = event.Find("metadata")) RemoveIds(*metadata);
  if (event["metadata"].size() == 0) event.Erase("metadata");
}

bool IsLearnedPolicy(const std::string& policy) { return policy == "TEDPolicy" || policy == "UnexpecTEDIntentPolicy"; }

void Round(Json& object, const char* key) {
  if (object[key].is_number()) object.Set(key, std::round(object[key].AsDouble() * 1000) / 1000);
}

bool HasVariations(const Domain& domain, const Json& event) {
  auto at = domain.responses.find(event["metadata"]["utter_action"].AsString());
  return at != domain.responses.end() && at->second.size() > 1;
}

// What of an event can be compared between two runs.
Json Comparable(Json event, const Domain& domain) {
  const bool varies = event["event"].AsString() == "bot" && HasVariations(domain, event);
  RemoveIds(event);
  DropEmptyMetadata(event);
  Round(event, "confidence");
  if (IsLearnedPolicy(event["policy"].AsString())) {
    event.Erase("confidence");
    event.Erase("metadata");
  }
  event.Erase("date_time");
  if (varies) {
    event.Erase("text");
    event.Erase("data");
    event.Set("metadata", event["metadata"]["utter_action"]);
  }
  if (Json* parse = event.Find("parse_data")) {
    RemoveIds(*parse);
    parse->Erase("metadata");
    if (Json* ranking = parse->Find("intent_ranking"); ranking != nullptr && ranking->size() > 4)
      ranking->MutableArray().resize(4);
  }
  return event;
}

std::vector<Json> ComparableOf(const std::vector<Json>& events, const Domain& domain) {
  std::vector<Json> out;
  for (const Json& event : events) out.push_back(Comparable(event, domain));
  return out;
}

std::string NameOf(const Json& event) {
  std::string name = event["event"].AsString();
  if (name == "action") name = event["name"].is_null() ? event["action_text"].AsString() : event["name"].AsString();
  if (name == "slot") name = event["name"].AsString() + "=" + event["value"].Dump();
  if (name == "active_loop") name = "loop:" + event["name"].Dump();
  return name;
}

std::string Outline(const std::vector<Json>& events) {
  std::string out;
  for (const Json& event : events) out += " " + NameOf(event);
  return out;
}

std::string DifferenceOf(const std::vector<Json>& ours, const std::vector<Json>& theirs) {
  for (size_t i = 0; i < std::max(ours.size(), theirs.size()); ++i) {
    const Json mine = i < ours.size() ? ours[i] : Json(), other = i < theirs.size() ? theirs[i] : Json();
    if (mine == other) continue;
    return "event " + std::to_string(i) + "\n      ours:" + Outline(ours) + "\n    theirs:" + Outline(theirs) +
           "\n      ours " + mine.Dump().substr(0, 700) + "\n    theirs " + other.Dump().substr(0, 700);
  }
  return "";
}

// Our own events are no difference: they say more than the recording could.
std::vector<Json> EventsOf(const TurnProgress& ours) {
  std::vector<Json> events;
  for (const Event& event : ours.events) {
    if (event.As<ActionFailed>() == nullptr) events.push_back(EventToJson(event));
  }
  return events;
}

Json SetSlots(const Tracker& tracker) {
  Json slots = Json::Object();
  for (const auto& [name, value] : tracker.slots()) {
    if (!value.is_null()) slots.Set(name, value);
  }
  return slots;
}

CallAnswer RecordedAnswer(const Json& call) {
  const Json* status = call.Find("status");
  return {.status = status == nullptr ? 200 : static_cast<int>(status->AsInt()), .body = call["reply"]};
}

}  // namespace

bool IsLearnedTurn(const Json& turn) {
  const auto& events = turn["events"].array();
  return std::any_of(events.begin(), events.end(), [](const Json& event) {
    const std::string& policy = event["policy"].AsString();
    // A fallback wins only where every model that learns was unsure.
    const bool fell_back = policy == "RulePolicy" && event["confidence"].AsDouble(1) < 1;
    const std::string& kind = event["event"].AsString();
    // An action that was predicted and then refused to run was decided upon just as well.
    return (kind == "action" && fell_back) ||
           ((kind == "action" || kind == "action_execution_rejected") && IsLearnedPolicy(policy));
  });
}

std::shared_ptr<const LiveModel> TrainLive(const LoadedSource& loaded, ParseBy parse, std::string& errors) {
  Diagnostics diagnostics = loaded.diagnostics;
  ValidateSource(loaded.source, diagnostics);
  auto model = std::make_shared<LiveModel>();
  model->digest = "golden";
  model->assistant_id = loaded.source.config.assistant_id;
  model->domain = loaded.source.domain;
  model->slot_table = std::make_shared<const SlotTable>(model->domain.MakeSlotTable());
  ComponentRegistry components;
  RegisterNluComponents(components);
  const PipelineGraph graph = BuildPipelineGraph(loaded.source, components, diagnostics);
  auto ensemble = Ensemble::Train(loaded.source, {}, diagnostics);
  if (diagnostics.has_errors() || !ensemble.ok()) {
    errors = RenderText(diagnostics, loaded.texts, {});
    return nullptr;
  }
  model->ensemble = std::move(ensemble).value();
  if (parse == ParseBy::kRecording) return model;
  Json metrics = Json::Object();
  auto nlu = NluModel::Train(loaded.source, graph, components, {}, diagnostics, metrics);
  if (!nlu.ok()) {
    errors = nlu.error().message;
    return nullptr;
  }
  model->nlu = std::move(nlu).value();
  return model;
}

Replay::Replay(const LiveModel& model, std::string conversation, std::string channel)
    : model_(model),
      conversation_(std::move(conversation)),
      channel_(std::move(channel)),
      tracker_(std::make_shared<const Tracker>(model.slot_table, conversation_)) {}

UserMessage Replay::MessageOf(const Json& turn, ParseBy parse) const {
  UserMessage message{.conversation_id = conversation_,
                      .text = turn["message"].AsString(),
                      .channel = channel_,
                      .metadata = turn["metadata"],
                      .message_id = "m"};
  const auto& events = turn["events"].array();
  auto user = std::find_if(events.begin(), events.end(), IsUserEvent);
  message.external = turn.Find("trigger") != nullptr;
  if (user != events.end() && (message.external || parse == ParseBy::kRecording)) {
    message.text = (*user)["text"].AsString();
    message.parse = ParseFromJson((*user)["parse_data"]);
    message.metadata = (*user)["metadata"];
    RemoveIds(message.metadata);
    return message;
  }
  message.parse = model_.nlu ? ParseForTurn(model_, message) : Parse{.text = message.text};
  return message;
}

TurnProgress Replay::Run(const Json& turn, const UserMessage& message, double now) {
  TurnInput input{.conversation_id = conversation_,
                  .message = message,
                  .tracker = tracker_,
                  .now = now,
                  .seed = 7,
                  .settings = {.has_action_endpoint = true}};
  std::vector<CallAnswer> answers;
  const auto& calls = turn["action_calls"].array();
  for (;;) {
    TurnProgress progress = RunTurn(model_, input, answers);
    if (!progress.call || answers.size() > 200) return progress;
    const size_t n = answers.size();
    const bool fits = n < calls.size() && calls[n]["next_action"].AsString() == progress.call->action;
    if (!fits) {
      progress.warnings.push_back("unexpected call of " + progress.call->action);
      return progress;
    }
    answers.push_back(RecordedAnswer(calls[n]));
  }
}

std::string Replay::CompareState(const Json& turn, const TurnProgress& ours) const {
  if (turn.Find("slots") == nullptr) return "";
  Tracker after = *tracker_;
  for (const Event& event : ours.events) after.Apply(event);
  if (const Json slots = SetSlots(after); slots != turn["slots"])
    return "slots " + slots.Dump() + " / " + turn["slots"].Dump();
  if (after.loop().name != turn["active_loop"]["name"].AsString())
    return "loop " + after.loop().name + " / " + turn["active_loop"].Dump();
  if (!after.loop().name.empty() && after.loop().rejected != turn["active_loop"]["rejected"].AsBool())
    return "loop rejected differs";
  return after.paused() == turn["paused"].AsBool() ? "" : "paused differs";
}

std::string Replay::Compare(const Json& turn, const TurnProgress& ours) const {
  const std::vector<Json> events = EventsOf(ours);
  if (ours.call) {
    return ours.warnings.back() + " after" + Outline(events) + " / theirs:" + Outline(turn["events"].array());
  }
  const std::string difference =
      DifferenceOf(ComparableOf(events, model_.domain), ComparableOf(turn["events"].array(), model_.domain));
  if (!difference.empty()) return difference;
  const auto varies = [&](const Json& event) { return HasVariations(model_.domain, event); };
  const Json said = MessagesToRest(ours.messages, conversation_);
  if (said != turn["responses"] && std::none_of(events.begin(), events.end(), varies)) {
    return "said " + said.Dump().substr(0, 600) + " / " + turn["responses"].Dump().substr(0, 600);
  }
  return CompareState(turn, ours);
}

void Replay::Follow(const Json& turn) {
  auto tracker = std::make_shared<Tracker>(*tracker_);
  for (const Json& json : turn["events"].array()) {
    if (Result<Event> event = EventFromJson(json); event.ok()) tracker->Apply(*event);
  }
  tracker_ = std::move(tracker);
}

std::string Replay::Take(const Json& turn, ParseBy parse) {
  const auto& events = turn["events"].array();
  const double now = events.empty() ? tracker_->latest_event_time() + 0.01 : events[0]["timestamp"].AsDouble();
  const std::string difference = Compare(turn, Run(turn, MessageOf(turn, parse), now));
  Follow(turn);
  return difference;
}

}  // namespace greenroom::golden
