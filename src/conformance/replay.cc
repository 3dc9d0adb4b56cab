#include "conformance/replay.h"

#include "conformance/recording.h"

namespace greenroom::conformance {
namespace {

constexpr size_t kMostCalls = 200;

double TimeOf(const Json& turn, const Tracker& tracker) {
  const auto& events = turn["events"].array();
  return events.empty() ? tracker.latest_event_time() + 1 : events[0]["timestamp"].AsDouble();
}

}  // namespace

TalkReplay::TalkReplay(const LiveModel& model, ReplayOptions options)
    : model_(model),
      options_(std::move(options)),
      tracker_(std::make_shared<const Tracker>(model.slot_table, options_.conversation_id)) {}

void TalkReplay::Run(const Json::Array& turns, const std::function<void(const ReplayedTurn&)>& seen) {
  for (size_t i = 0; i < turns.size(); ++i) {
    for (const Json& turn : TurnsOf(turns[i])) {
      if (Follow(turn, seen)) continue;
      // What comes after a hole has no known history.
      skipped_ += turns.size() - i;
      return;
    }
  }
}

bool TalkReplay::Follow(const Json& turn, const std::function<void(const ReplayedTurn&)>& seen) {
  if (IsHole(turn)) return false;
  // What is silent after a conversation went mute has no counterpart: ours would have answered.
  const bool acts = HasEvent(turn, "action");
  if (acts) mute_ = false;
  const bool compared = IsTurn(turn) && !mute_;
  if (compared) {
    Take(turn, seen);
  } else if (turn.Find("message") != nullptr) {
    ++skipped_;
  }
  if (!compared || options_.history == History::kRecorded) Adopt(turn);
  return true;
}

UserMessage TalkReplay::MessageOf(const Json& turn) const {
  UserMessage message{.conversation_id = options_.conversation_id,
                      .text = turn["message"].AsString(),
                      .channel = options_.channel,
                      .metadata = turn["metadata"]};
  message.external = turn.Find("trigger") != nullptr;
  if (const Json* user = RecordedUserEvent(turn)) {
    message.text = (*user)["text"].AsString();
    message.parse = ParseFromJson((*user)["parse_data"]);
    message.metadata = (*user)["metadata"];
    message.metadata.Erase("model_id");
    message.metadata.Erase("assistant_id");
  } else {
    if (message.external) message.text = "EXTERNAL: " + turn["trigger"]["name"].AsString();
    message.parse = ParseForTurn(model_, message);
  }
  return message;
}

void TalkReplay::Take(const Json& turn, const std::function<void(const ReplayedTurn&)>& seen) {
  const TurnInput input{.conversation_id = options_.conversation_id,
                        .message = MessageOf(turn),
                        .tracker = tracker_,
                        .now = TimeOf(turn, *tracker_),
                        .seed = 7,
                        .settings = {.has_action_endpoint = true}};
  RecordedCalls server(turn["action_calls"]);
  std::vector<CallAnswer> answers;
  TurnProgress ours = RunTurn(model_, input, answers);
  while (ours.call && answers.size() < kMostCalls) {
    answers.push_back(server.Answer(*ours.call));
    ours = RunTurn(model_, input, answers);
  }
  TurnDifference difference = CompareTurns(turn, ours, *tracker_, model_.domain);
  if (const std::string problems = server.Problems(); !problems.empty()) {
    difference.same_calls = false;
    difference.text += "    calls: " + problems + "\n";
  }
  seen({turn, *tracker_, ours, difference});
  // After ten actions the recorded conversation is mute for ever; ours ended with a listen.
  if (difference.only_listen) mute_ = true;
  if (options_.history == History::kRecorded) return;
  auto after = std::make_shared<Tracker>(*tracker_);
  for (const Event& event : ours.events) after->Apply(event);
  tracker_ = std::move(after);
}

void TalkReplay::Adopt(const Json& turn) {
  auto after = std::make_shared<Tracker>(*tracker_);
  for (const Json& json : turn["events"].array()) {
    if (Result<Event> event = EventFromJson(json); event.ok()) after->Apply(*event);
  }
  tracker_ = std::move(after);
}

}  // namespace greenroom::conformance
