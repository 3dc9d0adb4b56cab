// Small assistants for tests, written in a few lines, and conversations with their policies without the turn loop.
//
//   Source source = SmallDomain({.intents = {"greet"}, .actions = {"utter_hi"}});
//   source.data.rules.push_back(Rule("hi", {User("greet"), Action("utter_hi")}));
//   Talk talk(source, {"RulePolicy"});
//   talk.Say("greet");
//   EXPECT_EQ(talk.Next(), "utter_hi");              // predicted and run
//
// Thread rules: test code, one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "dialogue/policy.h"

namespace greenroom {

// The names of a small domain. Entities get text slots of the same name when `slots` does not name them.
struct DomainNames {
  std::vector<std::string> intents = {};
  std::vector<std::string> actions = {};
  std::vector<std::string> entities = {};
  std::vector<std::string> forms = {};
  std::vector<SlotDef> slots = {};
};

// Intents, entities and actions are declared without options; forms without required slots.
inline Source SmallDomain(const DomainNames& names) {
  Source source;
  for (const std::string& name : names.intents) source.domain.intents.push_back({.name = name});
  for (const std::string& name : names.entities) source.domain.entities.push_back({.name = name});
  for (const std::string& name : names.actions) source.domain.actions.push_back({.name = name});
  for (const std::string& name : names.forms) source.domain.forms.push_back({.name = name});
  source.domain.slots = names.slots;
  for (const std::string& name : names.entities) {
    if (source.domain.FindSlot(name) != nullptr) continue;
    source.domain.slots.push_back({.name = name, .mappings = {{.type = MappingType::kFromEntity, .entity = name}}});
  }
  return source;
}

// Steps of stories and rules, one function each; `User` has an intent, `Says` a text of its own (end-to-end), `Slot`
// with nullptr demands an unset slot in rules, `LoopOff` is `active_loop: null`.
inline StoryStep User(std::string intent, std::vector<Entity> entities = {}) {
  return {.kind = StoryStep::Kind::kUser, .name = std::move(intent), .entities = std::move(entities)};
}
inline StoryStep Says(std::string text) { return {.kind = StoryStep::Kind::kUser, .text = std::move(text)}; }
inline StoryStep Action(std::string name) { return {.kind = StoryStep::Kind::kAction, .name = std::move(name)}; }
inline StoryStep Slot(std::string name, Json value) {
  return {.kind = StoryStep::Kind::kSlot, .name = std::move(name), .value = std::move(value)};
}
inline StoryStep Loop(std::string name) { return {.kind = StoryStep::Kind::kActiveLoop, .name = std::move(name)}; }
inline StoryStep LoopOff() { return {.kind = StoryStep::Kind::kActiveLoop, .loop_off = true}; }
inline StoryStep Checkpoint(std::string name) {
  return {.kind = StoryStep::Kind::kCheckpoint, .name = std::move(name)};
}

// A story, and a rule that waits for the user at its end and may begin anywhere.
inline Story Tale(std::string name, std::vector<StoryStep> steps) {
  return {.name = std::move(name), .steps = std::move(steps)};
}
inline Story Rule(std::string name, std::vector<StoryStep> steps, std::vector<StoryStep> condition = {}) {
  return {.name = std::move(name), .is_rule = true, .condition = std::move(condition), .steps = std::move(steps)};
}

// Trains these policies on one thread, with their parameters checked as in a real training.
inline Result<std::unique_ptr<Ensemble>> TrainPolicies(Source& source, const std::vector<ComponentConfig>& policies,
                                                       Diagnostics& diagnostics) {
  source.config.policies = policies;
  return Ensemble::Train(source, {}, diagnostics);
}

// The messages of all errors, one a line.
inline std::string ErrorsOf(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& item : diagnostics.items()) {
    if (item.severity == Severity::kError) text += item.message + "\n";
  }
  return text;
}

// Trains and returns the errors; "" when training went well.
inline std::string TrainingErrors(Source source, const std::vector<ComponentConfig>& policies) {
  Diagnostics diagnostics;
  auto trained = TrainPolicies(source, policies, diagnostics);
  return trained.ok() ? std::string() : ErrorsOf(diagnostics);
}

// A conversation in which predicted actions only set what the test says.
class Talk {
 public:
  Talk(Source source, const std::vector<ComponentConfig>& policies)
      : source_(std::move(source)), tracker_(std::make_shared<SlotTable>(source_.domain.MakeSlotTable()), "talk") {
    Diagnostics diagnostics;
    auto trained = TrainPolicies(source_, policies, diagnostics);
    if (trained.ok()) ensemble_ = std::move(trained).value();
    errors_ = ErrorsOf(diagnostics);
    Add(ActionExecuted{.name = "action_session_start"});
    Add(SessionStarted{});
    Add(ActionExecuted{.name = "action_listen"});
  }

  // What training complained about; check it first, `ensemble` is only there when it is empty.
  const std::string& errors() const { return errors_; }
  const Ensemble& ensemble() const { return *ensemble_; }
  const Tracker& tracker() const { return tracker_; }

  // Adds an event as if an action or the outside had brought it.
  template <typename Body>
  void Add(Body body) {
    tracker_.Apply({.body = EventBody(std::move(body))});
  }

  // A user message with this intent at confidence 0.9; the text is a payload unless one is given. Slots are not filled.
  void Say(const std::string& intent, std::vector<Entity> entities = {}, const std::string& text = {}) {
    UserUttered message{.text = text.empty() ? "/" + intent : text};
    message.parse = {
        .text = *message.text, .intent = {.name = intent, .confidence = 0.9}, .entities = std::move(entities)};
    Add(message);
  }

  // Predicts without running anything.
  Prediction Predict() const { return ensemble_->Predict(tracker_); }

  // Predicts, applies the events of the prediction and runs the action without any effect; returns its name.
  std::string Next() {
    last_ = Predict();
    for (const Event& event : last_.events) tracker_.Apply(event);
    const auto [action, score] = last_.Best();
    const std::string name = action < 0 ? "" : ensemble_->actions().Name(action);
    Add(ActionExecuted{
        .name = name, .policy = last_.policy, .confidence = score, .hide_rule_turn = last_.hide_rule_turn});
    return name;
  }

  // All actions up to the next listen, joined by spaces.
  std::string Answer() {
    std::string names;
    for (int i = 0; i < 10; ++i) {
      const std::string name = Next();
      if (name == "action_listen") break;
      names += names.empty() ? name : " " + name;
    }
    return names;
  }

  // The prediction behind the latest Next.
  const Prediction& last() const { return last_; }

 private:
  Source source_;
  std::unique_ptr<Ensemble> ensemble_;
  std::string errors_;
  Tracker tracker_;
  Prediction last_;
};

}  // namespace greenroom
