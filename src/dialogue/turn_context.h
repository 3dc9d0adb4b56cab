// TurnContext: a turn while it is being run: the working tracker, what was appended, what waits for the outside.
//
// The context is the only place where a turn gains events. Append stamps them (now + 1 us per event, strictly
// increasing), names the model in user and bot events, applies them to the working tracker and turns bot events into
// messages.
//
// Outside calls are numbered. Call returns the answer of the next number, or notes the call and returns nullptr; from
// then on waits() is true and everybody returns at once, because the turn will be run again with one more answer.
//
//   const CallAnswer* answer = turn.Call(TurnCall::Kind::kAction, "action_x", [&] { return MakeActionRequest(...); });
//   if (answer == nullptr) return {};
//
// Thread rules: lives on the stack of one RunTurn.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dialogue/responses.h"
#include "dialogue/turn.h"

namespace greenroom {

class TurnContext {
 public:
  TurnContext(const LiveModel& model, const TurnInput& input, const std::vector<CallAnswer>& answers);

  const LiveModel& model() const { return model_; }
  const Domain& domain() const { return model_.domain; }
  const TurnInput& input() const { return input_; }
  const Tracker& tracker() const { return tracker_; }
  // Name of the channel that answers; for a triggered intent the channel of the last message.
  const std::string& channel() const { return channel_; }

  // What the policies do next.
  Prediction Predict();
  void Append(Event event);
  void AppendAll(std::vector<Event> events);
  void Warn(std::string text) { progress_.warnings.push_back(std::move(text)); }

  // `make_request` runs only when there is no answer yet; `domain` goes along with what it makes.
  const CallAnswer* Call(TurnCall::Kind kind, const std::string& name, const std::function<Json()>& make_request,
                         const std::shared_ptr<const std::string>& domain = nullptr);
  bool waits() const { return progress_.call.has_value(); }

  // What a response is rendered with; every call draws a new seed.
  ResponseChoice Choice(const Tracker& seen, Json arguments);

  TurnProgress Finish() &&;

 private:
  double NextTimestamp();

  const LiveModel& model_;
  const TurnInput& input_;
  const std::vector<CallAnswer>& answers_;
  Tracker tracker_;
  std::optional<StateTrail> trail_;  // since the first prediction
  std::string channel_;
  TurnProgress progress_;
  size_t next_answer_ = 0;
  int stamped_ = 0;
  uint64_t draws_ = 0;
};

// The event of a message of the assistant, with all six keys in its data.
Event BotEvent(BotMessage message);

}  // namespace greenroom
