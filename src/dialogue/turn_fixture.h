// Whole conversations with small assistants written as YAML, for tests of turns.
//
//   Conversation talk(kHotelDomain, kHotelRules);
//   talk.server().Replies("action_price", R"({"events": [...]})");   // once; the last reply of a name repeats
//   EXPECT_EQ(talk.Say("/greet"), "Hello!");                          // what the assistant answers, lines joined by "
//   | " EXPECT_EQ(talk.Happened(), "user, utter_greet, bot, action_listen");
//
// Messages are payloads (/intent{"entity": "value"}); any other text is the intent `chat`. RulePolicy decides, its core
// fallback is off unless a rule says otherwise. Thread rules: test code, one thread.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "assistant/source.h"
#include "dialogue/turn.h"

namespace greenroom {

// Answers calls by the name of the action, and remembers what was asked.
class ScriptedServer {
 public:
  // Adds one reply; JSON text that does not parse fails the test.
  void Replies(const std::string& action, const std::string& body, int status = 200) {
    auto json = ParseJson(body);
    EXPECT_TRUE(json.ok()) << body;
    replies_[action].push_back({.status = status, .body = json.ok() ? std::move(json).value() : Json()});
  }

  // Status 0 with "connect_failed" when nothing was scripted for the action.
  CallAnswer Answer(const TurnCall& call) {
    calls_.push_back(call);
    std::vector<CallAnswer>& scripted = replies_[call.action];
    if (scripted.empty()) return {.status = 0, .failure = "connect_failed"};
    CallAnswer answer = scripted.front();
    if (scripted.size() > 1) scripted.erase(scripted.begin());
    return answer;
  }

  // All calls so far, in order.
  const std::vector<TurnCall>& calls() const { return calls_; }

 private:
  std::map<std::string, std::vector<CallAnswer>> replies_;
  std::vector<TurnCall> calls_;
};

// One conversation with an assistant made of a domain and rules or stories.
class Conversation {
 public:
  Conversation(const std::string& domain, const std::string& data) {
    const std::string folder =
        testing::TempDir() + "/greenroom_turn_" + testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(folder + "/data");
    Write(folder + "/domain.yml", domain);
    Write(folder + "/data/rules.yml", data);
    Write(folder + "/config.yml",
          "recipe: default.v1\nlanguage: en\npipeline: [{name: KeywordIntentClassifier}]\n"
          "policies: [{name: RulePolicy, core_fallback_threshold: 0.2}]\n");
    LoadedSource loaded = LoadSource({.root = folder}, {});
    for (const Diagnostic& item : loaded.diagnostics.items()) {
      EXPECT_NE(item.severity, Severity::kError) << item.message;
    }
    Adopt(loaded.source);
    std::filesystem::remove_all(folder);
  }

  // What outside calls are answered with, and the settings of the next turn.
  ScriptedServer& server() { return server_; }
  TurnSettings& settings() { return settings_; }
  // The state after the last turn; the model under test; what the last turn gave.
  const Tracker& tracker() const { return *tracker_; }
  const LiveModel& model() const { return *model_; }
  const TurnProgress& last() const { return last_; }
  // Unix seconds of the next turn; every turn takes a second.
  void Wait(double seconds) { now_ += seconds; }

  // Adds an event from outside.
  void Append(Event event) {
    event.timestamp = now_;
    auto next = std::make_shared<Tracker>(*tracker_);
    next->Apply(event);
    tracker_ = std::move(next);
  }

  // Takes a turn and returns the texts of the answers, joined by " | ".
  std::string Say(const std::string& text, Json metadata = {}) { return Take(MessageOf(text, std::move(metadata))); }

  // The same for a message that is made by hand, with its parse.
  std::string Take(UserMessage message) {
    Run(std::move(message));
    std::string texts;
    for (const BotMessage& said : last_.messages)
      texts += (texts.empty() ? "" : " | ") + said.text.value_or("(no text)");
    return texts;
  }

  // The events of the last turn in short: actions by name, slots as name=value, others by type; featurization left out.
  std::string Happened() const {
    std::string text;
    for (const Event& event : last_.events) {
      if (event.As<UserFeaturization>() == nullptr) text += (text.empty() ? "" : ", ") + Short(event);
    }
    return text;
  }

  // Value of a slot as JSON text.
  std::string Slot(const std::string& name) const { return tracker_->Slot(name).Dump(); }

  // For tests that call RunTurn themselves: the input of the next turn, and a message with its parse.
  TurnInput InputFor(UserMessage message) const {
    return {.conversation_id = "talk",
            .message = std::move(message),
            .tracker = tracker_,
            .now = now_,
            .seed = 7,
            .settings = settings_};
  }

  UserMessage MessageOf(const std::string& text, Json metadata = {}) const {
    std::vector<std::string> intents, entities;
    for (const IntentDef& intent : model_->domain.intents) intents.push_back(intent.name);
    for (const EntityDef& entity : model_->domain.entities) entities.push_back(entity.name);
    UserMessage message{.conversation_id = "talk", .text = text, .metadata = std::move(metadata), .message_id = "m"};
    message.parse = ParseSlashMessage(text, intents, entities)
                        .value_or(Parse{.text = text, .intent = {.name = "chat", .confidence = 0.9}});
    return message;
  }

 private:
  static void Write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

  static std::string Short(const Event& event) {
    if (const ActionExecuted* action = event.As<ActionExecuted>()) return action->name;
    if (const SlotSet* slot = event.As<SlotSet>()) return slot->name + "=" + slot->value.Dump();
    if (const ActiveLoop* loop = event.As<ActiveLoop>()) return loop->name ? "open " + *loop->name : "close";
    if (const ActionRejected* rejected = event.As<ActionRejected>()) return "rejected " + rejected->name;
    if (const ActionFailed* failed = event.As<ActionFailed>()) return "failed " + failed->name + " " + failed->reason;
    return std::string(EventTypeName(event));
  }

  // Trains on one thread; errors of training fail the test.
  void Adopt(const Source& source) {
    Diagnostics diagnostics;
    auto ensemble = Ensemble::Train(source, {}, diagnostics);
    for (const Diagnostic& item : diagnostics.items()) EXPECT_NE(item.severity, Severity::kError) << item.message;
    model_ = std::make_shared<LiveModel>(
        LiveModel{.digest = "d1", .name = "small", .assistant_id = "a1", .domain = source.domain});
    model_->slot_table = std::make_shared<const SlotTable>(model_->domain.MakeSlotTable());
    if (ensemble.ok()) model_->ensemble = std::move(ensemble).value();
    tracker_ = std::make_shared<const Tracker>(model_->slot_table, "talk");
    settings_.has_action_endpoint = true;
  }

  // Runs the turn to its end, as serving does: once more after every answer.
  void Run(UserMessage message) {
    const TurnInput input = InputFor(std::move(message));
    std::vector<CallAnswer> answers;
    last_ = RunTurn(*model_, input, answers);
    while (last_.call) {
      answers.push_back(server_.Answer(*last_.call));
      last_ = RunTurn(*model_, input, answers);
    }
    auto next = std::make_shared<Tracker>(*tracker_);
    for (const Event& event : last_.events) next->Apply(event);
    tracker_ = std::move(next);
    now_ += 1;
  }

  std::shared_ptr<LiveModel> model_;
  std::shared_ptr<const Tracker> tracker_;
  ScriptedServer server_;
  TurnSettings settings_;
  TurnProgress last_;
  double now_ = 1'700'000'000;
};

}  // namespace greenroom
