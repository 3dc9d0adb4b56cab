// Everything that a golden folder holds against us, and the cost of a turn in a long conversation:
// bench golden --corpora DIR --golden DIR
//
// Prints a line per recording, then one line of JSON with every figure; exit status 1 when one misses its bar.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "base/files.h"
#include "base/log.h"
#include "bench/support.h"
#include "conformance/runner.h"
#include "conformance/trained_project.h"

namespace greenroom {
namespace {

constexpr double kMostGrowth = 1.5;  // of a turn after kLongEvents, against the tenth turn
constexpr size_t kLongEvents = 5'000, kEarlyTurn = 10;
constexpr int kRounds = 200;

double Now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

UserMessage Hello(const LiveModel& model) {
  UserMessage message{.conversation_id = "long", .text = "/greet"};
  message.parse = ParseForTurn(model, message);
  return message;
}

// A conversation as the server keeps it between turns.
struct Conversation {
  std::shared_ptr<const Tracker> tracker;
  std::shared_ptr<const StateTrail> trail = {};
};

Conversation Take(const LiveModel& model, const UserMessage& message, const Conversation& before) {
  const double now = before.tracker->latest_event_time() + 1;
  TurnProgress turn = RunTurn(
      model,
      {.conversation_id = "long", .message = message, .tracker = before.tracker, .trail = before.trail, .now = now},
      {});
  return {.tracker = std::move(turn.after), .trail = std::move(turn.trail)};
}

struct Costs {
  double early = 0, late = 0;  // seconds
  size_t events = 0;
};

// Both are measured in turns of the same loop, so that the noise of the machine meets both alike; the least counts.
Costs MeasureTurns(const LiveModel& model) {
  const UserMessage message = Hello(model);
  Conversation late{.tracker = std::make_shared<const Tracker>(model.slot_table, "long")}, early;
  for (size_t turn = 1; late.tracker->events().size() < kLongEvents; ++turn) {
    if (turn == kEarlyTurn) early = late;
    late = Take(model, message, late);
  }
  Costs costs{.early = 1e9, .late = 1e9, .events = late.tracker->events().size()};
  for (int round = 0; round < kRounds; ++round) {
    const double begun = Now();
    (void)Take(model, message, early);
    const double between = Now();
    (void)Take(model, message, late);
    costs.early = std::min(costs.early, between - begun);
    costs.late = std::min(costs.late, Now() - between);
  }
  return costs;
}

Json LongConversation(bool& ok) {
  TemporaryHome home;
  ok = false;
  if (auto trained = TrainExampleModel(home.path(), "long"); !trained) return trained.error().message;
  auto workshop = conformance::Workshop::Create();
  auto package = Package::Open(home.path() + "/models/long.grm");
  if (!workshop || !package) return "no model";
  auto model = LoadLiveModel(*package, (*workshop)->components());
  if (!model) return model.error().message;
  const Costs costs = MeasureTurns(**model);
  const double ratio = costs.late / costs.early;
  std::printf("a turn after %zu events: %.1f us, the tenth turn: %.1f us, ratio %.2f\n", costs.events, costs.late * 1e6,
              costs.early * 1e6, ratio);
  ok = ratio <= kMostGrowth;
  return Json::Object(
      {{"events", costs.events}, {"turn_10_us", costs.early * 1e6}, {"last_us", costs.late * 1e6}, {"ratio", ratio}});
}

int Run(const std::string& corpora, const std::string& golden) {
  TemporaryHome home;
  const std::string totals = home.path() + "/totals.json";
  const int status = conformance::RunConformance({.folders = {golden}, .corpora = corpora, .json = totals}, std::cout);
  auto text = ReadFile(totals);
  auto figures = text ? ParseJson(*text) : Result<Json>(text.error());
  bool fast = false;
  Json json = Json::Object({{"bench", "golden"}});
  if (figures) {
    for (const auto& [key, value] : figures->members()) json.Set(key, value);
  }
  json.Set("long_conversation", LongConversation(fast));
  return Close(std::move(json), status == 0 && fast);
}

}  // namespace
}  // namespace greenroom

int main(int argc, char** argv) {
  greenroom::SetLogLevel(greenroom::LogLevel::kOff);
  std::string corpora, golden;
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], "--corpora") == 0) corpora = argv[i + 1];
    if (std::strcmp(argv[i], "--golden") == 0) golden = argv[i + 1];
  }
  if (corpora.empty()) {
    std::fprintf(stderr, "bench golden needs --corpora DIR [--golden DIR]\n");
    return 2;
  }
  return greenroom::Run(corpora, golden.empty() ? corpora + "/../golden" : golden);
}
