// How well and how fast TEDPolicy learns: next-action prediction on the Schema-Guided Dialogue corpus, without listens.
//
//   bench_dialogue --corpora DIR        reads DIR/nlu/sgd/train.jsonl and test.jsonl
//
// The last line is one JSON object with the figures and "ok"; the exit status is 1 when the bar is missed.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "dialogue/policy.h"

namespace greenroom {
namespace {

constexpr double kLeastMicroF1 = 0.88;
constexpr const char* kListen = "action_listen";

double Seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Turns the dialogues of one file into stories and notes every name in the domain.
class CorpusReader {
 public:
  explicit CorpusReader(Source& source) : domain_(source.domain) {}

  bool Read(const std::string& path, std::vector<Story>& stories) {
    std::ifstream file(path);
    std::string line;
    while (std::getline(file, line)) {
      Result<Json> dialogue = ParseJson(line);
      if (!dialogue.ok()) return false;
      stories.push_back(ToStory(*dialogue));
    }
    return !stories.empty();
  }

  void Finish() {
    for (const std::string& name : intents_) domain_.intents.push_back({.name = name});
    for (const std::string& name : entities_) domain_.entities.push_back({.name = name});
    for (const std::string& name : actions_) domain_.actions.push_back({.name = name});
    for (const std::string& name : entities_) {
      if (name.starts_with("ai=")) continue;
      domain_.slots.push_back(
          {.name = "slot " + name, .mappings = {{.type = MappingType::kFromEntity, .entity = name}}});
    }
    for (const auto& [name, values] : categories_) {
      domain_.slots.push_back({.name = name, .type = SlotType::kCategorical, .values = {values.begin(), values.end()}});
    }
  }

 private:
  Story ToStory(const Json& dialogue) {
    Story story{.name = dialogue["id"].AsString()};
    AddCategory("service", dialogue["service"].AsString(), story);
    bool knows = false;
    for (const Json& event : dialogue["events"].array()) {
      const std::string& kind = event.array()[0].AsString();
      const std::string& name = event.array()[1].AsString();
      if (kind == "u") {
        AddUser(event, story);
        if (knows) story.steps.push_back({.kind = StoryStep::Kind::kSlot, .name = "result"});
        knows = false;
      } else if (kind == "a") {
        actions_.insert(name);
        story.steps.push_back({.kind = StoryStep::Kind::kAction, .name = name});
      } else {
        AddCategory("result", name, story);
        knows = true;
      }
    }
    return story;
  }

  void AddCategory(const std::string& slot, const std::string& value, Story& story) {
    categories_[slot].insert(value);
    story.steps.push_back({.kind = StoryStep::Kind::kSlot, .name = slot, .value = value});
  }

  void AddUser(const Json& event, Story& story) {
    StoryStep step{.kind = StoryStep::Kind::kUser, .name = event.array()[1].AsString()};
    auto add = [&](std::string name) {
      entities_.insert(name);
      step.entities.push_back({.entity = std::move(name), .value = "x"});
    };
    for (const Json& entity : event.array()[2].array()) add(entity.AsString());
    for (const Json& request : event.array()[3].array()) add("req=" + request.AsString());
    add("ai=" + event.array()[4].AsString());
    intents_.insert(step.name);
    story.steps.push_back(std::move(step));
  }

  Domain& domain_;
  std::set<std::string> intents_, entities_, actions_;
  std::map<std::string, std::set<std::string>> categories_;
};

struct Figures {
  size_t gold = 0, predicted = 0, right = 0, decisions = 0, right_decisions = 0;
  double seconds = 0;
  double MicroF1() const {
    const double precision = static_cast<double>(right) / static_cast<double>(std::max<size_t>(1, predicted));
    const double recall = static_cast<double>(right) / static_cast<double>(std::max<size_t>(1, gold));
    return 2 * precision * recall / (precision + recall + 1e-9);
  }
};

void Evaluate(const Ensemble& ensemble, const TrainingConversation& conversation,
              const std::shared_ptr<const SlotTable>& slots, Figures& figures) {
  Tracker tracker(slots, conversation.name);
  for (size_t i = 0; i < conversation.events.size(); ++i) {
    const auto* action = conversation.events[i].As<ActionExecuted>();
    if (action != nullptr && tracker.latest_message() != nullptr) {
      const double begin = Seconds();
      const Prediction prediction = ensemble.Predict(tracker);
      figures.seconds += Seconds() - begin;
      const int best = prediction.Best().first;
      const std::string guess = best < 0 ? "" : ensemble.actions().Name(best);
      const bool right = guess == action->name;
      ++figures.decisions;
      figures.right_decisions += right;
      figures.gold += action->name != kListen;
      figures.predicted += guess != kListen;
      figures.right += right && action->name != kListen;
    }
    tracker.Apply(conversation.events[i]);
  }
}

int Run(const std::string& corpora) {
  Source source, test;
  CorpusReader reader(source);
  if (!reader.Read(corpora + "/nlu/sgd/train.jsonl", source.data.stories) ||
      !reader.Read(corpora + "/nlu/sgd/test.jsonl", test.data.stories)) {
    std::fprintf(stderr, "cannot read %s/nlu/sgd\n", corpora.c_str());
    return 2;
  }
  reader.Finish();
  test.domain = source.domain;
  source.config.policies.push_back({.name = "TEDPolicy"});
  Diagnostics diagnostics;
  Json metrics = Json::Object();
  const double begin = Seconds();
  auto ensemble = Ensemble::Train(source, {.metrics = &metrics}, diagnostics);
  const double train_seconds = Seconds() - begin;
  if (!ensemble.ok()) {
    std::fprintf(stderr, "%s\n%s", ensemble.error().message.c_str(), RenderText(diagnostics, {}, {}).c_str());
    return 2;
  }
  Figures figures;
  const auto slots = std::make_shared<SlotTable>(source.domain.MakeSlotTable());
  for (const TrainingConversation& conversation : BuildTrainingConversations(test, diagnostics))
    Evaluate(**ensemble, conversation, slots, figures);
  const double f1 = figures.MicroF1(), predict_us = figures.seconds / static_cast<double>(figures.decisions) * 1e6;
  const double accuracy = static_cast<double>(figures.right_decisions) / static_cast<double>(figures.decisions);
  const bool ok = f1 >= kLeastMicroF1;
  std::printf("SGD: %lld training examples, %zu test decisions; trained in %.2f s\n",
              static_cast<long long>(metrics["TEDPolicy"]["examples"].AsInt()), figures.decisions, train_seconds);
  std::printf("micro F1 without listen %.4f (bar %.2f), all decisions %.4f, %.1f us a prediction\n", f1, kLeastMicroF1,
              accuracy, predict_us);
  const Json line = Json::Object({{"bench", "dialogue"},
                                  {"sgd_micro_f1", f1},
                                  {"sgd_accuracy", accuracy},
                                  {"train_seconds", train_seconds},
                                  {"predict_us", predict_us},
                                  {"ok", ok}});
  std::printf("%s\n", line.Dump().c_str());
  return ok ? 0 : 1;
}

}  // namespace
}  // namespace greenroom

int main(int argc, char** argv) {
  if (argc != 3 || std::string_view(argv[1]) != "--corpora") {
    std::fprintf(stderr, "usage: bench_dialogue --corpora DIR\n");
    return 2;
  }
  return greenroom::Run(argv[2]);
}
