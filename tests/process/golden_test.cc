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
#include "tests/process/known_differences.h"

namespace greenroom {
namespace {

namespace fs = std::filesystem;

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
      return {.status = static_cast<int>(recorded["status"].AsInt()), .body = WithDates(recorded["reply"])};
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
  // The recorder's server turned "in 1.5 s" into a date; which one is not compared.
  static Json WithDates(Json reply) {
    Json* events = reply.Find("events");
    if (events == nullptr || !events->is_array()) return reply;
    for (Json& event : events->MutableArray()) {
      if (event["date_time"].AsString().starts_with("in ")) event.Set("date_time", "2199-01-01T00:00:00");
    }
    return reply;
  }

  const Json& calls_;
  std::vector<bool> used_;
  std::string problem_;
};

// A message or a triggered intent, and Rasa went through with it.
bool IsTurn(const Json& turn) {
  return (turn.Find("message") != nullptr || turn.Find("trigger") != nullptr) && turn.Find("exception") == nullptr;
}

bool HasAction(const Json& turn) {
  const auto& events = turn["events"].array();
  return std::any_of(events.begin(), events.end(),
                     [](const Json& event) { return event["event"].AsString() == "action"; });
}

bool IsTriggered(const Json& event) {
  return event["event"].AsString() == "user" && event["metadata"]["is_external"].AsBool();
}

// A reminder that fired before a message was recorded together with it: two turns, each with its own message.
std::vector<Json> TurnsOf(const Json& recorded) {
  const auto& events = recorded["events"].array();
  const auto is_message = [](const Json& event) { return event["event"].AsString() == "user"; };
  const auto first = std::find_if(events.begin(), events.end(), is_message);
  const bool fired = first != events.end() && IsTriggered(*first) && recorded.Find("message") != nullptr;
  const auto second = fired ? std::find_if(first + 1, events.end(), is_message) : events.end();
  if (second == events.end()) return {recorded};
  Json reminder = recorded, message = recorded;
  reminder.Erase("message");
  reminder.Set("trigger", (*first)["parse_data"]["intent"]).Set("events", Json::Array(events.begin(), second));
  message.Set("events", Json::Array(second, events.end()));
  return {std::move(reminder), std::move(message)};
}

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
    for (const Json& recorded : talk_["turns"].array()) {
      for (const Json& turn : TurnsOf(recorded)) Follow(turn, where, verbose);
    }
  }

  int turns() const { return turns_; }
  int matching() const { return matching_; }
  int unmuted() const { return unmuted_; }

 private:
  void Follow(const Json& turn, const std::string& where, bool verbose) {
    // What is silent after a conversation went mute has no counterpart: ours would have answered (F3).
    const bool acts = HasAction(turn);
    const bool compared = IsTurn(turn) && (acts || !mute_);
    if (acts) mute_ = false;
    if (compared) {
      ++turns_;
      const std::string difference = CompareTurn(turn);
      if (difference.empty())
        ++matching_;
      else if (verbose)
        std::cout << where << " " << turn["message"].Dump() << turn["trigger"].Dump() << "\n" << difference;
    }
    if (history_ == History::kOwn && compared) return;
    for (const Json& event : turn["events"].array()) {
      if (auto read = EventFromJson(event); read.ok()) tracker_.Apply(*read);
    }
  }

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

  // After ten actions the recorded conversation is mute for ever; ours ends with a listen of its own (F3).
  static bool IsUnmuted(const std::vector<std::string>& want, const std::vector<std::string>& got) {
    if (got.size() != want.size() + 1 || !std::equal(want.begin(), want.end(), got.begin())) return false;
    return got.back().find("\"action_listen\", \"policy\": null") != std::string::npos;
  }

  std::string Difference(const Json& turn, const TurnProgress& progress) {
    Json::Array ours;
    for (const Event& event : progress.events) ours.push_back(EventToJson(event));
    const std::vector<std::string> want = ForCompare(turn["events"].array());
    const std::vector<std::string> got = ForCompare(ours);
    if (want == got) return "";
    if (IsUnmuted(want, got)) {
      ++unmuted_;
      mute_ = true;
      return "";
    }
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
  int unmuted_ = 0;
  bool mute_ = false;  // the recorded conversation, since its last turn with an action
};

struct Tally {
  int cases = 0, whole_cases = 0, turns = 0, matching = 0, known = 0, matching_own = 0;
  int refusals = 0, agreed_refusals = 0;
};

int CountTurns(const Json& talk) {
  const auto& turns = talk["turns"].array();
  return static_cast<int>(std::count_if(turns.begin(), turns.end(), IsTurn));
}

void CompareCase(const fs::path& root, bool verbose, Tally& tally) {
  const Json recording = ReadRecording(root / "golden.json");
  const std::string name = root.filename().string();
  const Trained trained = TrainProject(root);
  const bool refused = !recording["train"]["refused"].is_null() || !recording["train"]["model"].AsBool(true);
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
      turns += CountTurns(talk);
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
    tally.known += recorded.unmuted();
  }
  tally.turns += turns;
  tally.matching += matching;
  const int known = golden::KnownTurns(name);
  tally.known += known;
  if (turns == matching)
    ++tally.whole_cases;
  else
    std::cout << name << ": " << matching << " of " << turns << " turns, " << known << " differ on purpose\n";
  EXPECT_EQ(turns - matching, known) << name << " differs in other turns than docs/fidelity.md says";
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
            << "turns that differ on purpose: " << tally.known << "\n"
            << "on our own history:          " << tally.matching_own << " of " << tally.turns << "\n"
            << "refusals to train:           " << tally.agreed_refusals << " of " << tally.refusals << "\n";
  EXPECT_EQ(tally.agreed_refusals, tally.refusals);
  if (only == nullptr) {
    EXPECT_LE(tally.known, golden::kMostKnown * tally.turns);
  }
}

TEST(Golden, EveryKnownDifferenceIsARowOfTheDocument) {
  const std::string document = ReadText(fs::path(GREENROOM_SOURCE_DIR) / "docs" / "fidelity.md");
  for (const golden::KnownDifference& known : golden::kKnownDifferences) {
    EXPECT_NE(document.find("| " + std::string(known.row) + " |"), std::string::npos) << known.row;
    EXPECT_NE(document.find(known.recording), std::string::npos) << known.recording;
  }
}

}  // namespace
}  // namespace greenroom
