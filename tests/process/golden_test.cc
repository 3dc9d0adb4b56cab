// Recorded conversations of small projects, turn by turn: each turn starts from the recorded history, the action server
// answers as recorded, and the events that the turn appends are compared with what was recorded.
// Needs GREENROOM_CORPORA, a folder beside which `golden/cases` lies; prints a table of cases and turns that match.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "assistant/source.h"
#include "base/environment.h"
#include "dialogue/turn.h"
#include "nlu/register.h"

namespace greenroom {
namespace {

namespace fs = std::filesystem;

// Turns that must match; raise it when more do.
constexpr double kLeastShare = 0.97;

std::string ReadText(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

Json ReadRecording(const fs::path& path) {
  auto json = ParseJson(ReadText(path), JsonLimits{.bytes = 64u << 20, .depth = 200, .nodes = 10'000'000});
  return json.ok() ? std::move(json).value() : Json();
}

class NoProgress final : public TrainProgress {
 public:
  void Report(std::string_view, double) override {}
  bool cancelled() const override { return false; }
};

std::string FirstError(const Diagnostics& diagnostics) {
  for (const Diagnostic& item : diagnostics.items()) {
    if (item.severity == Severity::kError) return item.code + ": " + item.message;
  }
  return "";
}

// A project trained in memory, or why it was refused.
struct Trained {
  std::shared_ptr<LiveModel> model;
  std::string refusal;
};

Trained TrainProject(const fs::path& root) {
  LoadedSource loaded = LoadSource({.root = root.string()}, ProcessEnvironment());
  Diagnostics& diagnostics = loaded.diagnostics;
  ValidateSource(loaded.source, diagnostics);
  if (diagnostics.has_errors()) return {.refusal = FirstError(diagnostics)};
  ComponentRegistry registry;
  RegisterNluComponents(registry);
  const PipelineGraph graph = BuildPipelineGraph(loaded.source, registry, diagnostics);
  NoProgress progress;
  Json metrics = Json::Object();
  ParallelFor serial = [](size_t count, const std::function<void(size_t)>& task) {
    for (size_t i = 0; i < count; ++i) task(i);
  };
  auto nlu = NluModel::Train(loaded.source, graph, registry, {.parallel_for = serial, .progress = &progress},
                             diagnostics, metrics);
  auto ensemble = Ensemble::Train(loaded.source,
                                  {.source = &loaded.source,
                                   .parallel_for = serial,
                                   .progress = &progress,
                                   .diagnostics = &diagnostics,
                                   .metrics = &metrics},
                                  diagnostics);
  if (diagnostics.has_errors() || !nlu.ok() || !ensemble.ok())
    return {.refusal = FirstError(diagnostics) + " (training)"};
  auto model = std::make_shared<LiveModel>(LiveModel{.digest = "digest", .name = "golden", .assistant_id = "golden"});
  model->domain = loaded.source.domain;
  model->slot_table = std::make_shared<const SlotTable>(model->domain.MakeSlotTable());
  model->nlu = std::move(nlu).value();
  model->ensemble = std::move(ensemble).value();
  return {.model = model};
}

Json EntitiesForCompare(const Json& entities) {
  Json kept = Json::List();
  for (const Json& entity : entities.array()) {
    kept.Append(Json::Object({{"entity", entity["entity"]}, {"value", entity["value"]}, {"role", entity["role"]}}));
  }
  return kept;
}

// What is compared of an event: everything but times, ids, and details of NLU.
std::string ForCompare(const Json& event) {
  Json kept = event;
  kept.Erase("timestamp");
  if (event["event"].AsString() == "user") {
    return "user " + event["text"].Dump() + " " + event["parse_data"]["intent"]["name"].Dump() + " " +
           EntitiesForCompare(event["parse_data"]["entities"]).Dump() + " " + event["input_channel"].Dump() + " " +
           event["metadata"]["is_external"].Dump();
  }
  // Dates depend on the day of the recording; what a cancellation cancels was not recorded.
  if (event["event"].AsString() == "reminder") kept.Erase("date_time");
  if (event["event"].AsString() == "cancel_reminder") return "cancel_reminder";
  Json metadata = event["metadata"];
  metadata.Erase("model_id");
  metadata.Erase("assistant_id");
  kept.Erase("metadata");
  if (metadata.size() > 0) kept.Set("metadata", metadata);
  if (event["event"].AsString() == "action")
    kept.Set("confidence", std::round(event["confidence"].AsDouble() * 1000) / 1000);
  return kept.DumpPythonSorted();
}

std::vector<std::string> ForCompare(const Json::Array& events) {
  std::vector<std::string> lines;
  for (const Json& event : events) {
    if (event["event"].AsString() != "action_failed") lines.push_back(ForCompare(event));
  }
  return lines;
}

// Takes the recorded calls in order, by name.
class RecordedServer {
 public:
  explicit RecordedServer(const Json& calls) : calls_(calls), used_(calls.size(), false) {}

  CallAnswer Answer(const TurnCall& call) {
    for (size_t i = 0; i < used_.size(); ++i) {
      const Json& recorded = calls_.array()[i];
      if (used_[i] || recorded["next_action"].AsString() != call.action) continue;
      used_[i] = true;
      return {.status = static_cast<int>(recorded["status"].AsInt()), .body = recorded["reply"]};
    }
    problem_ += "unexpected call of " + call.action + "; ";
    return {.status = 404};
  }

  std::string Problems() const {
    std::string text = problem_;
    for (size_t i = 0; i < used_.size(); ++i) {
      if (!used_[i]) text += "missing call of " + calls_.array()[i]["next_action"].AsString() + "; ";
    }
    return text;
  }

 private:
  const Json& calls_;
  std::vector<bool> used_;
  std::string problem_;
};

const Json* RecordedUserEvent(const Json& turn) {
  for (const Json& event : turn["events"].array()) {
    if (event["event"].AsString() == "user") return &event;
  }
  return nullptr;
}

// Where the history before a turn comes from: the recording, or our own turns before it.
enum class History { kRecorded, kOwn };

// One talk of a case: the history so far and the comparison of each turn.
class RecordedTalk {
 public:
  RecordedTalk(std::shared_ptr<LiveModel> model, const Json& talk, History history)
      : model_(std::move(model)),
        talk_(talk),
        history_(history),
        tracker_(model_->slot_table, talk["name"].AsString()) {}

  void Compare(const std::string& where, bool verbose) {
    for (const Json& turn : talk_["turns"].array()) {
      const bool compared =
          (turn.Find("message") != nullptr || turn.Find("trigger") != nullptr) && turn.Find("exception") == nullptr;
      if (compared) {
        ++turns_;
        const std::string difference = CompareTurn(turn);
        if (difference.empty())
          ++matching_;
        else if (verbose)
          std::cout << where << " " << turn["message"].Dump() << turn["trigger"].Dump() << "\n" << difference;
      }
      if (history_ == History::kOwn && compared) continue;
      for (const Json& event : turn["events"].array()) {
        if (auto read = EventFromJson(event); read.ok()) tracker_.Apply(*read);
      }
    }
  }

  int turns() const { return turns_; }
  int matching() const { return matching_; }

 private:
  UserMessage MessageOf(const Json& turn) const {
    UserMessage message{.conversation_id = talk_["name"].AsString(),
                        .text = turn["message"].AsString(),
                        .channel = talk_["channel"].is_null() ? "rest" : talk_["channel"].AsString(),
                        .metadata = turn["metadata"]};
    const Json* user = RecordedUserEvent(turn);
    if (turn.Find("trigger") != nullptr) {
      message.external = true;
      message.text = "EXTERNAL: " + turn["trigger"]["name"].AsString();
    }
    if (user != nullptr) {
      message.parse = ParseFromJson((*user)["parse_data"]);
      message.metadata = (*user)["metadata"];
      message.text = (*user)["text"].AsString();
    } else {
      message.parse = ParseForTurn(*model_, message);
    }
    return message;
  }

  std::string CompareTurn(const Json& turn) {
    TurnInput input{.conversation_id = talk_["name"].AsString(), .message = MessageOf(turn)};
    input.tracker = std::make_shared<const Tracker>(tracker_);
    input.now = turn["events"].size() > 0 ? turn["events"].array()[0]["timestamp"].AsDouble()
                                          : tracker_.latest_event_time() + 1;
    input.settings.has_action_endpoint = true;
    RecordedServer server(turn["action_calls"]);
    std::vector<CallAnswer> answers;
    TurnProgress progress = RunTurn(*model_, input, answers);
    while (progress.call) {
      answers.push_back(server.Answer(*progress.call));
      progress = RunTurn(*model_, input, answers);
    }
    if (history_ == History::kOwn) {
      for (const Event& event : progress.events) tracker_.Apply(event);
    }
    return Difference(turn, progress) + (server.Problems().empty() ? "" : "  calls: " + server.Problems() + "\n");
  }

  // After ten actions the recorded conversation is mute for ever; ours ends with a listen of its own.
  static bool IsKnownToBeBetter(const std::vector<std::string>& want, const std::vector<std::string>& got) {
    if (got.size() != want.size() + 1 || !std::equal(want.begin(), want.end(), got.begin())) return false;
    return got.back().find("\"action_listen\", \"policy\": null") != std::string::npos;
  }

  static std::string Difference(const Json& turn, const TurnProgress& progress) {
    Json::Array ours;
    for (const Event& event : progress.events) ours.push_back(EventToJson(event));
    const std::vector<std::string> want = ForCompare(turn["events"].array());
    const std::vector<std::string> got = ForCompare(ours);
    if (want == got || IsKnownToBeBetter(want, got)) return "";
    std::string text;
    size_t same = 0;
    while (same < want.size() && same < got.size() && want[same] == got[same]) ++same;
    for (size_t i = same; i < std::min(want.size(), same + 4); ++i)
      text += "  recorded: " + want[i].substr(0, 300) + "\n";
    for (size_t i = same; i < std::min(got.size(), same + 4); ++i)
      text += "  ours:     " + got[i].substr(0, 300) + "\n";
    for (const std::string& warning : progress.warnings) text += "  warning:  " + warning + "\n";
    return text;
  }

  std::shared_ptr<LiveModel> model_;
  const Json& talk_;
  History history_;
  Tracker tracker_;
  int turns_ = 0;
  int matching_ = 0;
};

struct Tally {
  int cases = 0, whole_cases = 0, turns = 0, matching = 0, matching_own = 0, refusals = 0, agreed_refusals = 0;
};

void CompareCase(const fs::path& root, bool verbose, Tally& tally) {
  const Json recording = ReadRecording(root / "golden.json");
  const std::string name = root.filename().string();
  const Trained trained = TrainProject(root);
  const bool refused = !recording["train"]["refused"].is_null();
  if (refused) {
    ++tally.refusals;
    if (trained.model == nullptr)
      ++tally.agreed_refusals;
    else
      std::cout << name << ": trained although it was refused: " << recording["train"]["refused"].Dump().substr(0, 200)
                << "\n";
    return;
  }
  ++tally.cases;
  if (trained.model == nullptr) std::cout << name << ": refused: " << trained.refusal << "\n";
  int turns = 0, matching = 0;
  for (const Json& talk : recording["talks"].array()) {
    if (trained.model == nullptr) {
      for (const Json& turn : talk["turns"].array()) turns += turn.Find("message") != nullptr;
      continue;
    }
    RecordedTalk recorded(trained.model, talk, History::kRecorded);
    recorded.Compare(name + "/" + talk["name"].AsString(), verbose);
    RecordedTalk own(trained.model, talk, History::kOwn);
    own.Compare(name + "/" + talk["name"].AsString() + " (own history)",
                verbose && recorded.turns() == recorded.matching());
    tally.matching_own += own.matching();
    turns += recorded.turns();
    matching += recorded.matching();
  }
  tally.turns += turns;
  tally.matching += matching;
  if (turns == matching)
    ++tally.whole_cases;
  else
    std::cout << name << ": " << matching << " of " << turns << " turns\n";
}

TEST(Golden, TurnsGoAsRecorded) {
  const char* corpora = std::getenv("GREENROOM_CORPORA");
  if (corpora == nullptr) GTEST_SKIP() << "skipped: set GREENROOM_CORPORA to the folder of corpora";
  const fs::path cases = fs::path(corpora) / ".." / "golden" / "cases";
  const char* only = std::getenv("GREENROOM_CASE");
  Tally tally;
  std::vector<fs::path> roots;
  for (const auto& entry : fs::directory_iterator(cases)) roots.push_back(entry.path());
  std::sort(roots.begin(), roots.end());
  for (const fs::path& root : roots) {
    if (only == nullptr || root.filename().string().find(only) != std::string::npos)
      CompareCase(root, only != nullptr, tally);
  }
  std::cout << "cases that match as a whole: " << tally.whole_cases << " of " << tally.cases << "\n"
            << "turns that match:            " << tally.matching << " of " << tally.turns << "\n"
            << "on our own history:          " << tally.matching_own << " of " << tally.turns << "\n"
            << "refusals to train:           " << tally.agreed_refusals << " of " << tally.refusals << "\n";
  if (only == nullptr) {
    EXPECT_GE(tally.matching, kLeastShare * tally.turns);
  }
}

}  // namespace
}  // namespace greenroom
