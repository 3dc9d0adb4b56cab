#include "dialogue/turn_context.h"

#include <utility>

namespace greenroom {
namespace {

constexpr double kTick = 1e-6;

std::string ChannelOf(const TurnInput& input) {
  return input.message.external ? input.tracker->latest_input_channel() : input.message.channel;
}

void NameModel(const LiveModel& model, Json& metadata) {
  if (!metadata.is_object()) metadata = Json::Object();
  metadata.Set("model_id", model.digest);
  metadata.Set("assistant_id", model.assistant_id);
}

}  // namespace

TurnContext::TurnContext(const LiveModel& model, const TurnInput& input, const std::vector<CallAnswer>& answers)
    : model_(model), input_(input), answers_(answers), tracker_(*input.tracker), channel_(ChannelOf(input)) {}

double TurnContext::NextTimestamp() { return input_.now + kTick * ++stamped_; }

Prediction TurnContext::Predict() {
  if (!trail_) trail_ = model_.ensemble->TrailFrom(input_.trail.get());
  return model_.ensemble->Predict(tracker_, *trail_);
}

TurnProgress TurnContext::Finish() && {
  progress_.trail = trail_ ? std::make_shared<const StateTrail>(*std::move(trail_)) : input_.trail;
  progress_.after = std::make_shared<const Tracker>(std::move(tracker_));
  return std::move(progress_);
}

void TurnContext::Append(Event event) {
  event.timestamp = NextTimestamp();
  const BotUttered* bot = event.As<BotUttered>();
  if (bot != nullptr) progress_.messages.push_back({.text = bot->text, .data = bot->data, .metadata = event.metadata});
  if (bot != nullptr || event.As<UserUttered>() != nullptr) NameModel(model_, event.metadata);
  tracker_.Apply(event);
  progress_.events.push_back(std::move(event));
}

void TurnContext::AppendAll(std::vector<Event> events) {
  for (Event& event : events) Append(std::move(event));
}

const CallAnswer* TurnContext::Call(TurnCall::Kind kind, const std::string& name,
                                    const std::function<Json()>& make_request,
                                    const std::shared_ptr<const std::string>& domain) {
  if (next_answer_ < answers_.size()) return &answers_[next_answer_++];
  progress_.call = TurnCall{.kind = kind,
                            .step = static_cast<int>(answers_.size()),
                            .action = name,
                            .request = make_request(),
                            .domain = domain};
  return nullptr;
}

ResponseChoice TurnContext::Choice(const Tracker& seen, Json arguments) {
  // An odd constant far from small numbers, so that neighbouring seeds do not draw the same series.
  const uint64_t seed = input_.seed + 0x9E3779B97F4A7C15u * draws_++;
  return {.domain = &domain(), .tracker = &seen, .channel = channel_, .seed = seed, .arguments = std::move(arguments)};
}

Event BotEvent(BotMessage message) {
  for (const char* key : {"elements", "quick_replies", "buttons", "attachment", "image", "custom"}) {
    if (message.data.Find(key) == nullptr) message.data.Set(key, nullptr);
  }
  if (!message.metadata.is_object()) message.metadata = Json::Object();
  return {.body = BotUttered{.text = std::move(message.text), .data = std::move(message.data)},
          .metadata = std::move(message.metadata)};
}

}  // namespace greenroom
